// Attention of the reference backend: softmax, position bias, locality.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <type_traits>

#include "icolorit/core/backend/attention.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/attention.hpp.
struct AttentionOperations {
  template <Element T>
  static void softmax(const Context&, TensorView<T, 2> x) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < x.extent(0); ++m) {
      Sum largest = std::numeric_limits<Sum>::lowest(), total = 0;
      for (Index n = 0; n < x.extent(1); ++n) largest = std::max(largest, Sum(x(m, n)));
      for (Index n = 0; n < x.extent(1); ++n) total += std::exp(Sum(x(m, n)) - largest);
      for (Index n = 0; n < x.extent(1); ++n) x(m, n) = T(std::exp(Sum(x(m, n)) - largest) / total);
    }
  }

  template <Element T>
  static void softmax_backward(const Context&, TensorView<T, 2> dx, Input<T, 2> y) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m) {
      Sum dot = 0;
      for (Index n = 0; n < y.extent(1); ++n) dot += Sum(dx(m, n)) * Sum(y(m, n));
      for (Index n = 0; n < y.extent(1); ++n) dx(m, n) = T(Sum(y(m, n)) * (Sum(dx(m, n)) - dot));
    }
  }

  template <Element T>
  static void add_position_bias(const Context&, TensorView<T, 3> logits, Input<T, 2> table, Grid grid) {
    using Sum = Accumulator<T>;
    for (Index head = 0; head < logits.extent(0); ++head)
      for (Index query = 0; query < grid.tokens(); ++query)
        for (Index key = 0; key < grid.tokens(); ++key) {
          T& logit = logits(head, query, key);
          logit = T(Sum(logit) + Sum(table(grid.table_row(query, key), head)));
        }
  }

  template <Element T>
  static void position_bias_backward(const Context&, TensorView<T, 2> dtable, Input<T, 3> dlogits, Grid grid) {
    using Sum = Accumulator<T>;
    for (Index head = 0; head < dlogits.extent(0); ++head)
      for (Index query = 0; query < grid.tokens(); ++query)
        for (Index key = 0; key < grid.tokens(); ++key) {
          T& entry = dtable(grid.table_row(query, key), head);
          entry = T(Sum(entry) + Sum(dlogits(head, query, key)));
        }
  }

  template <Element T>
  static void mask_distant(const Context&, TensorView<T, 3> logits, Grid grid) {
    using Sum = Accumulator<T>;
    // Every supported element type spans at least the range of half precision.
    const T lowest = std::is_same_v<T, f16> ? T(-65504.f) : T(std::numeric_limits<Sum>::lowest() / 2);
    for (Index head = 0; head < logits.extent(0); ++head)
      for (Index query = 0; query < grid.tokens(); ++query)
        for (Index key = 0; key < grid.tokens(); ++key) {
          const auto [dy, dx] = grid.difference(grid.table_row(query, key));
          if (std::abs(dy) > 1 || std::abs(dx) > 1) logits(head, query, key) = lowest;
        }
  }
};

}  // namespace icolorit::reference
