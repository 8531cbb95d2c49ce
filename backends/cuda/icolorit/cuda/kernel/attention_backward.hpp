// The gradient of attention with the relative position bias in one kernel, see attention_forward.hpp. For 16-bit
// elements.
#pragma once

#include <cstddef>

#include "icolorit/cuda/kernel/attention_block.hpp"
#include "icolorit/cuda/kernel/convert.hpp"

namespace icolorit::cuda {

/// The gradient: dqkv (B*N,3D) from dy (B*N,D) and the weights p (B*H,N,N), and for every picture and head the sums of
/// the logits' gradients over pairs of equal difference. A block treats one head of one picture, a warp sixteen keys.
template <class T, Index head_tiles>
struct AttentionBackward {
  static constexpr Index head_dim = head_tiles * tile, leading = head_dim + tile_padding;
  /// Queries at a time. For 256 keys in heads of 64 a block takes 154 KB, near the 163 KB that one may have on compute
  /// capability 8.0; a third tile would not fit.
  static constexpr Index strip = 2 * tile;
  static constexpr Index max_warps = max_keys / tile;

  AttentionShape<T> shape;
  TensorView<T, 2> dqkv;
  float* table_sums;  // (B,H,table_rows), unless the table is empty
  TensorView<const T, 2> dy;
  TensorView<const T, 3> p;

  Index warps() const { return shape.keys() / tile; }
  Index blocks() const { return shape.pictures() * shape.heads; }
  Index shared_bytes() const {
    const Index keys = shape.keys(), width = keys + tile_padding;
    return (2 * keys * leading + 2 * strip * leading + strip * width) * Index{sizeof(T)} +
           (strip * width + warps() * tile * tile + (shape.table.empty() ? 0 : shape.grid.table_rows())) *
               Index{sizeof(float)};
  }

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index block, const Team& team, std::byte* shared) const {
    const Index N = shape.tokens(), keys = shape.keys(), stride = shape.qkv.stride(0), width = keys + tile_padding;
    const Index head = block % shape.heads, picture = block / shape.heads;
    const Index place = team.warp() * Team::lanes + team.lane(), places = team.warps() * Team::lanes;
    const Index own_key = team.warp() * tile;
    const bool wide = has_wide_rows(shape.qkv), wide_dy = has_wide_rows(dy);
    const auto from = [&](Index part) { return shape.qkv.data() + shape.offset(picture, head, head_dim, part); };
    const T* const dy_from = dy.data() + picture * N * dy.stride(0) + head * head_dim;

    T* const k = reinterpret_cast<T*>(shared);                                  // (keys, head_dim)
    T* const v = k + keys * leading;                                            // (keys, head_dim)
    T* const q = v + keys * leading;                                            // (strip, head_dim)
    T* const dout = q + strip * leading;                                        // (strip, head_dim)
    T* const weights = dout + strip * leading;                                  // (strip, keys)
    float* const dweights = reinterpret_cast<float*>(weights + strip * width);  // (strip, keys)
    float* const staged = dweights + strip * width + team.warp() * tile * tile;
    float* const sums = dweights + strip * width + team.warps() * tile * tile;
    // A row's gradients of the logits, as T, take the place of its gradients of the weights.
    T* const dlogits = reinterpret_cast<T*>(dweights);
    const Index dlogits_width = 2 * width;

    load_rows(place, places, k, leading, from(1), stride, N, keys, head_dim, wide);
    load_rows(place, places, v, leading, from(2), stride, N, keys, head_dim, wide);
    if (!shape.table.empty())
      for (Index e = place; e < shape.grid.table_rows(); e += places) sums[e] = 0;
    SumTile dk[head_tiles], dv[head_tiles];
    for (Index t = 0; t < head_tiles; ++t) {
      dk[t].clear();
      dv[t].clear();
    }

    for (Index first = 0; first < N; first += strip) {
      const Index valid = N - first < strip ? N - first : strip;
      load_rows(place, places, q, leading, from(0) + first * stride, stride, valid, strip, head_dim, wide);
      load_rows(place, places, dout, leading, dy_from + first * dy.stride(0), dy.stride(0), valid, strip, head_dim,
                wide_dy);
      team.sync();
      for (Index i = 0; i < strip; i += tile) {
        SumTile sum;
        sum.clear();
        for (Index t = 0; t < head_tiles; ++t) {
          LeftTile<T, Order::rows> a;
          RightTile<T, Order::columns> b;
          a.load(dout + i * leading + t * tile, leading);
          b.load(v + own_key * leading + t * tile, leading);
          sum.add_product(a, b);
        }
        sum.store(dweights + i * width + own_key, width);
      }
      team.sync();
      for (Index row = team.warp(); row < strip; row += team.warps())
        differentiate_softmax(team, weights + row * width, dweights + row * width, picture * shape.heads + head,
                              first + row);
      team.sync();

      if (!shape.table.empty())
        for (Index e = place; e < shape.grid.table_rows(); e += places)
          sums[e] += sum_of_pairs(e, dlogits, dlogits_width, first, valid);
      for (Index job = team.warp(); job < strip / tile * head_tiles; job += team.warps()) {
        const Index i = job / head_tiles * tile, t = job % head_tiles * tile;
        SumTile dq;
        dq.clear();
        for (Index key = 0; key < keys; key += tile) {
          LeftTile<T, Order::rows> a;
          RightTile<T, Order::rows> b;
          a.load(dlogits + i * dlogits_width + key, dlogits_width);
          b.load(k + key * leading + t, leading);
          dq.add_product(a, b);
        }
        write(team, staged, dq, picture, first + i, 0, head * head_dim + t, shape.scale);
      }
      for (Index i = 0; i < strip; i += tile) {
        LeftTile<T, Order::columns> device_dlogits, device_weights;
        device_dlogits.load(dlogits + i * dlogits_width + own_key, dlogits_width);
        device_weights.load(weights + i * width + own_key, width);
        for (Index t = 0; t < head_tiles; ++t) {
          RightTile<T, Order::rows> b;
          b.load(q + i * leading + t * tile, leading);
          dk[t].add_product(device_dlogits, b);
          b.load(dout + i * leading + t * tile, leading);
          dv[t].add_product(device_weights, b);
        }
      }
      team.sync();  // before the next strip overwrites all that
    }
    for (Index t = 0; t < head_tiles; ++t) {
      write(team, staged, dk[t], picture, own_key, 1, head * head_dim + t * tile, shape.scale);
      write(team, staged, dv[t], picture, own_key, 2, head * head_dim + t * tile, 1.f);
    }
    if (!shape.table.empty())
      for (Index e = place; e < shape.grid.table_rows(); e += places)
        table_sums[block * shape.grid.table_rows() + e] = sums[e];
  }

