// Hints of the CPU backend, one line of a picture at a time.
#pragma once

#include <algorithm>
#include <concepts>

#include "icolorit/core/backend/hints.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/cpu/context.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// One line y of the network's input (C,H,W) from lab (3,H,W) and mask (cells); see encode_hints.
template <class T>
void encode_row(TensorView<T, 3> picture, Input<T, 3> lab, Input<T, 1> mask, Index y, Index cell,
                HintEncoding encoding) {
  const Index W = lab.extent(2), columns = W / cell;
  const T* hidden = &mask[y / cell * columns];
  std::copy_n(&lab(0, y, 0), W, &picture(0, y, 0));
  const CellCenter center(cell);
  const Index top = y / cell * cell + center.low, bottom = y / cell * cell + center.high;
  for (Index c = 1; c < 3; ++c) {
    T* line = &picture(c, y, 0);
    const T *own = &lab(c, y, 0), *upper = &lab(c, top, 0), *lower = &lab(c, bottom, 0);
    for (Index column = 0; column < columns; ++column) {
      const Index first = column * cell, left = first + center.low, right = first + center.high;
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

/// Contracts: core/backend/hints.hpp.
struct HintOperations {
  template <std::floating_point T>
  static void encode_hints(Context& context, TensorView<T, 4> picture, Input<T, 4> lab, Input<T, 2> mask, Index cell,
                           HintEncoding encoding) {
    const Index H = lab.extent(2);
    parallel_for(context.workers(), lab.extent(0) * H,
                 [&](Index i) { encode_row(picture[i / H], lab[i / H], mask[i / H], i % H, cell, encoding); });
  }

  template <std::floating_point T>
  static void weigh_hints(Context& context, TensorView<T, 3> weights, Input<T, 2> mask, Index cell, T factor) {
    const Index H = weights.extent(1), columns = weights.extent(2) / cell;
    parallel_for(context.workers(), weights.extent(0) * H, [&](Index row) {
      const Index b = row / H, y = row % H;
      for (Index x = 0; x < weights.extent(2); ++x)
        if (mask(b, y / cell * columns + x / cell) == 0) weights(b, y, x) *= factor;
    });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
