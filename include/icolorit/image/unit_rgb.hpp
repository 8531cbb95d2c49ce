// A picture as planes of RGB in [0,1], as metrics and perceptual networks read it.
#pragma once

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit {

/// The picture's samples over its largest one, planes (3,H,W); grey becomes R = G = B, alpha is passed over.
inline Buffer<float> unit_rgb(const Image& image) {
  Buffer<float> planes(3 * image.height() * image.width());
  const auto rgb = planes.view(3, image.height(), image.width());
  const auto largest = static_cast<float>(image.max_value());
  visit_samples(image, [&](auto samples) {
    for (Index c = 0; c < 3; ++c)
      for (Index y = 0; y < image.height(); ++y)
        for (Index x = 0; x < image.width(); ++x)
          rgb(c, y, x) = static_cast<float>(samples(y, x, image.has_color() ? c : 0)) / largest;
  });
  return planes;
}

}  // namespace icolorit
