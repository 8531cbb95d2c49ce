// Kernels of the backward pass and the optimizer, in the form of row_kernels.hpp.
#pragma once

#include "icolorit/cuda/row_kernels.hpp"

namespace icolorit::cuda {

/// Rows that one team adds up before the sums of all teams are added, in an order that depends on the rows alone.
inline constexpr Index rows_per_sum = 64;

constexpr Index partial_sums(Index rows) { return (rows + rows_per_sum - 1) / rows_per_sum; }

/// The rows [first, last) of `rows` that one such sum is of.
struct RowRange {
  Index first, last;
};
ICOLORIT_HOST_DEVICE constexpr RowRange summed_rows(Index part, Index rows) {
  const Index first = part * rows_per_sum, last = first + rows_per_sum;
  return {first, last < rows ? last : rows};
}

/// partial (ceil(M / rows_per_sum), D): sums over so many rows of dy (M,D) each.
template <class T>
struct PartialColumnSums {
  Accumulator<T>* partial;
  TensorView<const T, 2> dy;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index part, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index D = dy.extent(1);
    const RowRange rows = summed_rows(part, dy.extent(0));
    for_lanes(team, D, [&](Index d) {
      Sum sum = 0;
      for (Index m = rows.first; m < rows.last; ++m) sum += Sum(dy.data()[m * dy.stride(0) + d]);
      partial[part * D + d] = sum;
    });
  }
};

/// sums (D) += the columns of partial (parts,D).
template <class T>
struct AddPartialSums {
  TensorView<T, 1> sums;
  const Accumulator<T>* partial;
  Index parts;

  ICOLORIT_HOST_DEVICE void operator()(Index d) const {
    using Sum = Accumulator<T>;
    Sum sum = Sum(sums.data()[d]);
    for (Index part = 0; part < parts; ++part) sum += partial[part * sums.extent(0) + d];
    sums.data()[d] = T(sum);
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
        const Sum gradient = Sum(dy.data()[m * dy.stride(0) + d]);
        weight += gradient * (Sum(x.data()[m * x.stride(0) + d]) - statistics[m].mean) * statistics[m].scale;
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
    Sum sum = Sum(to);
    for (Index part = 0; part < parts; ++part) sum += partial[part * 2 * D + i];
    to = T(sum);
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
    const auto g = [&](Index d) { return Sum(gradient[d]) * Sum(weight.data()[d]); };
    const auto n = [&](Index d) { return (Sum(in[d]) - row.mean) * row.scale; };
    const Sum mean_g = team_sum<Sum>(team, D, g) / Sum(D);
    const Sum mean_gn = team_sum<Sum>(team, D, [&](Index d) { return g(d) * n(d); }) / Sum(D);
    for_lanes(team, D, [&](Index d) { out[d] = T(row.scale * (g(d) - mean_g - n(d) * mean_gn)); });
  }
};

template <class T>
struct SoftmaxBackwardRow {
  TensorView<T, 2> dx;
  TensorView<const T, 2> y;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    T* gradient = dx[m].data();
    const T* p = y[m].data();
    const Sum dot = team_sum<Sum>(team, y.extent(1), [&](Index n) { return Sum(gradient[n]) * Sum(p[n]); });
    for_lanes(team, y.extent(1), [&](Index n) { gradient[n] = T(Sum(p[n]) * (Sum(gradient[n]) - dot)); });
  }
};

/// One entry of the table for one head: the sum over all pairs of tokens at its difference.
template <class T>
struct PositionBiasEntry {
  TensorView<T, 2> dtable;
  TensorView<const T, 3> dlogits;
  Grid grid;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index job, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index entries = dtable.extent(0), head = job / entries, entry = job % entries;
    const Index dy = entry / (2 * grid.columns - 1) - (grid.rows - 1);
    const Index dx = entry % (2 * grid.columns - 1) - (grid.columns - 1);
    const Sum sum = team_sum<Sum>(team, grid.tokens(), [&](Index query) {
      const Place q = place_of(grid, query);
      const Index y = q.y - dy, x = q.x - dx;
      if (y < 0 || y >= grid.rows || x < 0 || x >= grid.columns) return Sum(0);
      return Sum(dlogits.data()[head * dlogits.stride(0) + query * dlogits.stride(1) + y * grid.columns + x]);
    });
    if (team.rank() != 0) return;
    T& to = dtable.data()[entry * dtable.stride(0) + head * dtable.stride(1)];
    to = T(Sum(to) + sum);
  }
};

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
      for_lanes(team, dx.extent(1), [&](Index d) { gradient[d] = T(Sum(gradient[d]) * gelu_slope(Sum(s[d]))); });
    if (activation == Activation::tanh)
      for_lanes(team, dx.extent(1), [&](Index d) { gradient[d] = T(Sum(gradient[d]) * (1 - Sum(s[d]) * Sum(s[d]))); });
  }
};

