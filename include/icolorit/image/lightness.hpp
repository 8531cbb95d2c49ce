// The lightness of a picture, reduced to a working size or at one of its pixels.
#pragma once

#include <type_traits>

#include "icolorit/image/picture_tile.hpp"
#include "icolorit/image/resize.hpp"

namespace icolorit {

/// L in [0,100] of the picture squashed to h x w pixels, as in training: l (h,w), contiguous rows, overwritten. Throws
/// ArgumentError for an empty picture.
inline void squashed_lightness(TensorView<float, 2> l, const ImageView& picture) {
  const Image small = resize_pillow_bilinear(picture, l.extent(1), l.extent(0));
  visit_samples(small, [&]<class S>(TensorView<S, 3> samples) {
    for (Index y = 0; y < l.extent(0); ++y) lightness_row<std::remove_const_t<S>>(l[y], samples[y]);
  });
}

/// L in [0,100] of pixel (y,x).
inline float pixel_lightness(const ImageView& picture, Index y, Index x) {
  LinearTile linear;
  TilePlane l;
  load_linear(linear, picture, y, x, 1);
  linear_to_lightness(l, linear);
  return l[0];
}

}  // namespace icolorit
