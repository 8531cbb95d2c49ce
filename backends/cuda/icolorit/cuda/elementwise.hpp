// Element-wise operations of the CUDA backend.
#pragma once

#include <cmath>
#include <numbers>

#include "icolorit/core/backend/elementwise.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

template <class Sum>
ICOLORIT_HOST_DEVICE Sum gelu(Sum x) {
  return x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<Sum>));
}

template <class T>
struct ActivateRow {
  TensorView<T, 2> y;
  Activation activation;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    T* row = y[m].data();
    if (activation == Activation::gelu)
      for_lanes(team, y.extent(1), [&](Index d) { row[d] = as<T>(gelu(as<Sum>(row[d]))); });
    if (activation == Activation::tanh)
      for_lanes(team, y.extent(1), [&](Index d) { row[d] = as<T>(std::tanh(as<Sum>(row[d]))); });
  }
};

/// Phi(x) + x phi(x) with the normal distribution function and density.
template <class Sum>
ICOLORIT_HOST_DEVICE Sum gelu_slope(Sum x) {
  return (1 + std::erf(x / std::numbers::sqrt2_v<Sum>)) / 2 +
         x * std::exp(-x * x / 2) * (std::numbers::inv_sqrtpi_v<Sum> / std::numbers::sqrt2_v<Sum>);
}

template <class T>
struct ActivateBackwardRow {
  TensorView<T, 2> dx;
  TensorView<const T, 2> saved;
  Activation activation;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    T* gradient = dx[m].data();
    const T* s = saved[m].data();
    if (activation == Activation::gelu)
      for_lanes(team, dx.extent(1),
                [&](Index d) { gradient[d] = as<T>(as<Sum>(gradient[d]) * gelu_slope(as<Sum>(s[d]))); });
    if (activation == Activation::tanh)
      for_lanes(team, dx.extent(1),
                [&](Index d) { gradient[d] = as<T>(as<Sum>(gradient[d]) * (1 - as<Sum>(s[d]) * as<Sum>(s[d]))); });
  }
};

template <class T>
struct AddRow {
  TensorView<T, 2> y;
  TensorView<const T, 2> x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    T* to = y[m].data();
    const T* from = x[m].data();
    for_lanes(team, y.extent(1), [&](Index d) { to[d] = as<T>(as<Sum>(to[d]) + as<Sum>(from[d])); });
  }
};

template <class T>
struct ScaleRow {
  TensorView<T, 2> x;
  TensorView<const T, 1> factors;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const Sum factor = as<Sum>(factors.data()[m / (x.extent(0) / factors.extent(0))]);
    T* row = x[m].data();
    for_lanes(team, x.extent(1), [&](Index d) { row[d] = as<T>(as<Sum>(row[d]) * factor); });
  }
};

/// Contracts: core/backend/elementwise.hpp; Context: operations.hpp.
template <class Context>
struct ElementwiseOperations {
  template <Element T>
  static void activate(Context& context, TensorView<T, 2> y, Activation activation) {
    if (activation == Activation::none) return;
    context.for_each_row(y.extent(0), ActivateRow<T>{y, activation});
  }

  template <Element T>
  static void activate_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> saved, Activation activation) {
    if (activation == Activation::none) return;
    context.for_each_row(dx.extent(0), ActivateBackwardRow<T>{dx, saved, activation});
  }

  template <Element T>
  static void add(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    context.for_each_row(y.extent(0), AddRow<T>{y, x});
  }

  template <Element T>
  static void scale_rows(Context& context, TensorView<T, 2> x, Input<T, 1> factors) {
    context.for_each_row(x.extent(0), ScaleRow<T>{x, factors});
  }
};

}  // namespace icolorit::cuda
