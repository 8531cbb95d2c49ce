// The compiled library and the model inside it, from a program that compiles neither network nor backend.
#include <iostream>

#include "icolorit/compiled.hpp"
#include "icolorit/default_model.hpp"

using namespace icolorit;

int main() {
  Image photo(300, 200, 1, 8);
  const auto samples = photo.samples<std::uint8_t>();
  for (Index y = 0; y < 200; ++y)
    for (Index x = 0; x < 300; ++x) samples(y, x, 0) = static_cast<std::uint8_t>(60 + x / 3 + y / 4);
  const std::vector<Hint> hints{{150, 100, parse_color("#c04020")}};

  AnyColorizer colorizer = make_colorizer(load_model(default_model()), {.threads = 2});
  const Image result = colorizer.colorize(photo, hints);
  const auto colored = result.samples<std::uint8_t>();
  const bool red = colored(100, 150, 0) > colored(100, 150, 2) + 20;
  std::cout << compiled_instructions() << (red ? ": the hint is red\n" : ": the hint is lost\n");
  return red ? 0 : 1;
}
