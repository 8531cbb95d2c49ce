// Hints of the reference backend.
#pragma once

#include "icolorit/core/backend/hints.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/hints.hpp.
struct HintOperations {
  template <Element T>
  static void encode_hints(const Context&, TensorView<T, 4> picture, Input<T, 4> lab, Input<T, 2> mask, Index cell,
                           HintEncoding encoding) {
    using Sum = Accumulator<T>;
    const Index H = lab.extent(2), W = lab.extent(3), columns = W / cell;
    for (Index b = 0; b < lab.extent(0); ++b)
      for (Index y = 0; y < H; ++y)
        for (Index x = 0; x < W; ++x) {
          const Sum hint = 1 - Sum(mask(b, y / cell * columns + x / cell));
          picture(b, 0, y, x) = lab(b, 0, y, x);
          for (Index c = 1; c < 3; ++c) {
            const Sum ab = encoding.average ? cell_sample(lab, b, c, y / cell, x / cell, cell) : Sum(lab(b, c, y, x));
            picture(b, c, y, x) = T(ab * hint);
          }
          const Sum centre = encoding.centre_mask ? Sum(0.5) : Sum(0);
          if (picture.extent(1) == 4) picture(b, 3, y, x) = T(hint - centre);
          // Without a hint channel it is the last colour channel that the published code centres.
          else
            picture(b, 2, y, x) = T(Sum(picture(b, 2, y, x)) - centre);
        }
  }

  template <Element T>
  static void weigh_hints(const Context&, TensorView<T, 3> weights, Input<T, 2> mask, Index cell,
                          Accumulator<T> factor) {
    using Sum = Accumulator<T>;
    const Index columns = weights.extent(2) / cell;
    for (Index b = 0; b < weights.extent(0); ++b)
      for (Index y = 0; y < weights.extent(1); ++y)
        for (Index x = 0; x < weights.extent(2); ++x)
          if (Sum(mask(b, y / cell * columns + x / cell)) == 0) weights(b, y, x) = T(Sum(weights(b, y, x)) * factor);
  }

 private:
  // The bilinear sample at the center of the cell (row,column) of s x s pixels.
  template <class T>
  static Accumulator<T> cell_sample(TensorView<const T, 4> lab, Index b, Index c, Index row, Index column, Index s) {
    using Sum = Accumulator<T>;
    const CellCenter center(s);
    const Index top = row * s + center.low, bottom = row * s + center.high;
    const Index left = column * s + center.low, right = column * s + center.high;
    return (Sum(lab(b, c, top, left)) + Sum(lab(b, c, top, right)) + Sum(lab(b, c, bottom, left)) +
            Sum(lab(b, c, bottom, right))) /
           4;
  }
};

}  // namespace icolorit::reference
