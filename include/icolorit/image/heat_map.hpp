// Heat maps: numbers over a picture, drawn as colours on top of it.
#pragma once

#include <algorithm>
#include <cmath>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/color_space.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/resize.hpp"

namespace icolorit {

/// Blue for 0, over cyan, yellow and red to dark red for 1: the piecewise linear map known as "jet", in which attention
/// maps are usually printed.
inline Rgb<float> heat_color(float value) {
  const auto ramp = [&](float centre) { return std::clamp(1.5f - std::abs(4 * value - centre), 0.f, 1.f); };
  return {ramp(3), ramp(2), ramp(1)};
}

/// The picture, 8 bits, half covered by the colours of values (h,w), which are enlarged to its size bilinearly;
/// `largest` and above is dark red, 0 and below dark blue. Throws ShapeError where there are no values, ArgumentError
/// for an empty picture or a `largest` that is not above 0.
inline Image heat_map(const Image& picture, TensorView<const float, 2> values, float largest) {
  if (values.elements() == 0)
    throw ShapeError(concat("heat_map: values is ", values.shape(), ", expected no extent of 0"));
  if (!(largest > 0)) throw ArgumentError(concat("heat_map: largest is ", largest, ", expected a number above 0"));
  Image result = converted(picture, 3, 8);
  const Index H = result.height(), W = result.width();
  Buffer<float> enlarged(H * W);
  resize_bilinear<float>(
      enlarged.view(1, H, W),
      {values.data(), {1, values.extent(0), values.extent(1)}, {0, values.stride(0), values.stride(1)}});
  const auto samples = result.samples<std::uint8_t>();
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x) {
      const Rgb<float> heat = heat_color(std::clamp(enlarged.data()[y * W + x] / largest, 0.f, 1.f));
      Index c = 0;
      for (const float component : {heat.r, heat.g, heat.b}) {
        std::uint8_t& sample = samples(y, x, c++);
        sample = static_cast<std::uint8_t>(std::lround((255 * component + static_cast<float>(sample)) / 2));
      }
    }
  return result;
}

/// Draws a white frame one pixel wide around the pixels of rows [top, top+size) and columns [left, left+size), as far
/// as it lies in the picture, which has 8 bits and colours.
inline void draw_frame(Image& picture, Index top, Index left, Index size) {
  const auto samples = picture.samples<std::uint8_t>();
  for (Index y = std::max(top - 1, Index{0}); y < std::min(top + size + 1, picture.height()); ++y)
    for (Index x = std::max(left - 1, Index{0}); x < std::min(left + size + 1, picture.width()); ++x) {
      const bool inside = y >= top && y < top + size && x >= left && x < left + size;
      for (Index c = 0; c < 3 && !inside; ++c) samples(y, x, c) = 255;
    }
}

}  // namespace icolorit
