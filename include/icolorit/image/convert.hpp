// The same picture with other channels or another depth.
#pragma once

#include "icolorit/image/image.hpp"

namespace icolorit {

/// Copies a picture into `channels` channels of `bits` bits. Grey becomes R = G = B; missing alpha is opaque, unwanted
/// alpha is dropped; 8 bits become 16 by v * 257, 16 become 8 by rounding v / 257. Throws ArgumentError where colour
/// would have to become grey, for an empty picture, or a count that no Image has.
[[nodiscard]] inline Image converted(const Image& image, int channels, int bits) {
  if (image.empty()) throw ArgumentError("converted: the picture is empty");
  if (channels == image.channels() && bits == image.bits()) return image;
  Image result(image.width(), image.height(), channels, bits);
  if (image.has_color() && !result.has_color())
    throw ArgumentError(concat("converted: a picture of ", image.channels(), " channels does not fit into ", channels));

  visit_samples(image, [&]<class From>(TensorView<const From, 3> in) {
    visit_samples(result, [&]<class To>(TensorView<To, 3> out) {
      const auto depth = [](From value) {
        if constexpr (sizeof(From) == sizeof(To))
          return value;
        else if constexpr (sizeof(From) < sizeof(To))
          return static_cast<To>(value * 257);
        else
          return static_cast<To>((value + 128) / 257);
      };
      const int colors_in = image.has_color() ? 3 : 1;
      const int colors = result.has_color() ? 3 : 1;
      for (Index y = 0; y < in.extent(0); ++y)
        for (Index x = 0; x < in.extent(1); ++x) {
          for (int c = 0; c < colors; ++c) out(y, x, c) = depth(in(y, x, c < colors_in ? c : 0));
          if (result.has_alpha())
            out(y, x, colors) = image.has_alpha() ? depth(in(y, x, colors_in)) : static_cast<To>(result.max_value());
        }
    });
  });
  return result;
}

}  // namespace icolorit
