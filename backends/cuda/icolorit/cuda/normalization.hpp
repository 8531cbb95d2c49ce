// Layer normalization of the CUDA backend.
#pragma once

#include <cmath>

#include "icolorit/core/backend/normalization.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/partial_sums.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

/// Mean and 1 / sqrt(variance + eps) of a row of D elements.
template <class Sum>
struct RowStatistics {
  Sum mean, scale;
};
template <class Sum, class T, class Team>
ICOLORIT_HOST_DEVICE RowStatistics<Sum> row_statistics(const Team& team, const T* x, Index D, Sum eps) {
  const Sum mean = team_sum<Sum>(team, D, [&](Index d) { return as<Sum>(x[d]); }) / Sum(D);
  const Sum variance =
      team_sum<Sum>(team, D, [&](Index d) { return (as<Sum>(x[d]) - mean) * (as<Sum>(x[d]) - mean); }) / Sum(D);
  return {mean, 1 / std::sqrt(variance + eps)};
}

template <class T>
struct LayerNormRow {
  TensorView<T, 2> y;
  TensorView<const T, 2> x;
  TensorView<const T, 1> weight, bias;
  Accumulator<T> eps;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index D = x.extent(1);
    const T* in = x[m].data();
    T* out = y[m].data();
    const RowStatistics<Sum> row = row_statistics(team, in, D, eps);
    for_lanes(team, D, [&](Index d) {
      out[d] = as<T>((as<Sum>(in[d]) - row.mean) * row.scale * as<Sum>(weight.data()[d]) + as<Sum>(bias.data()[d]));
    });
  }
};

/// statistics (M) of the rows of x.
template <class T>
struct RowStatisticsOf {
  RowStatistics<Accumulator<T>>* statistics;
  TensorView<const T, 2> x;
  Accumulator<T> eps;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    const auto row = row_statistics(team, x[m].data(), x.extent(1), eps);
    if (team.rank() == 0) statistics[m] = row;
  }
};

/// partial (parts,2,D): sums over rows_per_sum rows of dy n and of dy, n being the normalised x.
template <class T>
struct PartialNormSums {
  Accumulator<T>* partial;
  const RowStatistics<Accumulator<T>>* statistics;
  TensorView<const T, 2> dy, x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index part, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index D = dy.extent(1);
    const RowRange rows = summed_rows(part, dy.extent(0));
    for_lanes(team, D, [&](Index d) {
      Sum weight = 0, bias = 0;
      for (Index m = rows.first; m < rows.last; ++m) {
        const Sum gradient = as<Sum>(dy.data()[m * dy.stride(0) + d]);
        weight += gradient * (as<Sum>(x.data()[m * x.stride(0) + d]) - statistics[m].mean) * statistics[m].scale;
        bias += gradient;
      }
      partial[part * 2 * D + d] = weight;
      partial[part * 2 * D + D + d] = bias;
    });
  }
};

/// dweight (D) and dbias (D) += the columns of partial (parts,2,D).
template <class T>
struct AddNormSums {
  TensorView<T, 1> dweight, dbias;
  const Accumulator<T>* partial;
  Index parts;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    using Sum = Accumulator<T>;
    const Index D = dweight.extent(0);
    T& to = i < D ? dweight.data()[i] : dbias.data()[i - D];
    Sum sum = as<Sum>(to);
    for (Index part = 0; part < parts; ++part) sum += partial[part * 2 * D + i];
    to = as<T>(sum);
  }
};

/// dx = scale (g - mean(g) - n mean(g n)) with g = dy weight; dx may be dy.
template <class T>
struct LayerNormBackwardRow {
  TensorView<T, 2> dx;
  const RowStatistics<Accumulator<T>>* statistics;
  TensorView<const T, 2> dy, x;
  TensorView<const T, 1> weight;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index D = x.extent(1);
    const T *gradient = dy[m].data(), *in = x[m].data();
    T* out = dx[m].data();
    const RowStatistics<Sum> row = statistics[m];
    const auto g = [&](Index d) { return as<Sum>(gradient[d]) * as<Sum>(weight.data()[d]); };
    const auto n = [&](Index d) { return (as<Sum>(in[d]) - row.mean) * row.scale; };
    const Sum mean_g = team_sum<Sum>(team, D, g) / Sum(D);
    const Sum mean_gn = team_sum<Sum>(team, D, [&](Index d) { return g(d) * n(d); }) / Sum(D);
    for_lanes(team, D, [&](Index d) { out[d] = as<T>(row.scale * (g(d) - mean_g - n(d) * mean_gn)); });
  }
};

/// Contracts: core/backend/normalization.hpp; Context: operations.hpp.
template <class Context>
struct NormalizationOperations {
  template <Element T>
  static void layer_norm(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 1> weight, Input<T, 1> bias,
                         Accumulator<T> eps) {
    context.for_each_row(x.extent(0), LayerNormRow<T>{y, x, weight, bias, eps});
  }

  template <Element T>
  static void layer_norm_backward(Context& context, TensorView<T, 2> dx, TensorView<T, 1> dweight,
                                  TensorView<T, 1> dbias, Input<T, 2> dy, Input<T, 2> x, Input<T, 1> weight,
                                  Accumulator<T> eps, TensorView<T, 2> /*statistics: too coarse in 16 bits*/) {
    using Sum = Accumulator<T>;
    const Index M = x.extent(0), D = x.extent(1), parts = partial_sums(M);
    Sum* partial = context.template scratch<Sum>(2 * M + parts * 2 * D);
    auto* statistics = reinterpret_cast<RowStatistics<Sum>*>(partial + parts * 2 * D);
    context.for_each_row(M, RowStatisticsOf<T>{statistics, x, eps});
    context.for_each_row(parts, PartialNormSums<T>{partial, statistics, dy, x});
    context.for_each(2 * D, AddNormSums<T>{dweight, dbias, partial, parts});
    context.for_each_row(M, LayerNormBackwardRow<T>{dx, statistics, dy, x, weight});
  }
};

}  // namespace icolorit::cuda
