// Position tables for a token grid other than the one the weights were trained on: interpolated as small pictures, so
// that every position keeps the meaning it was trained with (the custom since Dosovitskiy et al. 2021, sec. 3.2).
#pragma once

#include "icolorit/image/resize.hpp"
#include "icolorit/layers/position_encoding.hpp"
#include "icolorit/layers/relative_position_bias.hpp"

namespace icolorit {

/// A table (H,W,C) as (h,w,C): bicubic as in PyTorch, so that equal extents give a copy. Computed in double.
template <Element T, Element U>
Buffer<T> resized_table(TensorView<const U, 3> table, Index h, Index w) {
  const Index H = table.extent(0), W = table.extent(1), C = table.extent(2);
  Buffer<double> in(H * W * C), out(h * w * C);
  for (Index i = 0; i < in.size(); ++i) in.data()[i] = static_cast<double>(table.flat()[i]);
  const auto planes = [C](auto* data, Index rows, Index columns) {
    return TensorView<double, 3>(data, {C, rows, columns}, {1, columns * C, C});
  };
  resize_bicubic<double>(planes(out.data(), h, w), planes(in.data(), H, W), -0.75);
  Buffer<T> result(out.size());
  for (Index i = 0; i < out.size(); ++i) result.data()[i] = static_cast<T>(static_cast<Accumulator<T>>(out.data()[i]));
  return result;
}

/// The sin/cos positions (N,D) of `grid`, interpolated from those of the trained grid.
template <Element T>
Buffer<T> resized_position_table(Grid grid, Grid trained, Index dim) {
  const Buffer<double> table = position_table(trained, dim);
  return resized_table<T>(table.view(trained.rows, trained.columns, dim), grid.rows, grid.columns);
}

/// A relative position table ((2R-1)(2C-1),H) for `grid`, interpolated over (dy, dx).
template <Element T>
Buffer<T> resized_position_bias(TensorView<const T, 2> table, Grid trained, Grid grid) {
  return resized_table<T>(table.template reshaped<3>({2 * trained.rows - 1, 2 * trained.columns - 1, table.extent(1)}),
                          2 * grid.rows - 1, 2 * grid.columns - 1);
}

}  // namespace icolorit
