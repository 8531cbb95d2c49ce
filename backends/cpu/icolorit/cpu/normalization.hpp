// Layer normalisation of one row, forward statistics and backward.
#pragma once

#include <cmath>
#include <utility>

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

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
