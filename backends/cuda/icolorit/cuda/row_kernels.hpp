// Kernels of the network's forward pass, written once for two machines: each is a function object that treats one row
// of its result with a team of lanes. On a GPU the team is a block of threads; on a processor it is one lane, which is
// how the tests run every kernel where there is no GPU.
//
// A team has rank() in [0, size()), and sum(x) and max(x), which every lane must call and which give every lane the
// sum and the maximum of all lanes' x.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>
#include <type_traits>

#include "icolorit/core/backend.hpp"

namespace icolorit::cuda {

/// f(i) for the i in [0, count) that are this lane's.
template <class Team, class F>
ICOLORIT_HOST_DEVICE void for_lanes(const Team& team, Index count, F&& f) {
  for (Index i = team.rank(); i < count; i += team.size()) f(i);
}

template <class To, class From>
struct ConvertElement {
  TensorView<To, 1> to;
  TensorView<const From, 1> from;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    to.data()[i] = To(static_cast<Accumulator<To>>(from.data()[i]));
  }
};

/// The sum of f(i) over [0, count), the same for every lane.
template <class Sum, class Team, class F>
ICOLORIT_HOST_DEVICE Sum team_sum(const Team& team, Index count, F&& f) {
  Sum own = 0;
  for (Index i = team.rank(); i < count; i += team.size()) own += f(i);
  return team.sum(own);
}

template <class Sum>
ICOLORIT_HOST_DEVICE Sum gelu(Sum x) {
  return x / 2 * (1 + std::erf(x / std::numbers::sqrt2_v<Sum>));
}

/// Phi(x) + x phi(x) with the normal distribution function and density.
template <class Sum>
ICOLORIT_HOST_DEVICE Sum gelu_slope(Sum x) {
  return (1 + std::erf(x / std::numbers::sqrt2_v<Sum>)) / 2 +
         x * std::exp(-x * x / 2) * (std::numbers::inv_sqrtpi_v<Sum> / std::numbers::sqrt2_v<Sum>);
}

/// Mean and 1 / sqrt(variance + eps) of a row of D elements.
template <class Sum>
struct RowStatistics {
  Sum mean, scale;
};
template <class Sum, class T, class Team>
ICOLORIT_HOST_DEVICE RowStatistics<Sum> row_statistics(const Team& team, const T* x, Index D, Sum eps) {
  const Sum mean = team_sum<Sum>(team, D, [&](Index d) { return Sum(x[d]); }) / Sum(D);
  const Sum variance =
      team_sum<Sum>(team, D, [&](Index d) { return (Sum(x[d]) - mean) * (Sum(x[d]) - mean); }) / Sum(D);
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
      out[d] = T((Sum(in[d]) - row.mean) * row.scale * Sum(weight.data()[d]) + Sum(bias.data()[d]));
    });
  }
};

template <class T>
struct SoftmaxRow {
  TensorView<T, 2> x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index N = x.extent(1);
    T* row = x[m].data();
    Sum largest = std::numeric_limits<Sum>::lowest();
    for_lanes(team, N, [&](Index n) { largest = Sum(row[n]) > largest ? Sum(row[n]) : largest; });
    largest = team.max(largest);
    const Sum total = team_sum<Sum>(team, N, [&](Index n) { return std::exp(Sum(row[n]) - largest); });
    for_lanes(team, N, [&](Index n) { row[n] = T(std::exp(Sum(row[n]) - largest) / total); });
  }
};

/// Row and column of a token on the grid.
struct Place {
  Index y, x;
};
ICOLORIT_HOST_DEVICE inline Place place_of(Grid grid, Index token) {
  return {token / grid.columns, token % grid.columns};
}

