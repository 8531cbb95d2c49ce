// Planes of cells with a border around them.
#pragma once

#include <algorithm>

#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// Planes of height x width numbers, each with `border` rows and columns around it that repeat the outermost ones.
class PaddedPlanes {
 public:
  static constexpr Index border = 2;  ///< what cubic convolution reaches

  /// All zeros.
  PaddedPlanes(Index planes, Index height, Index width)
      : planes_(planes),
        height_(height),
        width_(width),
        values_(planes * (height + 2 * border) * (width + 2 * border)) {
    std::fill_n(values_.data(), values_.size(), 0.0f);
  }

  /// (height + 4, width + 4), the border included.
  TensorView<float, 2> padded(Index plane) {
    return values_.view(planes_, height_ + 2 * border, width_ + 2 * border)[plane];
  }
  TensorView<const float, 2> padded(Index plane) const {
    return values_.view(planes_, height_ + 2 * border, width_ + 2 * border)[plane];
  }
  /// (height, width)
  TensorView<float, 2> inner(Index plane) {
    return padded(plane).narrowed(0, border, height_).narrowed(1, border, width_);
  }

  /// To be called when the inner numbers have changed.
  void fill_border(Index of) {
    const TensorView<float, 2> plane = padded(of);
    const Index bottom = border + height_ - 1, right = border + width_ - 1;
    for (Index i = border; i <= bottom; ++i) {
      std::fill_n(&plane(i, 0), border, plane(i, border));
      std::fill_n(&plane(i, right + 1), border, plane(i, right));
    }
    for (Index k = 0; k < border; ++k) {
      std::copy_n(&plane(border, 0), plane.extent(1), &plane(k, 0));
      std::copy_n(&plane(bottom, 0), plane.extent(1), &plane(bottom + 1 + k, 0));
    }
  }

 private:
  Index planes_, height_, width_;
  Buffer<float> values_;
};

}  // namespace icolorit
