// The optimizer of the reference backend.
#pragma once

#include <algorithm>
#include <cmath>

#include "icolorit/core/backend/optimizer.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/optimizer.hpp.
struct OptimizerOperations {
  template <Element T>
  static void fill(const Context&, TensorView<T, 1> x, T value) {
    std::fill_n(x.data(), x.extent(0), value);
  }

  template <Element T>
  static void sum_of_squares(const Context&, TensorView<Accumulator<T>, 1> partial, TensorView<const T, 1> x) {
    using Sum = Accumulator<T>;
    for (Index i = 0; i < x.extent(0); ++i) {
      Sum& sum = partial[i / squares_block];
      sum = (i % squares_block == 0 ? Sum(0) : sum) + Sum(x[i]) * Sum(x[i]);
    }
  }

  template <Element T>
  static void adamw(const Context&, TensorView<Accumulator<T>, 1> parameters, TensorView<Accumulator<T>, 1> first,
                    TensorView<Accumulator<T>, 1> second, TensorView<const T, 1> gradients,
                    const AdamWStep<Accumulator<T>>& step) {
    using Sum = Accumulator<T>;
    for (Index i = 0; i < parameters.extent(0); ++i) {
      const Sum g = Sum(gradients[i]) * step.gradient_scale;
      first[i] = step.beta1 * first[i] + (1 - step.beta1) * g;
      second[i] = step.beta2 * second[i] + (1 - step.beta2) * g * g;
      const Sum update = first[i] / step.correction1 / (std::sqrt(second[i] / step.correction2) + step.eps);
      parameters[i] = parameters[i] * (1 - step.rate * step.decay) - step.rate * update;
    }
  }

  template <Element T>
  static void blend(const Context&, TensorView<T, 1> values, Input<T, 1> from, Accumulator<T> weight) {
    using Sum = Accumulator<T>;
    for (Index i = 0; i < values.extent(0); ++i)
      values[i] = T(Sum(values[i]) + weight * (Sum(from[i]) - Sum(values[i])));
  }
};

}  // namespace icolorit::reference