/// One row of logits (H,N,N): all keys of one query of one head.
template <class T>
struct PositionBiasRow {
  TensorView<T, 3> logits;
  TensorView<const T, 2> table;
  Grid grid;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index N = grid.tokens(), head = row / N, query = row % N;
    const Place q = place_of(grid, query);
    T* line = logits[head][query].data();
    for_lanes(team, N, [&](Index key) {
      const Place k = place_of(grid, key);
      const Index entry = (q.y - k.y + grid.rows - 1) * (2 * grid.columns - 1) + q.x - k.x + grid.columns - 1;
      line[key] = T(Sum(line[key]) + Sum(table.data()[entry * table.stride(0) + head * table.stride(1)]));
    });
  }
};

template <class T>
struct MaskDistantRow {
  TensorView<T, 3> logits;
  Grid grid;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    // Every element type spans at least the range of half precision.
    using Sum = Accumulator<T>;
    const T lowest = std::is_same_v<T, f16> ? T(-65504.f) : T(std::numeric_limits<Sum>::lowest() / 2);
    const Index N = grid.tokens(), head = row / N, query = row % N;
    const Place q = place_of(grid, query);
    T* line = logits[head][query].data();
    for_lanes(team, N, [&](Index key) {
      const Place k = place_of(grid, key);
      const Index dy = q.y - k.y, dx = q.x - k.x;
      if (dy < -1 || dy > 1 || dx < -1 || dx > 1) line[key] = lowest;
    });
  }
};

template <class T>
struct ActivateRow {
  TensorView<T, 2> y;
  Activation activation;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    T* row = y[m].data();
    if (activation == Activation::gelu) for_lanes(team, y.extent(1), [&](Index d) { row[d] = T(gelu(Sum(row[d]))); });
    if (activation == Activation::tanh)
      for_lanes(team, y.extent(1), [&](Index d) { row[d] = T(std::tanh(Sum(row[d]))); });
  }
};

/// y += bias in each row.
template <class T>
struct AddBiasRow {
  TensorView<T, 2> y;
  TensorView<const T, 1> bias;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    T* row = y[m].data();
    for_lanes(team, y.extent(1), [&](Index d) { row[d] = T(Sum(row[d]) + Sum(bias.data()[d])); });
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
    for_lanes(team, y.extent(1), [&](Index d) { to[d] = T(Sum(to[d]) + Sum(from[d])); });
  }
};

/// y (G*N,D) = copies of x (N,D).
template <class T>
struct RepeatRow {
  TensorView<T, 2> y;
  TensorView<const T, 2> x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    T* to = y[m].data();
    const T* from = x[m % x.extent(0)].data();
    for_lanes(team, y.extent(1), [&](Index d) { to[d] = from[d]; });
  }
};

/// One line of the network's input, see ProvidesRearrange.
template <class T>
struct EncodeHintsRow {
  TensorView<T, 4> picture;
  TensorView<const T, 4> lab;
  TensorView<const T, 2> mask;
  Index cell;
  HintEncoding encoding;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index line, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index H = lab.extent(2), W = lab.extent(3), columns = W / cell, b = line / H, y = line % H;
    const auto from = [&](Index c, Index row) { return lab[b][c][row].data(); };
    const auto to = [&](Index c) { return picture[b][c][y].data(); };
    const T* hidden = mask.data() + b * mask.stride(0) + y / cell * columns;
    // The middle of a cell between half-pixel centres: two pixels of an even side, one of an odd one.
    const Index low = (cell - 1) / 2, high = cell / 2, top = y / cell * cell + low, bottom = y / cell * cell + high;
    const Sum centre = encoding.centre_mask ? Sum(0.5) : Sum(0);
    const bool has_hint_channel = picture.extent(1) == 4;
    for_lanes(team, W, [&](Index x) {
      const Index column = x / cell, left = column * cell + low, right = column * cell + high;
      const Sum shown = 1 - Sum(hidden[column]);
      to(0)[x] = from(0, y)[x];
      for (Index c = 1; c < 3; ++c) {
        const T *upper = from(c, top), *lower = from(c, bottom);
        const Sum ab = encoding.average
                           ? (Sum(upper[left]) + Sum(upper[right]) + Sum(lower[left]) + Sum(lower[right])) / 4
                           : Sum(from(c, y)[x]);
        // Without a hint channel it is the last colour channel that the published code centres.
        to(c)[x] = T(T(ab * shown) - (c == 2 && !has_hint_channel ? centre : Sum(0)));
      }
      if (has_hint_channel) to(3)[x] = T(shown - centre);
    });
  }
};

