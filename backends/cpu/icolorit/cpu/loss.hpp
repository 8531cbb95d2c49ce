// The loss of the CPU backend.
#pragma once

#include <concepts>

#include "icolorit/core/backend/loss.hpp"
#include "icolorit/cpu/context.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend/loss.hpp.
struct LossOperations {
  template <std::floating_point T, class L>
  static void apply_loss(Context& context, TensorView<T, 2> gradient, TensorView<T, 1> values, Input<T, 2> prediction,
                         Input<T, 2> target, Input<T, 2> weights, const L& loss, T scale) {
    const Index groups = weights.empty() ? 1 : weights.extent(1), sharing = prediction.extent(1) / groups;
    parallel_for(context.workers(), prediction.extent(0), [&](Index m) {
      T sum = 0;
      for (Index group = 0; group < groups; ++group) {
        const T weight = weights.empty() ? T(1) : weights(m, group);
        for (Index c = group * sharing; c < (group + 1) * sharing; ++c) {
          const T difference = (&prediction(m, 0))[c] - (&target(m, 0))[c];
          sum += weight * loss.value(difference);
          (&gradient(m, 0))[c] = scale * weight * loss.derivative(difference);
        }
      }
      values[m] = sum;
    });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
