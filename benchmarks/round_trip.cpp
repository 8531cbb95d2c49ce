// For round_trip.py: the same rendering through the compiled C++ library and through the C interface, in seconds.
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "icolorit.h"
#include "icolorit/compiled.hpp"
#include "icolorit/default_model.hpp"

using namespace icolorit;

namespace {

constexpr Index width = 1200, height = 800;
const std::vector<Hint> hints{make_hint(300, 200, {200, 64, 46}), make_hint(800, 500, {107, 157, 210})};

/// What all three languages color; round_trip.py fills its array in the same way.
std::vector<std::uint8_t> grey() {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height));
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      pixels[static_cast<std::size_t>(y * width + x)] = static_cast<std::uint8_t>((x * 7 + y * 13) / 32 % 256);
  return pixels;
}

const std::vector<std::uint8_t> input = grey();
std::vector<std::uint8_t> output(3 * input.size());

template <class F>
double seconds(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void expect_ok(icolorit_status status) {
  if (status != ICOLORIT_OK) throw std::runtime_error(icolorit_last_error());
}

icolorit_picture picture_of(void* pixels, int channels) {
  icolorit_picture picture = ICOLORIT_PICTURE_INIT;
  picture.pixels = pixels, picture.width = width, picture.height = height, picture.channels = channels;
  return picture;
}

}  // namespace

extern "C" {

double round_trip_in_cpp() {
  static AnyColorizer colorizer = make_colorizer(load_model(default_model()), {.threads = 1});
  return seconds([] {
    colorizer.colorize(ImageView(input.data(), width, height, 1), hints,
                       MutableImageView(output.data(), width, height, 3));
  });
}

double round_trip_in_c() {
  static icolorit_colorizer* const colorizer = [] {
    icolorit_model* model = nullptr;
    icolorit_colorizer* made = nullptr;
    icolorit_colorizer_options options = ICOLORIT_COLORIZER_OPTIONS_INIT;
    options.threads = 1;
    expect_ok(icolorit_model_parse(default_model().data(), default_model().size(), nullptr, &model));
    expect_ok(icolorit_colorizer_new(model, &options, &made));
    return made;
  }();
  const icolorit_picture in = picture_of(const_cast<std::uint8_t*>(input.data()), 1);
  const icolorit_picture out = picture_of(output.data(), 3);
  const icolorit_hint list[] = {{300, 200, 200, 64, 46, 0, 0}, {800, 500, 107, 157, 210, 0, 0}};
  return seconds([&] {
    expect_ok(icolorit_colorizer_set_image(colorizer, &in));
    expect_ok(icolorit_colorizer_set_hints(colorizer, list, 2));
    expect_ok(icolorit_colorizer_render(colorizer, &out, nullptr, nullptr));
  });
}

/// A number that is the same for equal pictures.
std::uint64_t last_picture() {
  std::uint64_t sum = 0;
  for (const std::uint8_t sample : output) sum = sum * 31 + sample;
  return sum;
}

}  // extern "C"
