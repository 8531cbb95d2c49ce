// 3 x 3 convolution over the token grid: gathering neighborhoods (im2col), which a linear layer then multiplies, and
// its gradient (col2im).
//
//   operation            shapes                          result  may alias  errors  cost
//   gather_neighbours    rows (B*N,9*D), x (B*N,D)       =       none       none    9BND
//   scatter_neighbours   dx (B*N,D), drows (B*N,9*D)     =       none       none    9BND
//
// gather_neighbours: each row holds the 3 x 3 neighborhood of one token as (row offset, column offset, channel),
//   reflected at the grid's border, see Grid::neighbor.
// scatter_neighbours: for each token the sum over all places to which gathering copied it.
#pragma once

#include <concepts>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

template <class B, class T>
concept ProvidesConvolution =
    requires(typename B::Context& context, TensorView<T, 2> rows, TensorView<const T, 2> x, Grid grid) {
      { B::gather_neighbours(context, rows, x, grid) } -> std::same_as<void>;
    };

template <class B, class T>
concept ProvidesConvolutionGradient =
    requires(typename B::Context& context, TensorView<T, 2> dx, TensorView<const T, 2> drows, Grid grid) {
      { B::scatter_neighbours(context, dx, drows, grid) } -> std::same_as<void>;
    };

}  // namespace icolorit
