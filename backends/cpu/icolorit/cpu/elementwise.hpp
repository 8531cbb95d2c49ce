// Element-wise operations of the CPU backend, a row a time.
#pragma once

#include <concepts>

#include "icolorit/core/backend/elementwise.hpp"
#include "icolorit/cpu/context.hpp"
#include "icolorit/cpu/kernel/vector_math.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend/elementwise.hpp.
struct ElementwiseOperations {
  template <std::floating_point T>
  static void activate(Context& context, TensorView<T, 2> y, Activation activation) {
    parallel_for(context.workers(), y.extent(0), [&](Index m) {
      T* row = &y(m, 0);
      if (activation == Activation::gelu) transform(row, row, y.extent(1), [](auto v) { return gelu(v); });
      if (activation == Activation::tanh) transform(row, row, y.extent(1), [](auto v) { return tanh(v); });
    });
  }

  template <std::floating_point T>
  static void activate_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> saved, Activation activation) {
    parallel_for(context.workers(), dx.extent(0), [&](Index m) {
      T* d = &dx(m, 0);
      const T* s = &saved(m, 0);
      if (activation == Activation::gelu)
        transform(d, d, s, dx.extent(1), [](auto gradient, auto x) { return gradient * gelu_slope(x); });
      if (activation == Activation::tanh)
        transform(d, d, s, dx.extent(1), [](auto gradient, auto y) { return gradient * (1 - y * y); });
    });
  }

  template <std::floating_point T>
  static void add(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    parallel_for(context.workers(), y.extent(0), [&](Index m) {
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) += x(m, d);
    });
  }

  template <std::floating_point T>
  static void scale_rows(Context& context, TensorView<T, 2> x, Input<T, 1> factors) {
    const Index each = x.extent(0) / factors.extent(0);
    parallel_for(context.workers(), x.extent(0), [&](Index m) {
      for (Index d = 0; d < x.extent(1); ++d) (&x(m, 0))[d] *= factors[m / each];
    });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
