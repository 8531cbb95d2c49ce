// Fixed sin/cos positions, added to the tokens after the patch embedding (Vaswani et al. 2017, sec. 3.5).
#pragma once

#include <cmath>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// The table (N,D) for a grid of patches: angle(n,j) = n / 10000^(2 floor(j/2) / D) in double, sin on even j, cos on
/// odd j, n counted row by row. It is not in the checkpoints.
inline Buffer<double> position_table(Grid grid, Index dim) {
  Buffer<double> table(grid.tokens() * dim);
  for (Index n = 0; n < grid.tokens(); ++n)
    for (Index j = 0; j < dim; ++j) {
      const double angle =
          static_cast<double>(n) / std::pow(10000., 2. * static_cast<double>(j / 2) / static_cast<double>(dim));
      table.data()[n * dim + j] = j % 2 == 0 ? std::sin(angle) : std::cos(angle);
    }
  return table;
}

}  // namespace icolorit
