// Tensors of Eigen (H,W,C), row-major, as views.
#pragma once

#include <unsupported/Eigen/CXX11/Tensor>

#include "icolorit/image/image_view.hpp"

namespace icolorit {

/// Pixels of a row-major tensor (H,W,C) of std::uint8_t, std::uint16_t or float, red first, which must keep its memory
/// while it is viewed. Throws ArgumentError for an empty tensor, or more than 4 channels.
template <ViewSample S, class Index3>
[[nodiscard]] ImageView view_of(const Eigen::Tensor<S, 3, Eigen::RowMajor, Index3>& tensor) {
  return {tensor.data(), tensor.dimension(1), tensor.dimension(0), static_cast<int>(tensor.dimension(2))};
}
template <ViewSample S, class Index3>
[[nodiscard]] MutableImageView mutable_view_of(Eigen::Tensor<S, 3, Eigen::RowMajor, Index3>& tensor) {
  return {tensor.data(), tensor.dimension(1), tensor.dimension(0), static_cast<int>(tensor.dimension(2))};
}

}  // namespace icolorit
