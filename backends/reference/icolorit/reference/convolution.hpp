// Convolution of the reference backend.
#pragma once

#include "icolorit/core/backend/convolution.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/convolution.hpp.
struct ConvolutionOperations {
  template <Element T>
  static void gather_neighbours(const Context&, TensorView<T, 2> rows, Input<T, 2> x, Grid grid) {
    const Index D = x.extent(1);
    for (Index row = 0; row < rows.extent(0); ++row)
      for (Index i = 0; i < 9 * D; ++i) rows(row, i) = x(neighbor(grid, row, i / D), i % D);
  }

  template <Element T>
  static void scatter_neighbours(const Context&, TensorView<T, 2> dx, Input<T, 2> drows, Grid grid) {
    using Sum = Accumulator<T>;
    const Index D = dx.extent(1);
    for (Index m = 0; m < dx.extent(0); ++m)
      for (Index d = 0; d < D; ++d) dx(m, d) = T(0.f);
    for (Index row = 0; row < drows.extent(0); ++row)
      for (Index i = 0; i < 9 * D; ++i) {
        T& to = dx(neighbor(grid, row, i / D), i % D);
        to = T(Sum(to) + Sum(drows(row, i)));
      }
  }

 private:
  // The row of x of the token at place `tap` (0 to 8, row-major) of the neighborhood of row `row`.
  static Index neighbor(Grid grid, Index row, Index tap) {
    const Index token = row % grid.tokens();
    return row - token + grid.neighbor(token, tap / 3 - 1, tap % 3 - 1);
  }
};

}  // namespace icolorit::reference
