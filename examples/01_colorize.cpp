// Embedding the library: a picture in, hints, a picture out.
//   01_colorize                  the sample picture, with the engine that needs no weights
//   01_colorize WEIGHTS          the same with a network
//   01_colorize WEIGHTS IN OUT
#include <iostream>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/icolorit.hpp"
#include "icolorit/io/image_file.hpp"

using namespace icolorit;

namespace {

void colorize_with_network(const char* weights, const char* in, const char* out) {
  // [five lines]
  Colorizer colorizer(Model<CpuBackend>::load(weights));
  const Image photo = read_image(in);
  const std::vector<Hint> hints{make_hint(384, 100, parse_color("#c01d27")), make_hint(60, 60, parse_color("#6b9dd2"))};
  const Image colored = colorizer.colorize(photo, hints);
  write_image(colored, out);
  // [five lines]
}

void colorize_without_weights(const char* in, const char* out) {
  const Image photo = read_image(in);
  const std::vector<Hint> hints =
      read_hints(ICOLORIT_EXAMPLE_PICTURES "/sample.hints.json", photo.width(), photo.height());
  Colorizer<OptimizationColors> colorizer{OptimizationColors()};
  write_image(colorizer.colorize(photo, hints), out);
}

}  // namespace

int main(int argc, char** argv) {
  const char* const in = argc > 2 ? argv[2] : ICOLORIT_EXAMPLE_PICTURES "/sample_grey.png";
  const char* const out = argc > 3 ? argv[3] : "01_colored.png";
  try {
    argc > 1 ? colorize_with_network(argv[1], in, out) : colorize_without_weights(in, out);
    std::cout << "wrote " << out << '\n';
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
