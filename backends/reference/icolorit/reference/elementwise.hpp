// Element-wise operations of the reference backend.
#pragma once

#include <cmath>
#include <numbers>

#include "icolorit/core/backend/elementwise.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/elementwise.hpp.
struct ElementwiseOperations {
  template <Element T>
  static void activate(const Context&, TensorView<T, 2> y, Activation activation) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) {
        const auto x = Sum(y(m, d));
        if (activation == Activation::gelu) y(m, d) = T(x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<Sum>)));
        if (activation == Activation::tanh) y(m, d) = T(std::tanh(x));
      }
  }

  template <Element T>
  static void activate_backward(const Context&, TensorView<T, 2> dx, Input<T, 2> saved, Activation activation) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < dx.extent(0); ++m)
      for (Index d = 0; d < dx.extent(1); ++d) {
        const auto s = Sum(saved(m, d));
        Sum slope = 1;
        if (activation == Activation::gelu)
          slope = (1 + std::erf(s / std::numbers::sqrt2_v<Sum>)) / 2 +
                  s * std::exp(-s * s / 2) * std::numbers::inv_sqrtpi_v<Sum> / std::numbers::sqrt2_v<Sum>;
        if (activation == Activation::tanh) slope = 1 - s * s;
        dx(m, d) = T(Sum(dx(m, d)) * slope);
      }
  }

  template <Element T>
  static void add(const Context&, TensorView<T, 2> y, Input<T, 2> x) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) = T(Sum(y(m, d)) + Sum(x(m, d)));
  }

  template <Element T>
  static void scale_rows(const Context&, TensorView<T, 2> x, Input<T, 1> factors) {
    using Sum = Accumulator<T>;
    const Index each = x.extent(0) / factors.extent(0);
    for (Index m = 0; m < x.extent(0); ++m)
      for (Index d = 0; d < x.extent(1); ++d) x(m, d) = T(Sum(x(m, d)) * Sum(factors[m / each]));
  }
};

}  // namespace icolorit::reference