 private:
  /// One row: weights = p, and the gradient of the logits from that of the weights, zero where there is no query or
  /// key.
  template <class Team>
  ICOLORIT_HOST_DEVICE void differentiate_softmax(const Team& team, T* weights, float* dweights, Index matrix,
                                                  Index query) const {
    constexpr Index each = max_keys / Team::lanes;
    const Index N = shape.tokens(), keys = shape.keys();
    const T* const from = p.data() + matrix * p.stride(0) + query * p.stride(1);
    float weight[each], slope[each], dot = 0;
    for (Index i = 0; i < each; ++i) {
      const Index key = team.lane() + i * Team::lanes;
      const bool there = key < N && query < N;
      weight[i] = there ? as<float>(from[key]) : 0.f;
      slope[i] = there ? dweights[key] : 0.f;
      dot += weight[i] * slope[i];
    }
    dot = team.sum(dot);
    team.sync_warp();  // all lanes have read the row; the sum's shuffles do not order accesses to memory
    T* const dlogits = reinterpret_cast<T*>(dweights);
    for (Index i = 0; i < each; ++i) {
      const Index key = team.lane() + i * Team::lanes;
      if (key >= keys) continue;
      weights[key] = as<T>(weight[i]);
      dlogits[key] = as<T>(weight[i] * (slope[i] - dot));
    }
  }

  /// The sum of the logits' gradients over a strip's pairs of query and key that share an entry of the table.
  ICOLORIT_HOST_DEVICE float sum_of_pairs(Index entry, const T* dlogits, Index width, Index first, Index valid) const {
    const Grid::Position difference = shape.grid.difference(entry);
    float sum = 0;
    for (Index i = 0; i < valid; ++i) {
      const Grid::Position query = shape.grid.position(first + i);
      const Index y = query.y - difference.y, x = query.x - difference.x;
      if (shape.grid.contains(y, x)) sum += as<float>(dlogits[i * width + y * shape.grid.columns + x]);
    }
    return sum;
  }

  /// Sixteen tokens' sixteen numbers of dq, dk or dv, through the warp's own memory.
  template <class Team>
  ICOLORIT_HOST_DEVICE void write(const Team& team, float* staged, const SumTile& sum, Index picture, Index token,
                                  Index part, Index column, float factor) const {
    sum.store(staged, tile);
    team.sync_warp();
    T* const to = dqkv.data() + (picture * shape.tokens() + token) * dqkv.stride(0) + part * shape.width() + column;
    for (Index i = team.lane(); i < tile * tile; i += Team::lanes)
      if (token + i / tile < shape.tokens()) to[i / tile * dqkv.stride(0) + i % tile] = as<T>(factor * staged[i]);
    team.sync_warp();
  }
};

/// dtable (table_rows,H) += sums (B,H,table_rows) over the pictures.
template <class T>
struct AddTableSums {
  TensorView<T, 2> dtable;
  const float* sums;
  Index pictures;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    const Index entries = dtable.extent(0), heads = dtable.extent(1), head = i / entries, entry = i % entries;
    T& to = dtable.data()[entry * dtable.stride(0) + head * dtable.stride(1)];
    float sum = as<float>(to);
    for (Index picture = 0; picture < pictures; ++picture) sum += sums[picture * heads * entries + i];
    to = as<T>(sum);
  }
};

}  // namespace icolorit::cuda
