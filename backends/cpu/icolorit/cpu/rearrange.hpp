// Copies between pictures, patches, tokens and neighbourhoods, one row of work at a time.
#pragma once

#include <algorithm>

#include "icolorit/core/backend.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// One line y of the network's input (C,H,W) from lab (3,H,W) and mask (cells); see ProvidesRearrange.
template <class T>
void encode_row(TensorView<T, 3> picture, Input<T, 3> lab, Input<T, 1> mask, Index y, Index cell,
                HintEncoding encoding) {
  const Index W = lab.extent(2), columns = W / cell;
  const T* hidden = &mask[y / cell * columns];
  std::copy_n(&lab(0, y, 0), W, &picture(0, y, 0));
  // The middle of a cell between half-pixel centres: two pixels of an even side, one of an odd one.
  const Index low = (cell - 1) / 2, high = cell / 2, top = y / cell * cell + low, bottom = y / cell * cell + high;
  for (Index c = 1; c < 3; ++c) {
    T* line = &picture(c, y, 0);
    const T *own = &lab(c, y, 0), *upper = &lab(c, top, 0), *lower = &lab(c, bottom, 0);
    for (Index column = 0; column < columns; ++column) {
      const Index first = column * cell, left = first + low, right = first + high;
      const T shown = 1 - hidden[column], average = (upper[left] + upper[right] + lower[left] + lower[right]) / 4;
      for (Index x = first; x < first + cell; ++x) line[x] = (encoding.average ? average : own[x]) * shown;
    }
  }
  const T centre = encoding.centre_mask ? T(0.5) : T(0);
  T* last = &picture(picture.extent(0) - 1, y, 0);
  if (picture.extent(0) == 4)
    for (Index column = 0; column < columns; ++column)
      std::fill_n(last + column * cell, cell, 1 - hidden[column] - centre);
  else
    for (Index x = 0; x < W; ++x) last[x] -= centre;
}

/// row (C*P*P) = patch (C,P,P).
template <class T>
void copy_patch(T* row, Input<T, 3> patch) {
  for (Index c = 0; c < patch.extent(0); ++c)
    for (Index y = 0; y < patch.extent(1); ++y) row = std::copy_n(&patch(c, y, 0), patch.extent(2), row);
}

/// f(pixel of patch (2,P,P), position in the token) for each: the channel is the fastest axis of a token.
template <class T, class F>
void for_each_token_value(TensorView<T, 3> patch, F&& f) {
  const Index P = patch.extent(1);
  for (Index c = 0; c < 2; ++c)
    for (Index y = 0; y < P; ++y)
      for (Index x = 0; x < P; ++x) f(patch(c, y, x), (y * P + x) * 2 + c);
}

/// The token at (dy,dx) from token `token` of its grid, reflected at the border.
inline Index neighbour(Grid grid, Index token, Index dy, Index dx) {
  const auto reflect = [](Index i, Index n) { return n == 1 ? 0 : i < 0 ? -i : i >= n ? 2 * n - 2 - i : i; };
  return reflect(token / grid.columns + dy, grid.rows) * grid.columns +
         reflect(token % grid.columns + dx, grid.columns);
}

/// row (9*D) = the neighbourhood of row `token` of x (B*N,D).
template <class T>
void gather_row(T* row, Input<T, 2> x, Grid grid, Index token) {
  const Index place = token % grid.tokens(), first = token - place;
  for (Index dy = -1; dy <= 1; ++dy)
    for (Index dx = -1; dx <= 1; ++dx)
      row = std::copy_n(&x(first + neighbour(grid, place, dy, dx), 0), x.extent(1), row);
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
        T* to = &dx(first + neighbour(grid, token, dy, dx_step), 0);
        for (Index d = 0; d < D; ++d) to[d] += from[d];
      }
  }
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
