// Layer normalization of the reference backend.
#pragma once

#include <cmath>
#include <utility>

#include "icolorit/core/backend/normalization.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Mean and 1 / sqrt(variance + eps) of a row.
template <class T, class Sum>
std::pair<Sum, Sum> row_statistics(TensorView<const T, 1> x, Sum eps) {
  const Index D = x.extent(0);
  Sum mean = 0, variance = 0;
  for (Index d = 0; d < D; ++d) mean += Sum(x[d]);
  mean /= Sum(D);
  for (Index d = 0; d < D; ++d) variance += (Sum(x[d]) - mean) * (Sum(x[d]) - mean);
  return {mean, 1 / std::sqrt(variance / Sum(D) + eps)};
}

/// Contracts: core/backend/normalization.hpp.
struct NormalizationOperations {
  template <Element T>
  static void layer_norm(const Context&, TensorView<T, 2> y, Input<T, 2> x, Input<T, 1> weight, Input<T, 1> bias,
                         Accumulator<T> eps) {
    using Sum = Accumulator<T>;
    const Index D = x.extent(1);
    for (Index m = 0; m < x.extent(0); ++m) {
      const auto [mean, scale] = row_statistics(x[m], eps);
      for (Index d = 0; d < D; ++d) y(m, d) = T((Sum(x(m, d)) - mean) * scale * Sum(weight[d]) + Sum(bias[d]));
    }
  }

  template <Element T>
  static void layer_norm_backward(const Context&, TensorView<T, 2> dx, TensorView<T, 1> dweight, TensorView<T, 1> dbias,
                                  Input<T, 2> dy, Input<T, 2> x, Input<T, 1> weight, Accumulator<T> eps,
                                  TensorView<T, 2> /*statistics*/) {
    using Sum = Accumulator<T>;
    const Index D = x.extent(1);
    for (Index m = 0; m < x.extent(0); ++m) {
      const auto [mean, scale] = row_statistics(x[m], eps);
      // With n = (x - mean) scale and g = dy weight: dx = scale (g - mean(g) - n mean(g n)).
      Sum mean_g = 0, mean_gn = 0;
      for (Index d = 0; d < D; ++d) {
        const Sum n = (Sum(x(m, d)) - mean) * scale, g = Sum(dy(m, d)) * Sum(weight[d]);
        mean_g += g / Sum(D);
        mean_gn += g * n / Sum(D);
      }
      for (Index d = 0; d < D; ++d) {
        const Sum n = (Sum(x(m, d)) - mean) * scale, g = Sum(dy(m, d));
        dweight[d] = T(Sum(dweight[d]) + g * n);
        dbias[d] = T(Sum(dbias[d]) + g);
        dx(m, d) = T(scale * (g * Sum(weight[d]) - mean_g - n * mean_gn));
      }
    }
  }
};

}  // namespace icolorit::reference
