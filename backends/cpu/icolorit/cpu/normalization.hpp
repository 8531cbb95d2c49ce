// Layer normalization of the CPU backend.
#pragma once

#include <cmath>
#include <concepts>
#include <tuple>
#include <utility>

#include "icolorit/core/backend/normalization.hpp"
#include "icolorit/cpu/context.hpp"
#include "icolorit/cpu/kernel/vector_math.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Mean and 1 / sqrt(variance + eps) of a row.
template <class T>
std::pair<T, T> mean_and_scale(const T* x, Index D, T eps) {
  const T mean = sum(x, D, [](auto v) { return v; }) / T(D);
  const T variance = sum(x, D, [&](auto v) { return (v - mean) * (v - mean); }) / T(D);
  return {mean, 1 / std::sqrt(variance + eps)};
}

/// dx = scale (g - mean(g) - n mean(g n)) with n = (x - mean) scale and g = dy weight; dx may be dy.
template <class T>
void layer_norm_row_backward(T* dx, const T* dy, const T* x, const T* weight, Index D, T mean, T scale) {
  Vector<T> sum_g{}, sum_gx{};
  Index i = 0;
  for (; i + lanes<T> <= D; i += lanes<T>) {
    const Vector<T> g = load(dy + i) * load(weight + i);
    sum_g += g;
    sum_gx += g * (load(x + i) - mean);
  }
  T mean_g = sum_of<T>(sum_g), mean_gn = sum_of<T>(sum_gx);
  for (; i < D; ++i) {
    mean_g += dy[i] * weight[i];
    mean_gn += dy[i] * weight[i] * (x[i] - mean);
  }
  mean_g /= T(D);
  mean_gn *= scale / T(D);
  for (Index d = 0; d < D; ++d) dx[d] = scale * (dy[d] * weight[d] - mean_g - (x[d] - mean) * scale * mean_gn);
}

/// Contracts: core/backend/normalization.hpp.
struct NormalizationOperations {
  template <std::floating_point T>
  static void layer_norm(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 1> weight, Input<T, 1> bias,
                         T eps) {
    const Index D = x.extent(1);
    parallel_for(context.workers(), x.extent(0), [&](Index m) {
      const T* in = &x(m, 0);
      T* out = &y(m, 0);
      const auto [mean, scale] = mean_and_scale(in, D, eps);
      for (Index d = 0; d < D; ++d) out[d] = (in[d] - mean) * scale * weight[d] + bias[d];
    });
  }

  template <std::floating_point T>
  static void layer_norm_backward(Context& context, TensorView<T, 2> dx, TensorView<T, 1> dweight,
                                  TensorView<T, 1> dbias, Input<T, 2> dy, Input<T, 2> x, Input<T, 1> weight, T eps,
                                  TensorView<T, 2> statistics) {
    const Index M = x.extent(0), D = x.extent(1);
    parallel_for(context.workers(), M,
                 [&](Index m) { std::tie(statistics(m, 0), statistics(m, 1)) = mean_and_scale(&x(m, 0), D, eps); });
    // Sums over rows are shared out by columns, so that their order does not depend on the number of threads.
    parallel_for_columns<T>(context.workers(), D, [&](Index first, Index last) {
      T *ICOLORIT_RESTRICT weight_sums = dweight.data(), *ICOLORIT_RESTRICT bias_sums = dbias.data();
      for (Index m = 0; m < M; ++m) {
        const T *dy_row = &dy(m, 0), *x_row = &x(m, 0), mean = statistics(m, 0), scale = statistics(m, 1);
        for (Index d = first; d < last; ++d) {
          weight_sums[d] += dy_row[d] * (x_row[d] - mean) * scale;
          bias_sums[d] += dy_row[d];
        }
      }
    });
    parallel_for(context.workers(), M, [&](Index m) {
      layer_norm_row_backward(&dx(m, 0), &dy(m, 0), &x(m, 0), weight.data(), D, statistics(m, 0), statistics(m, 1));
    });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