/// The corner of the patch of one token in a picture (B,C,H,W), and how its elements are numbered.
template <class T>
struct Patch {
  T* corner;
  Index channel_stride, row_stride;

  ICOLORIT_HOST_DEVICE Patch(const TensorView<T, 4>& picture, Index P, Index token) {
    const Index gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    corner = picture.data() + token / (gh * gw) * picture.stride(0) + token / gw % gh * P * picture.stride(2) +
             token % gw * P;
    channel_stride = picture.stride(1);
    row_stride = picture.stride(2);
  }
  ICOLORIT_HOST_DEVICE T& at(Index channel, Index y, Index x) const {
    return corner[channel * channel_stride + y * row_stride + x];
  }
};

/// rows (B*N, C*P*P) from picture, channel by channel.
template <class T>
struct ExtractPatchRow {
  TensorView<T, 2> rows;
  TensorView<const T, 4> picture;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<const T> patch(picture, P, token);
    T* to = rows[token].data();
    for_lanes(team, rows.extent(1), [&](Index i) { to[i] = patch.at(i / (P * P), i / P % P, i % P); });
  }
};

/// Its inverse.
template <class T>
struct MergePatchRow {
  TensorView<T, 4> picture;
  TensorView<const T, 2> rows;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<T> patch(picture, P, token);
    const T* from = rows[token].data();
    for_lanes(team, rows.extent(1), [&](Index i) { patch.at(i / (P * P), i / P % P, i % P) = from[i]; });
  }
};

/// picture (B,2,H,W) from tokens (B*N, P*P*2): the channel is the fastest axis of a token.
template <class T>
struct PixelShuffleRow {
  TensorView<T, 4> picture;
  TensorView<const T, 2> tokens;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<T> patch(picture, P, token);
    const T* from = tokens[token].data();
    for_lanes(team, tokens.extent(1), [&](Index i) { patch.at(i % 2, i / 2 / P, i / 2 % P) = from[i]; });
  }
};

/// Its inverse.
template <class T>
struct PixelUnshuffleRow {
  TensorView<T, 2> tokens;
  TensorView<const T, 4> picture;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<const T> patch(picture, P, token);
    T* to = tokens[token].data();
    for_lanes(team, tokens.extent(1), [&](Index i) { to[i] = patch.at(i % 2, i / 2 / P, i / 2 % P); });
  }
};

/// i, reflected at the ends of [0, n) without repeating them; an axis of one place has only that.
ICOLORIT_HOST_DEVICE inline Index reflected(Index i, Index n) {
  return n == 1 ? 0 : i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

/// rows (B*N, 9*D) = the 3x3 neighbourhood of each token of x (B*N,D).
template <class T>
struct GatherNeighboursRow {
  TensorView<T, 2> rows;
  TensorView<const T, 2> x;
  Grid grid;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    const Index D = x.extent(1), token = row % grid.tokens();
    const Place place = place_of(grid, token);
    for (Index tap = 0; tap < 9; ++tap) {
      const Index y = reflected(place.y + tap / 3 - 1, grid.rows), c = reflected(place.x + tap % 3 - 1, grid.columns);
      const T* from = x.data() + (row - token + y * grid.columns + c) * x.stride(0);
      T* to = rows[row].data() + tap * D;
      for_lanes(team, D, [&](Index d) { to[d] = from[d]; });
    }
  }
};

}  // namespace icolorit::cuda
