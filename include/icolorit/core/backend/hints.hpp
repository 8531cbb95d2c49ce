// Hints: the network's input from a picture and its hint mask, and the weight of hinted pixels in a loss.
//
//   operation      shapes                                                  result    may alias  errors  cost
//   encode_hints   picture (B,C,H,W), C = 3 or 4, lab (B,3,H,W), mask      =         none       none    BCHW
//   weigh_hints    weights (B,H,W), mask                                   in place  none       none    BHW
//
// mask (B,(H/s)(W/s)): 0 = the cell of s x s pixels has a hint, 1 = it has none; `cell` is s.
// encode_hints: channel 0 is L; channels 1 and 2 are a and b in hinted cells, 0 elsewhere; channel 3, where there is
//   one, is 1 in hinted cells, 0 elsewhere. lab is in network units (L-50)/100, a/110, b/110.
// weigh_hints: the weights of the pixels of hinted cells are multiplied by a factor. Training only.
#pragma once

#include <concepts>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// How the network's input is made from Lab and mask; the defaults are what the published weights were trained on.
struct HintEncoding {
  bool average = true;  ///< a and b of a cell are one sample at its center, see CellCenter; otherwise pixel by pixel
  /// Subtracts 0.5 from the hint channel, or, where there is none, from the last color channel, as the published code.
  bool centre_mask = false;

  friend constexpr bool operator==(const HintEncoding&, const HintEncoding&) = default;
};

template <class B, class T>
concept ProvidesHints = requires(typename B::Context& context, TensorView<T, 4> picture, TensorView<const T, 4> lab,
                                 TensorView<const T, 2> mask, Index cell, HintEncoding encoding) {
  { B::encode_hints(context, picture, lab, mask, cell, encoding) } -> std::same_as<void>;
};

template <class B, class T>
concept ProvidesHintWeights = requires(typename B::Context& context, TensorView<T, 3> weights,
                                       TensorView<const T, 2> mask, Index cell, Accumulator<T> factor) {
  { B::weigh_hints(context, weights, mask, cell, factor) } -> std::same_as<void>;
};

}  // namespace icolorit
