// Turning and mirroring a picture so that it stands upright.
#pragma once

#include <utility>

#include "icolorit/image/image.hpp"

namespace icolorit {

/// Whether a picture stored with this Orientation has its width and height the other way round when it stands upright.
constexpr bool lies_on_its_side(int orientation) { return orientation >= 5 && orientation <= 8; }

/// The picture as it is meant to be seen, from one stored with this Orientation (EXIF 2.32, tag 274: 1 upright,
/// 2 mirrored, 3 upside down, 4 flipped, 5 transposed, 6 to be turned clockwise, 7 transposed over the other diagonal,
/// 8 to be turned counter-clockwise). Any other value counts as 1.
inline Image upright(Image image, int orientation) {
  if (image.empty() || orientation < 2 || orientation > 8) return image;
  const bool flip_rows = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool flip_columns = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool transpose = lies_on_its_side(orientation);

  Image result(transpose ? image.height() : image.width(), transpose ? image.width() : image.height(), image.channels(),
               image.bits());
  visit_samples(result, [&]<class S>(TensorView<S, 3> out) {
    const TensorView<const S, 3> stored = std::as_const(image).samples<S>();  // (H,W,C)
    const S* origin = stored.data();
    Index down = stored.stride(0);
    Index right = stored.stride(1);
    if (flip_rows) origin += (image.height() - 1) * std::exchange(down, -down);
    if (flip_columns) origin += (image.width() - 1) * std::exchange(right, -right);
    if (transpose) std::swap(down, right);
    const TensorView<const S, 3> turned(origin, out.extents(), {down, right, 1});
    for (Index y = 0; y < out.extent(0); ++y)
      for (Index x = 0; x < out.extent(1); ++x)
        for (Index c = 0; c < out.extent(2); ++c) out(y, x, c) = turned(y, x, c);
  });
  return result;
}

}  // namespace icolorit
