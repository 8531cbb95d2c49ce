// Fixed sin/cos positions, added to the tokens after the patch embedding (Vaswani et al. 2017, sec. 3.5).
#pragma once

#include <cmath>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/layers/resample_grid.hpp"

namespace icolorit {

/// The table (N,D) for a grid of patches: angle(n,j) = n / 10000^(2 floor(j/2) / D) in double, sin on even j, cos on
/// odd j; n counts row-major over `trained`, the grid of the weights. It is not in the checkpoints. On another grid the
/// table is interpolated as a picture of D channels, so that every position keeps the meaning it was trained with.
template <Element T>
Buffer<T> position_table(Grid grid, Grid trained, Index dim) {
  Buffer<double> angles(trained.tokens() * dim);
  for (Index n = 0; n < trained.tokens(); ++n)
    for (Index j = 0; j < dim; ++j) {
      const double angle =
          static_cast<double>(n) / std::pow(10000., 2. * static_cast<double>(j / 2) / static_cast<double>(dim));
      angles.data()[n * dim + j] = j % 2 == 0 ? std::sin(angle) : std::cos(angle);
    }
  Buffer<T> table(grid.tokens() * dim);
  resample_grid<T, double>(table.view(grid.rows, grid.columns, dim), angles.view(trained.rows, trained.columns, dim));
  return table;
}

}  // namespace icolorit
