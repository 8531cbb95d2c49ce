// Attention of the CUDA backend: row kernels for each step, and block kernels that fuse all of it for 16-bit elements.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "icolorit/core/backend/attention.hpp"
#include "icolorit/cuda/kernel/attention_backward.hpp"
#include "icolorit/cuda/kernel/attention_forward.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

template <class T>
struct SoftmaxRow {
  TensorView<T, 2> x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index N = x.extent(1);
    T* row = x[m].data();
    Sum largest = std::numeric_limits<Sum>::lowest();
    for_lanes(team, N, [&](Index n) { largest = as<Sum>(row[n]) > largest ? as<Sum>(row[n]) : largest; });
    largest = team.max(largest);
    const Sum total = team_sum<Sum>(team, N, [&](Index n) { return std::exp(as<Sum>(row[n]) - largest); });
    for_lanes(team, N, [&](Index n) { row[n] = as<T>(std::exp(as<Sum>(row[n]) - largest) / total); });
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
    const Sum dot = team_sum<Sum>(team, y.extent(1), [&](Index n) { return as<Sum>(gradient[n]) * as<Sum>(p[n]); });
    for_lanes(team, y.extent(1), [&](Index n) { gradient[n] = as<T>(as<Sum>(p[n]) * (as<Sum>(gradient[n]) - dot)); });
  }
};

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
    const Index query_part = grid.query_part(query);
    T* line = logits[head][query].data();
    for_lanes(team, N, [&](Index key) {
      const Index entry = query_part - grid.key_part(key);
      line[key] = as<T>(as<Sum>(line[key]) + as<Sum>(table.data()[entry * table.stride(0) + head * table.stride(1)]));
    });
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
    const Grid::Position difference = grid.difference(entry);
    const Sum sum = team_sum<Sum>(team, grid.tokens(), [&](Index query) {
      const Grid::Position q = grid.position(query);
      const Index y = q.y - difference.y, x = q.x - difference.x;
      if (!grid.contains(y, x)) return Sum(0);
      return as<Sum>(dlogits.data()[head * dlogits.stride(0) + query * dlogits.stride(1) + y * grid.columns + x]);
    });
    if (team.rank() != 0) return;
    T& to = dtable.data()[entry * dtable.stride(0) + head * dtable.stride(1)];
    to = as<T>(as<Sum>(to) + sum);
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
    const Grid::Position q = grid.position(query);
    T* line = logits[head][query].data();
    for_lanes(team, N, [&](Index key) {
      const Grid::Position k = grid.position(key);
      const Index dy = q.y - k.y, dx = q.x - k.x;
      if (dy < -1 || dy > 1 || dx < -1 || dx > 1) line[key] = lowest;
    });
  }
};

/// Contracts: core/backend/attention.hpp; Context: operations.hpp.
template <class Context>
struct AttentionOperations {
  template <Element T>
  static void softmax(Context& context, TensorView<T, 2> x) {
    context.for_each_row(x.extent(0), SoftmaxRow<T>{x});
  }

  template <Element T>
  static void softmax_backward(Context& context, TensorView<T, 2> dx, Input<T, 2> y) {
    context.for_each_row(y.extent(0), SoftmaxBackwardRow<T>{dx, y});
  }

  template <Element T>
  static void add_position_bias(Context& context, TensorView<T, 3> logits, Input<T, 2> table, Grid grid) {
    context.for_each_row(logits.extent(0) * grid.tokens(), PositionBiasRow<T>{logits, table, grid});
  }

  template <Element T>
  static void position_bias_backward(Context& context, TensorView<T, 2> dtable, Input<T, 3> dlogits, Grid grid) {
    context.for_each_row(dlogits.extent(0) * dtable.extent(0), PositionBiasEntry<T>{dtable, dlogits, grid});
  }

  template <Element T>
  static void mask_distant(Context& context, TensorView<T, 3> logits, Grid grid) {
    context.for_each_row(logits.extent(0) * grid.tokens(), MaskDistantRow<T>{logits, grid});
  }

  /// Heads as wide as those of the published networks, a half and a quarter of that.
  template <Element T>
  static constexpr bool fuses_attention(Index tokens, Index head_dim) {
    return sizeof(T) == 2 && tokens <= max_keys && (head_dim == 64 || head_dim == 32 || head_dim == 16);
  }

  template <Element T>
    requires(sizeof(T) == 2)
  static Index attention_scratch(const Context&, Index /*tokens*/, Index /*head_dim*/) {
    return 0;
  }

  template <Element T>
    requires(sizeof(T) == 2)
  static void attention(Context& context, TensorView<T, 2> y, Input<T, 2> qkv, Input<T, 2> table, Grid grid,
                        Index heads, Precision, TensorView<T, 1>) {
    attention_forward<T>(context, y, {}, qkv, table.transposed(), grid, heads, T(1.f));
  }

  template <Element T>
    requires(sizeof(T) == 2)
  static void attention_forward(Context& context, TensorView<T, 2> y, TensorView<T, 3> p, Input<T, 2> qkv,
                                Input<T, 2> table, Grid grid, Index heads, T scale) {
    with_head_tiles(qkv.extent(1) / 3 / heads, [&]<Index tiles>() {
      context.for_each_block(AttentionForward<T, tiles>{{qkv, table, grid, heads, float(scale)}, y, p});
    });
  }

  template <Element T>
    requires(sizeof(T) == 2)
  static void attention_backward(Context& context, TensorView<T, 2> dqkv, TensorView<T, 2> dtable, Input<T, 2> dy,
                                 Input<T, 2> qkv, Input<T, 3> p, Grid grid, Index heads, T scale) {
    const Index N = grid.tokens(), pictures = qkv.extent(0) / N;
    const Index entries = heads * dtable.extent(0);
    // A few pictures at a time, so that their sums take a quarter of the context's scratch.
    constexpr Index max_sums = Index{1} << 22;
    const Index each = dtable.empty() ? pictures : std::clamp<Index>(max_sums / entries, 1, pictures);
    for (Index first = 0; first < pictures; first += each) {
      const Index count = std::min(each, pictures - first);
      const auto some = [&](auto rows) { return rows.narrowed(0, first * N, count * N); };
      float* sums = dtable.empty() ? nullptr : context.template scratch<float>(count * entries);
      with_head_tiles(qkv.extent(1) / 3 / heads, [&]<Index tiles>() {
        context.for_each_block(
            AttentionBackward<T, tiles>{{some(qkv), TensorView<const T, 2>(dtable), grid, heads, float(scale)},
                                        some(dqkv),
                                        sums,
                                        some(dy),
                                        p.narrowed(0, first * heads, count * heads)});
      });
      if (sums != nullptr) context.for_each(entries, AddTableSums<T>{dtable, sums, count});
    }
  }

 private:
  /// f<tiles>() for heads of `tiles` tiles, see fuses_attention.
  template <class F>
  static void with_head_tiles(Index head_dim, F f) {
    if (head_dim == 64) return f.template operator()<4>();
    if (head_dim == 32) return f.template operator()<2>();
    ICOLORIT_ASSERT(head_dim == 16);
    f.template operator()<1>();
  }
};

}  // namespace icolorit::cuda
