// The optimizer of the CUDA backend.
#pragma once

#include <cmath>

#include "icolorit/core/backend/optimizer.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

template <class T>
struct FillElement {
  TensorView<T, 1> values;
  T value;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const { values.data()[i] = value; }
};

/// The sum of squares of one block of x.
template <class T>
struct SquaresBlock {
  TensorView<Accumulator<T>, 1> partial;
  TensorView<const T, 1> x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index block, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index first = block * squares_block, rest = x.extent(0) - first;
    const Sum sum = team_sum<Sum>(team, rest < squares_block ? rest : squares_block, [&](Index i) {
      const Sum value = as<Sum>(x.data()[first + i]);
      return value * value;
    });
    if (team.rank() == 0) partial.data()[block] = sum;
  }
};

template <class T>
struct AdamWElement {
  TensorView<Accumulator<T>, 1> parameters, first, second;
  TensorView<const T, 1> gradients;
  AdamWStep<Accumulator<T>> step;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    using Sum = Accumulator<T>;
    const Sum g = as<Sum>(gradients.data()[i]) * step.gradient_scale;
    const Sum m = step.beta1 * first.data()[i] + (1 - step.beta1) * g;
    const Sum v = step.beta2 * second.data()[i] + (1 - step.beta2) * g * g;
    const Sum update = m / step.correction1 / (std::sqrt(v / step.correction2) + step.eps);
    first.data()[i] = m;
    second.data()[i] = v;
    Sum& parameter = parameters.data()[i];
    parameter = parameter * (1 - step.rate * step.decay) - step.rate * update;
  }
};

template <class T>
struct BlendElement {
  TensorView<T, 1> values;
  TensorView<const T, 1> from;
  Accumulator<T> weight;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    using Sum = Accumulator<T>;
    T& value = values.data()[i];
    value = as<T>(as<Sum>(value) + weight * (as<Sum>(from.data()[i]) - as<Sum>(value)));
  }
};

/// Contracts: core/backend/optimizer.hpp; Context: operations.hpp.
template <class Context>
struct OptimizerOperations {
  template <Element T>
  static void fill(Context& context, TensorView<T, 1> x, T value) {
    context.for_each(x.extent(0), FillElement<T>{x, value});
  }

  template <Element T>
  static void sum_of_squares(Context& context, TensorView<Accumulator<T>, 1> partial, TensorView<const T, 1> x) {
    context.for_each_row(partial.extent(0), SquaresBlock<T>{partial, x});
  }

  template <Element T>
  static void adamw(Context& context, TensorView<Accumulator<T>, 1> parameters, TensorView<Accumulator<T>, 1> first,
                    TensorView<Accumulator<T>, 1> second, TensorView<const T, 1> gradients,
                    const AdamWStep<Accumulator<T>>& step) {
    context.for_each(parameters.extent(0), AdamWElement<T>{parameters, first, second, gradients, step});
  }

  template <Element T>
  static void blend(Context& context, TensorView<T, 1> values, Input<T, 1> from, Accumulator<T> weight) {
    context.for_each(values.extent(0), BlendElement<T>{values, from, weight});
  }
};

}  // namespace icolorit::cuda
