// Attention with the relative position bias in one kernel: the logits of a strip of queries live in a block's shared
// memory and never leave it (Dao et al. 2022 do the same for longer sequences, where they must divide the keys, too).
// For 16-bit elements.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "icolorit/cuda/kernel/attention_block.hpp"
#include "icolorit/cuda/kernel/convert.hpp"

namespace icolorit::cuda {

/// y = softmax(scale q k^T + bias) v. A block treats as many tiles of queries of one head as it has warps.
template <class T, Index head_tiles>
struct AttentionForward {
  static constexpr Index head_dim = head_tiles * tile, leading = head_dim + tile_padding;
  /// Warps that share one head's keys, then values. For 196 tokens in heads of 64 a block of four takes 88 KB, so that
  /// two blocks fit on a multiprocessor of compute capability 9.0 (228 KB); with eight it would be one.
  static constexpr Index max_warps = 4;

  AttentionShape<T> shape;
  TensorView<T, 2> y;  // (B*N,D)
  TensorView<T, 3> p;  // (B*H,N,N): the attention weights; empty where they are not wanted

  Index warps() const { return std::min(max_warps, shape.keys() / tile); }
  ICOLORIT_HOST_DEVICE static Index parts(const AttentionShape<T>& shape, Index warps) {
    return (shape.keys() / tile + warps - 1) / warps;
  }
  Index blocks() const { return shape.pictures() * shape.heads * parts(shape, warps()); }
  /// Floats of a row of logits, which later holds a row of y.
  ICOLORIT_HOST_DEVICE static Index row_floats(Index keys) {
    return (keys > head_dim ? keys : head_dim) + tile_padding;
  }
  Index shared_bytes() const {
    return shape.keys() * leading * Index{sizeof(T)} +
           (warps() * tile * row_floats(shape.keys()) + (shape.table.empty() ? 0 : shape.grid.table_rows())) *
               Index{sizeof(float)};
  }

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index block, const Team& team, std::byte* shared) const {
    const Index N = shape.tokens(), keys = shape.keys(), stride = shape.qkv.stride(0), width = row_floats(keys);
    const Index strips = parts(shape, team.warps()), head = block / strips % shape.heads,
                picture = block / strips / shape.heads;
    const Index first = (block % strips * team.warps() + team.warp()) * tile;  // query of this warp
    const Index valid = first >= N ? 0 : N - first < tile ? N - first : tile;
    const Index place = team.warp() * Team::lanes + team.lane(), places = team.warps() * Team::lanes;
    const bool wide = has_wide_rows(shape.qkv);
    const T* from = shape.qkv.data();

    T* const matrix = reinterpret_cast<T*>(shared);                          // k, then v: (keys, head_dim)
    float* const strip = reinterpret_cast<float*>(matrix + keys * leading);  // logits of all warps
    float* const bias = strip + team.warps() * tile * width;
    float* const own = strip + team.warp() * tile * width;

    if (!shape.table.empty())
      for (Index e = place; e < shape.grid.table_rows(); e += places)
        bias[e] = as<float>(shape.table.data()[e * shape.table.stride(0) + head * shape.table.stride(1)]);
    load_rows(place, places, matrix, leading, from + shape.offset(picture, head, head_dim, 1), stride, N, keys,
              head_dim, wide);
    T* const staged = reinterpret_cast<T*>(own);
    load_rows<T>(team.lane(), Team::lanes, staged, leading,
                 from + shape.offset(picture, head, head_dim, 0) + first * stride, stride, valid, tile, head_dim, wide);
    team.sync();

    LeftTile<T, Order::rows> q[head_tiles];
    for (Index t = 0; t < head_tiles; ++t) q[t].load(staged + t * tile, leading);
    team.sync_warp();  // before the logits overwrite q
    for (Index key = 0; key < keys; key += tile) {
      SumTile sum;
      sum.clear();
      for (Index t = 0; t < head_tiles; ++t) {
        RightTile<T, Order::columns> k;
        k.load(matrix + key * leading + t * tile, leading);
        sum.add_product(q[t], k);
      }
      sum.store(own + key, width);
    }
    team.sync();  // k has been read
    load_rows(place, places, matrix, leading, from + shape.offset(picture, head, head_dim, 2), stride, N, keys,
              head_dim, wide);
    softmax(team, own, bias, picture * shape.heads + head, first, valid);
    team.sync();

    SumTile sums[head_tiles];
    for (Index t = 0; t < head_tiles; ++t) sums[t].clear();
    for (Index key = 0; key < keys; key += tile) {
      LeftTile<T, Order::rows> weights;
      weights.load(reinterpret_cast<const T*>(own) + key, 2 * width);
      for (Index t = 0; t < head_tiles; ++t) {
        RightTile<T, Order::rows> v;
        v.load(matrix + key * leading + t * tile, leading);
        sums[t].add_product(weights, v);
      }
    }
    team.sync_warp();  // the weights have been read
    for (Index t = 0; t < head_tiles; ++t) sums[t].store(own + t * tile, width);
    team.sync_warp();
    T* const to = y.data() + (picture * N + first) * y.stride(0) + head * head_dim;
    for (Index i = team.lane(); i < valid * head_dim; i += Team::lanes)
      to[i / head_dim * y.stride(0) + i % head_dim] = as<T>(own[i / head_dim * width + i % head_dim]);
  }

 private:
  /// Every row of logits becomes the weights, as T, at the row's own beginning; zero beyond the last key.
  template <class Team>
  ICOLORIT_HOST_DEVICE void softmax(const Team& team, float* own, const float* bias, Index matrix, Index first,
                                    Index valid) const {
    constexpr Index each = max_keys / Team::lanes;  // keys of a lane
    const Index N = shape.tokens(), keys = shape.keys(), width = row_floats(keys);
    Index entries[each];
    for (Index i = 0; i < each; ++i) entries[i] = shape.grid.key_part(team.lane() + i * Team::lanes);
    for (Index row = 0; row < tile; ++row) {
      float* const logits = own + row * width;
      const Index query = row < valid ? first + row : 0;  // rows of no query are computed and dropped
      const Index entry = shape.grid.query_part(query);
      float values[each] = {}, largest = std::numeric_limits<float>::lowest(), total = 0;
      for (Index i = 0; i < each; ++i) {
        const Index key = team.lane() + i * Team::lanes;
        if (key >= N) continue;
        values[i] = shape.scale * logits[key] + (shape.table.empty() ? 0.f : bias[entry - entries[i]]);
        largest = values[i] > largest ? values[i] : largest;
      }
      largest = team.max(largest);
      for (Index i = 0; i < each; ++i) {
        if (team.lane() + i * Team::lanes >= N) continue;
        values[i] = std::exp(values[i] - largest);
        total += values[i];
      }
      total = team.sum(total);
      team.sync_warp();  // all lanes have read the row; the sum's shuffles do not order accesses to memory
      T* const weights = reinterpret_cast<T*>(logits);
      for (Index i = 0; i < each; ++i) {
        const Index key = team.lane() + i * Team::lanes;
        if (key >= keys) continue;
        weights[key] = key < N ? as<T>(values[i] / total) : T(0.f);
        if (key < N && row < valid && !p.empty())
          p.data()[matrix * p.stride(0) + query * p.stride(1) + key] = weights[key];
      }
    }
  }
};

}  // namespace icolorit::cuda
