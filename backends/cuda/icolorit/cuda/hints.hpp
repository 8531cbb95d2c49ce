// Hints of the CUDA backend.
#pragma once

#include "icolorit/core/backend/hints.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

/// One line of the network's input, see encode_hints.
template <class T>
struct EncodeHintsRow {
  TensorView<T, 4> picture;
  TensorView<const T, 4> lab;
  TensorView<const T, 2> mask;
  Index cell;
  HintEncoding encoding;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index line, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index H = lab.extent(2), W = lab.extent(3), columns = W / cell, b = line / H, y = line % H;
    const auto from = [&](Index c, Index row) { return lab[b][c][row].data(); };
    const auto to = [&](Index c) { return picture[b][c][y].data(); };
    const T* hidden = mask.data() + b * mask.stride(0) + y / cell * columns;
    const CellCenter center(cell);
    const Index top = y / cell * cell + center.low, bottom = y / cell * cell + center.high;
    const Sum centre = encoding.centre_mask ? Sum(0.5) : Sum(0);
    const bool has_hint_channel = picture.extent(1) == 4;
    for_lanes(team, W, [&](Index x) {
      const Index column = x / cell, left = column * cell + center.low, right = column * cell + center.high;
      const Sum shown = 1 - as<Sum>(hidden[column]);
      to(0)[x] = from(0, y)[x];
      for (Index c = 1; c < 3; ++c) {
        const T *upper = from(c, top), *lower = from(c, bottom);
        const Sum ab =
            encoding.average
                ? (as<Sum>(upper[left]) + as<Sum>(upper[right]) + as<Sum>(lower[left]) + as<Sum>(lower[right])) / 4
                : as<Sum>(from(c, y)[x]);
        // Without a hint channel it is the last colour channel that the published code centres.
        to(c)[x] = as<T>(as<Sum>(as<T>(ab * shown)) - (c == 2 && !has_hint_channel ? centre : Sum(0)));
      }
      if (has_hint_channel) to(3)[x] = as<T>(shown - centre);
    });
  }
};

/// One pixel's weight times a factor where its cell has a hint.
template <class T>
struct WeighHintPixel {
  TensorView<T, 3> weights;
  TensorView<const T, 2> mask;
  Index cell;
  Accumulator<T> factor;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    using Sum = Accumulator<T>;
    const Index H = weights.extent(1), W = weights.extent(2), b = i / (H * W), y = i / W % H, x = i % W;
    if (as<Sum>(mask(b, y / cell * (W / cell) + x / cell)) == 0)
      weights(b, y, x) = as<T>(as<Sum>(weights(b, y, x)) * factor);
  }
};

/// Contracts: core/backend/hints.hpp; Context: operations.hpp.
template <class Context>
struct HintOperations {
  template <Element T>
  static void encode_hints(Context& context, TensorView<T, 4> picture, Input<T, 4> lab, Input<T, 2> mask, Index cell,
                           HintEncoding encoding) {
    context.for_each_row(lab.extent(0) * lab.extent(2), EncodeHintsRow<T>{picture, lab, mask, cell, encoding});
  }

  template <Element T>
  static void weigh_hints(Context& context, TensorView<T, 3> weights, Input<T, 2> mask, Index cell,
                          Accumulator<T> factor) {
    context.for_each(weights.elements(), WeighHintPixel<T>{weights, mask, cell, factor});
  }
};

}  // namespace icolorit::cuda
