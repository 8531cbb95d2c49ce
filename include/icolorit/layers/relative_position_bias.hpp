// The learned relative position bias of an attention layer: one number for each (dy, dx, head), as in Swin and BEiT
// (Liu et al. 2021, sec. 3.2), here on the whole token grid.
#pragma once

#include "icolorit/core/grid.hpp"

namespace icolorit {

struct RelativePositionBias {
  /// Rows of the table of a grid: every difference of two positions.
  static constexpr Index rows(Grid grid) { return grid.table_rows(); }

  /// The row for a query and a key: (dy+R-1)(2C-1) + dx+C-1 with d = query - key.
  static constexpr Index row(Grid grid, Index query, Index key) { return grid.table_row(query, key); }
};

}  // namespace icolorit