/// dx (B*N,D) = for each token the sums over all places to which gathering copied it: those of its 3x3 neighbours whose
/// reflected neighbourhood meets it.
template <class T>
struct ScatterNeighboursRow {
  TensorView<T, 2> dx;
  TensorView<const T, 2> drows;
  Grid grid;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index D = dx.extent(1), token = row % grid.tokens();
    const Place place = place_of(grid, token);
    T* to = dx[row].data();
    for_lanes(team, D, [&](Index d) {
      Sum sum = 0;
      for (Index y = place.y > 0 ? place.y - 1 : 0; y < grid.rows && y <= place.y + 1; ++y)
        for (Index x = place.x > 0 ? place.x - 1 : 0; x < grid.columns && x <= place.x + 1; ++x)
          for (Index tap = 0; tap < 9; ++tap)
            if (reflected(y + tap / 3 - 1, grid.rows) == place.y && reflected(x + tap % 3 - 1, grid.columns) == place.x)
              sum += Sum(drows.data()[(row - token + y * grid.columns + x) * drows.stride(0) + tap * D + d]);
      to[d] = T(sum);
    });
  }
};

/// One row of y (G,C,R) = or += the transpose of x (G,R,C).
template <class T>
struct TransposeRow {
  TensorView<T, 3> y;
  TensorView<const T, 3> x;
  bool accumulate;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index C = y.extent(1), g = row / C, c = row % C;
    T* to = y[g][c].data();
    const T* from = x.data() + g * x.stride(0) + c * x.stride(2);
    for_lanes(team, y.extent(2),
              [&](Index r) { to[r] = T(Sum(from[r * x.stride(1)]) + (accumulate ? Sum(to[r]) : Sum(0))); });
  }
};

template <class T>
struct ScaleRow {
  TensorView<T, 2> x;
  TensorView<const T, 1> factors;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const Sum factor = Sum(factors.data()[m / (x.extent(0) / factors.extent(0))]);
    T* row = x[m].data();
    for_lanes(team, x.extent(1), [&](Index d) { row[d] = T(Sum(row[d]) * factor); });
  }
};

/// The loss of one row and its gradient. L's functions must be callable on the device.
template <class T, class L>
struct LossRow {
  TensorView<T, 2> gradient;
  TensorView<Accumulator<T>, 1> values;
  TensorView<const T, 2> prediction, target, weights;
  L loss;
  Accumulator<T> scale;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const T *p = prediction[m].data(), *t = target[m].data();
    T* to = gradient[m].data();
    const bool weighted = !weights.empty();
    const T* w = weighted ? weights[m].data() : nullptr;
    const Index sharing = weighted ? prediction.extent(1) / weights.extent(1) : 1;
    const Sum sum = team_sum<Sum>(team, prediction.extent(1), [&](Index c) {
      const Sum weight = weighted ? Sum(w[c / sharing]) : Sum(1);
      const Sum difference = Sum(p[c]) - Sum(t[c]);
      to[c] = T(scale * weight * loss.derivative(difference));
      return weight * loss.value(difference);
    });
    if (team.rank() == 0) values.data()[m] = sum;
  }
};

/// One pixel's weight times a factor where its cell has a hint.
template <class T>
struct WeighHintPixel {
  TensorView<T, 3> weights;
  TensorView<const T, 2> mask;
  Index cell;
  Accumulator<T> factor;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    using Sum = Accumulator<T>;
    const Index H = weights.extent(1), W = weights.extent(2), b = i / (H * W), y = i / W % H, x = i % W;
    if (Sum(mask(b, y / cell * (W / cell) + x / cell)) == 0) weights(b, y, x) = T(Sum(weights(b, y, x)) * factor);
  }
};

template <class T>
struct AdamWElement {
  TensorView<Accumulator<T>, 1> parameters, first, second;
  TensorView<const T, 1> gradients;
  AdamWStep<Accumulator<T>> step;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    using Sum = Accumulator<T>;
    const Sum g = Sum(gradients.data()[i]) * step.gradient_scale;
    const Sum m = step.beta1 * first.data()[i] + (1 - step.beta1) * g;
    const Sum v = step.beta2 * second.data()[i] + (1 - step.beta2) * g * g;
    const Sum update = m / step.correction1 / (std::sqrt(v / step.correction2) + step.eps);
    first.data()[i] = m;
    second.data()[i] = v;
    Sum& parameter = parameters.data()[i];
    parameter = parameter * (1 - step.rate * step.decay) - step.rate * update;
  }
};

template <class T>
struct BlendElement {
  TensorView<T, 1> values;
  TensorView<const T, 1> from;
  Accumulator<T> weight;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    using Sum = Accumulator<T>;
    T& value = values.data()[i];
    value = T(Sum(value) + weight * (Sum(from.data()[i]) - Sum(value)));
  }
};

template <class T>
struct FillElement {
  TensorView<T, 1> values;
  T value;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const { values.data()[i] = value; }
};

/// The sum of squares of one block of x.
template <class T>
struct SquaresBlock {
  TensorView<Accumulator<T>, 1> partial;
  TensorView<const T, 1> x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index block, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index first = block * squares_block, rest = x.extent(0) - first;
    const Sum sum = team_sum<Sum>(team, rest < squares_block ? rest : squares_block, [&](Index i) {
      const Sum value = Sum(x.data()[first + i]);
      return value * value;
    });
    if (team.rank() == 0) partial.data()[block] = sum;
  }
};

}  // namespace icolorit::cuda
