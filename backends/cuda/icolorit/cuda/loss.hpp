// The loss of the CUDA backend.
#pragma once

#include "icolorit/core/backend/loss.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

/// The loss of one row and its gradient. L's functions must be callable on the device.
template <class T, class L>
struct LossRow {
  TensorView<T, 2> gradient;
  TensorView<Accumulator<T>, 1> values;
  TensorView<const T, 2> prediction, target, weights;
  L loss;
  Accumulator<T> scale;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const T *p = prediction[m].data(), *t = target[m].data();
    T* to = gradient[m].data();
    const bool weighted = !weights.empty();
    const T* w = weighted ? weights[m].data() : nullptr;
    const Index sharing = weighted ? prediction.extent(1) / weights.extent(1) : 1;
    const Sum sum = team_sum<Sum>(team, prediction.extent(1), [&](Index c) {
      const Sum weight = weighted ? as<Sum>(w[c / sharing]) : Sum(1);
      const Sum difference = as<Sum>(p[c]) - as<Sum>(t[c]);
      to[c] = as<T>(scale * weight * loss.derivative(difference));
      return weight * loss.value(difference);
    });
    if (team.rank() == 0) values.data()[m] = sum;
  }
};

/// Contracts: core/backend/loss.hpp; Context: operations.hpp.
template <class Context>
struct LossOperations {
  template <Element T, class L>
  static void apply_loss(Context& context, TensorView<T, 2> gradient, TensorView<Accumulator<T>, 1> values,
                         Input<T, 2> prediction, Input<T, 2> target, Input<T, 2> weights, const L& loss,
                         Accumulator<T> scale) {
    context.for_each_row(prediction.extent(0),
                         LossRow<T, L>{gradient, values, prediction, target, weights, loss, scale});
  }
};

}  // namespace icolorit::cuda
