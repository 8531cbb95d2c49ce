// The learned relative position bias of an attention layer: one number for each (dy, dx, head), as in Swin and BEiT
// (Liu et al. 2021, sec. 3.2), here on the whole token grid.
#pragma once

#include "icolorit/core/backend.hpp"

namespace icolorit {

struct RelativePositionBias {
  /// Rows of the table of a grid: every difference of two positions.
  static constexpr Index rows(Grid grid) { return (2 * grid.rows - 1) * (2 * grid.columns - 1); }

  /// The row for a query and a key: (dy+R-1)(2C-1) + dx+C-1 with d = query - key.
  static constexpr Index row(Grid grid, Index query, Index key) {
    const Index dy = query / grid.columns - key / grid.columns;
    const Index dx = query % grid.columns - key % grid.columns;
    return (dy + grid.rows - 1) * (2 * grid.columns - 1) + dx + grid.columns - 1;
  }
};

}  // namespace icolorit
