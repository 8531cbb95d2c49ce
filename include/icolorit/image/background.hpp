// A picture with transparency laid on one colour, for files and screens that know none.
#pragma once

#include <cstdint>

#include "icolorit/image/color_space.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit {

/// The picture without alpha, as it looks on a background: sRGB codes are mixed, as browsers do. Grey on a background
/// of one level stays grey, on any other it becomes RGB. A picture without alpha is returned as it is.
inline Image on_background(const Image& image, const Rgb<std::uint8_t>& background) {
  if (!image.has_alpha()) return image;
  const bool grey = !image.has_color() && background.r == background.g && background.g == background.b;
  const int colors = image.has_color() ? 3 : 1;
  Image result(image.width(), image.height(), grey ? 1 : 3, image.bits());
  visit_samples(result, [&]<class S>(TensorView<S, 3> out) {
    const auto in = image.samples<S>();
    const auto largest = static_cast<std::uint64_t>(image.max_value());
    const std::uint64_t unit = largest / 255;
    const std::uint64_t behind[] = {unit * background.r, unit * background.g, unit * background.b};
    for (Index y = 0; y < image.height(); ++y)
      for (Index x = 0; x < image.width(); ++x) {
        const std::uint64_t alpha = in(y, x, colors);
        for (Index c = 0; c < out.extent(2); ++c) {
          const std::uint64_t front = in(y, x, c < colors ? c : 0);
          out(y, x, c) = static_cast<S>((front * alpha + behind[c] * (largest - alpha) + largest / 2) / largest);
        }
      }
  });
  return result;
}

}  // namespace icolorit
