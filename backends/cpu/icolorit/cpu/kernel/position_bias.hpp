// The relative position bias of one query: a grid row of keys meets a slice of the table, read backwards.
#pragma once

#include <algorithm>

#include "icolorit/core/grid.hpp"
#include "icolorit/core/tensor_view.hpp"
#include "icolorit/cpu/kernel/simd.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// row[key] += table[Grid::table_row(query,key)] for one query. `stride` separates the table's entries.
template <class T>
void add_position_bias(T* row, const T* table, Index stride, Grid grid, Index query) {
  const Index C = grid.columns;
  for (Index y = 0; y < grid.rows; ++y, row += C) {
    const T* slice = table + grid.table_row(query, y * C) * stride;
    for (Index x = 0; x < C; ++x) row[x] += slice[-x * stride];
  }
}

/// row[key] = the same bias, from a table whose entries stand in reverse order, side by side. Whole vectors are copied:
/// up to lanes<T> - 1 places behind the row, and as many entries behind the table, must exist.
template <class T>
void write_position_bias(T* row, const T* reversed, Grid grid, Index query) {
  const Index R = grid.rows, C = grid.columns;
  const T* slice = reversed + grid.table_rows() - 1 - grid.table_row(query, 0);
  for (Index y = 0; y < R; ++y, row += C, slice += 2 * C - 1)
    for (Index x = 0; x < C; x += lanes<T>) store(row + x, load(slice + x));
}

/// The gradient of add_position_bias for one head and one difference of rows dy: table entries += the logits (N,N) of
/// all pairs at that difference.
template <class T>
void add_position_gradient(T* table, Index stride, Input<T, 2> dlogits, Grid grid, Index dy) {
  const Index R = grid.rows, C = grid.columns;
  T* entries = table + grid.difference_row(dy, 0) * stride;
  for (Index y = std::max(Index{0}, dy); y < std::min(R, R + dy); ++y)
    for (Index x = 0; x < C; ++x) {
      const T* keys = &dlogits(y * C + x, (y - dy) * C);
      for (Index key = 0; key < C; ++key) entries[(x - key) * stride] += keys[key];
    }
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
