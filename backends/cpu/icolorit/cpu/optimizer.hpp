// The optimizer of the CPU backend.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>

#include "icolorit/core/backend/optimizer.hpp"
#include "icolorit/cpu/context.hpp"
#include "icolorit/cpu/kernel/vector_math.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend/optimizer.hpp.
struct OptimizerOperations {
  template <std::floating_point T>
  static void fill(Context&, TensorView<T, 1> x, T value) {
    std::fill_n(x.data(), x.extent(0), value);
  }

  template <std::floating_point T>
  static void sum_of_squares(Context& context, TensorView<T, 1> partial, Input<T, 1> x) {
    parallel_for(context.workers(), partial.extent(0), [&](Index block) {
      const Index first = block * squares_block;
      partial[block] =
          sum(x.data() + first, std::min(squares_block, x.extent(0) - first), [](auto value) { return value * value; });
    });
  }

  template <std::floating_point T>
  static void adamw(Context& context, TensorView<T, 1> parameters, TensorView<T, 1> first, TensorView<T, 1> second,
                    Input<T, 1> gradients, const AdamWStep<T>& step) {
    const T root2 = 1 / std::sqrt(step.correction2), rate1 = step.rate / step.correction1;
    T *p = parameters.data(), *m = first.data(), *v = second.data();
    const T* gradient = gradients.data();
    parallel_for_columns<T>(context.workers(), parameters.extent(0), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const T g = gradient[i] * step.gradient_scale;
        m[i] = step.beta1 * m[i] + (1 - step.beta1) * g;
        v[i] = step.beta2 * v[i] + (1 - step.beta2) * g * g;
        p[i] = p[i] * (1 - step.rate * step.decay) - rate1 * m[i] / (std::sqrt(v[i]) * root2 + step.eps);
      }
    });
  }

  template <std::floating_point T>
  static void blend(Context& context, TensorView<T, 1> values, Input<T, 1> from, T weight) {
    T* to = values.data();
    const T* other = from.data();
    parallel_for_columns<T>(context.workers(), values.extent(0), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) to[i] += weight * (other[i] - to[i]);
    });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
