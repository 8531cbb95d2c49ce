// The lightness of a picture, reduced to a working size or at one of its pixels.
#pragma once

#include <type_traits>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/image/resize.hpp"

namespace icolorit {

/// L in [0,100] of the picture squashed to h x w pixels, as in training: l (h,w), contiguous rows, overwritten. Throws
/// ArgumentError for an empty picture.
inline void squashed_lightness(TensorView<float, 2> l, const Image& picture) {
  const Image small = resize_pillow_bilinear(picture, l.extent(1), l.extent(0));
  visit_samples(small, [&]<class S>(TensorView<S, 3> samples) {
    for (Index y = 0; y < l.extent(0); ++y) lightness_row<std::remove_const_t<S>>(l[y], samples[y]);
  });
}

/// L in [0,100] of pixel (y,x).
inline float pixel_lightness(const Image& picture, Index y, Index x) {
  float l = 0;
  visit_samples(picture, [&]<class S>(TensorView<S, 3> samples) {
    lightness_row<std::remove_const_t<S>>({&l, {1}}, samples[y].narrowed(0, x, 1));
  });
  return l;
}

}  // namespace icolorit
