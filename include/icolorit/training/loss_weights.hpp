// How much each pixel counts in the loss.
#pragma once

#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// Factors of the loss of a batch's pixels. The loss stays a mean over all pixels, whatever their weights: a weight of
/// 2 is two pixels of the same error, and the gradient grows with it.
template <class T>
struct LossWeights {
  TensorView<const T, 3> pixels{};  ///< (B,S,S), contiguous: a factor for each pixel; empty: 1 everywhere
  double hinted = 1;                ///< a further factor of the pixels in hinted cells

  bool all_are_one() const { return pixels.empty() && hinted == 1; }
};

}  // namespace icolorit
