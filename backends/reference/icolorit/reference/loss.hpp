// The loss of the reference backend.
#pragma once

#include "icolorit/core/backend/loss.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/loss.hpp.
struct LossOperations {
  template <Element T, class L>
  static void apply_loss(const Context&, TensorView<T, 2> gradient, TensorView<Accumulator<T>, 1> values,
                         Input<T, 2> prediction, Input<T, 2> target, Input<T, 2> weights, const L& loss,
                         Accumulator<T> scale) {
    using Sum = Accumulator<T>;
    const Index C = prediction.extent(1), sharing = weights.empty() ? C : C / weights.extent(1);
    for (Index m = 0; m < prediction.extent(0); ++m) {
      values[m] = 0;
      for (Index c = 0; c < C; ++c) {
        const Sum weight = weights.empty() ? Sum(1) : Sum(weights(m, c / sharing));
        const Sum difference = Sum(prediction(m, c)) - Sum(target(m, c));
        values[m] += weight * loss.value(difference);
        gradient(m, c) = T(scale * weight * loss.derivative(difference));
      }
    }
  }
};

}  // namespace icolorit::reference
