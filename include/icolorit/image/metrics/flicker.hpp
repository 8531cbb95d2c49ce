// How much the colours of a film waver.
#pragma once

#include <cmath>

#include "icolorit/image/flow_field.hpp"

namespace icolorit {

/// A sum over pixels that the frame before shows, too, and their number.
struct Flicker {
  double sum = 0, pixels = 0;

  double mean() const { return pixels > 0 ? sum / pixels : 0; }
  Flicker& operator+=(const Flicker& other) {
    sum += other.sum;
    pixels += other.pixels;
    return *this;
  }
};

/// The distance in a and b, Lab units, between what a pixel has and what its place had in the frame before, over all
/// pixels whose motion can be trusted. Zero for colours that stick to what they belong to. After the warping error of
/// W.-S. Lai et al., "Learning blind video temporal consistency", ECCV 2018, sec. 4.3, for ab instead of RGB.
///   earlier, later  ab (2,h,w) of two neighbouring frames, at any size; rows contiguous
///   motion          between them, at a size of its own
/// Throws ShapeError where the extents differ.
inline Flicker flicker(TensorView<const float, 3> earlier, TensorView<const float, 3> later, const Motion& motion) {
  constexpr float trusted = .5f;
  expect_shape("flicker", "later", later, earlier.extents());
  const Index h = later.extent(1), w = later.extent(2);
  const Index fh = motion.to_previous.height(), fw = motion.to_previous.width();
  Flicker result;
  for (Index y = 0; y < h; ++y)
    for (Index x = 0; x < w; ++x) {
      const Point here{rescale_place(static_cast<float>(x), w, fw), rescale_place(static_cast<float>(y), h, fh)};
      if (bilinear(motion.trust_view(), here) < trusted) continue;
      const Point there = motion.to_previous.follow(here);
      const Point before{rescale_place(there.x, fw, w), rescale_place(there.y, fh, h)};
      result.sum += static_cast<double>(
          std::hypot(later(0, y, x) - bilinear(earlier[0], before), later(1, y, x) - bilinear(earlier[1], before)));
      result.pixels += 1;
    }
  return result;
}

}  // namespace icolorit
