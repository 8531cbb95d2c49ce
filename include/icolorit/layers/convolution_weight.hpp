// The weight of a 3x3 convolution in the order of a linear layer over gathered neighbourhoods: from (O,I,3,3), as
// files have it, to (O,3,3,I), since a neighbourhood lists its nine taps one after the other, all channels of each.
#pragma once

#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// weight (O,I,3,3) as (O,I,9), and weight (O,9*I) as (O,9,I): one is the other with the last two axes exchanged.
template <class T>
TensorView<T, 3> taps_last(TensorView<T, 4> weight) {
  return weight.template reshaped<3>({weight.extent(0), weight.extent(1), 9});
}
template <class T>
TensorView<T, 3> taps_first(TensorView<T, 2> weight) {
  return weight.template reshaped<3>({weight.extent(0), 9, weight.extent(1) / 9});
}

/// A weight (O,I,3,3) in host memory as (O,9*I).
template <class T>
Buffer<T> with_taps_first(TensorView<const T, 4> weight) {
  const Index O = weight.extent(0), I = weight.extent(1);
  const TensorView<const T, 3> from = taps_last(weight);  // (O,I,9)
  Buffer<T> result(weight.elements());
  const auto to = result.view(O, 9, I);  // (O,9,I)
  for (Index o = 0; o < O; ++o)
    for (Index tap = 0; tap < 9; ++tap)
      for (Index i = 0; i < I; ++i) to(o, tap, i) = from(o, i, tap);
  return result;
}

}  // namespace icolorit
