// Convolution of the CPU backend.
#pragma once

#include <algorithm>
#include <concepts>

#include "icolorit/core/backend/convolution.hpp"
#include "icolorit/cpu/context.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// row (9*D) = the neighborhood of row `token` of x (B*N,D).
template <class T>
void gather_row(T* row, Input<T, 2> x, Grid grid, Index token) {
  const Index place = token % grid.tokens(), first = token - place;
  for (Index dy = -1; dy <= 1; ++dy)
    for (Index dx = -1; dx <= 1; ++dx) row = std::copy_n(&x(first + grid.neighbor(place, dy, dx), 0), x.extent(1), row);
}

/// The gradient of gathering for one picture, whose tokens are the rows of dx (B*N,D) from `first` on.
template <class T>
void scatter_rows(TensorView<T, 2> dx, Input<T, 2> drows, Grid grid, Index first) {
  const Index N = grid.tokens(), D = dx.extent(1);
  for (Index token = 0; token < N; ++token) std::fill_n(&dx(first + token, 0), D, T(0));
  for (Index token = 0; token < N; ++token) {
    const T* from = &drows(first + token, 0);
    for (Index dy = -1; dy <= 1; ++dy)
      for (Index dx_step = -1; dx_step <= 1; ++dx_step, from += D) {
        T* to = &dx(first + grid.neighbor(token, dy, dx_step), 0);
        for (Index d = 0; d < D; ++d) to[d] += from[d];
      }
  }
}

/// Contracts: core/backend/convolution.hpp.
struct ConvolutionOperations {
  template <std::floating_point T>
  static void gather_neighbours(Context& context, TensorView<T, 2> rows, Input<T, 2> x, Grid grid) {
    parallel_for(context.workers(), rows.extent(0), [&](Index row) { gather_row(&rows(row, 0), x, grid, row); });
  }

  template <std::floating_point T>
  static void scatter_neighbours(Context& context, TensorView<T, 2> dx, Input<T, 2> drows, Grid grid) {
    parallel_for(context.workers(), dx.extent(0) / grid.tokens(),
                 [&](Index picture) { scatter_rows(dx, drows, grid, picture * grid.tokens()); });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
