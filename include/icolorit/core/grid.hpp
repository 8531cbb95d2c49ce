// Grid: the token grid of a picture and its geometry; CellCenter: the pixels that stand for a hint cell.
#pragma once

#include "icolorit/core/config.hpp"

namespace icolorit {

/// The grid of tokens (patches) of a picture, row-major: token = row * columns + column, N = rows * columns.
///
/// A table of relative positions has one row for each difference (dy,dx) = query - key of two tokens, in row-major
/// order of dy from -(R-1) to R-1 and dx from -(C-1) to C-1 (Liu et al. 2021, sec. 3.2).
struct Grid {
  Index rows = 0;
  Index columns = 0;

  /// A place on the grid, or the difference of two places.
  struct Position {
    Index y, x;
  };

  constexpr Index tokens() const { return rows * columns; }
  constexpr Position position(Index token) const { return {token / columns, token % columns}; }
  constexpr bool contains(Index y, Index x) const { return y >= 0 && y < rows && x >= 0 && x < columns; }

  constexpr Index table_rows() const { return (2 * rows - 1) * (2 * columns - 1); }
  /// The table's row of the difference (dy,dx).
  constexpr Index difference_row(Index dy, Index dx) const {
    return (dy + rows - 1) * (2 * columns - 1) + dx + columns - 1;
  }
  /// The difference of a row of the table: the inverse of difference_row.
  constexpr Position difference(Index table_row) const {
    return {table_row / (2 * columns - 1) - (rows - 1), table_row % (2 * columns - 1) - (columns - 1)};
  }
  /// The table's row of a query and a key is a part of the query's alone minus a part of the key's alone.
  constexpr Index table_row(Index query, Index key) const { return query_part(query) - key_part(key); }
  constexpr Index query_part(Index query) const { return key_part(query) + difference_row(0, 0); }
  constexpr Index key_part(Index key) const { return key / columns * (2 * columns - 1) + key % columns; }

  /// i mirrored at the ends of [0,n) without repeating them (-1 -> 1, n -> n-2), for -n < i < 2n-1; an axis of one
  /// place has only that place.
  static constexpr Index reflected(Index i, Index n) { return n == 1 ? 0 : i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; }
  /// The token (dy,dx) away from `token`, reflected at the grid's border.
  constexpr Index neighbor(Index token, Index dy, Index dx) const {
    return reflected(token / columns + dy, rows) * columns + reflected(token % columns + dx, columns);
  }

  friend constexpr bool operator==(const Grid&, const Grid&) = default;
};

/// The pixels of a cell of `side` x `side` pixels that a bilinear sample at its center mixes in equal parts, without
/// antialiasing: offsets along either axis from the cell's first pixel. Half-pixel centers put the sample between the
/// two middle pixels of an even side and on the middle pixel of an odd one, where both offsets are equal.
struct CellCenter {
  constexpr explicit CellCenter(Index side) : low((side - 1) / 2), high(side / 2) {}
  Index low, high;
};

}  // namespace icolorit
