// Attention with the relative position bias, and its gradient, each in one kernel: the logits of a strip of queries
// live in a block's shared memory and never leave it (Dao et al. 2022 do the same for longer sequences, where they must
// divide the keys, too). For 16-bit elements.
//
// A block's team is made of warps: warp() in [0, warps()), lane() in [0, lanes), sync() for the block, sync_warp() for
// a warp, sum(x) and max(x) over the lanes of a warp. `shared` is the block's memory, aligned to 32 bytes.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

#include "icolorit/core/backend.hpp"
#include "icolorit/cuda/kernel/tiles.hpp"
#include "icolorit/cuda/row_kernels.hpp"

namespace icolorit::cuda {

inline constexpr Index max_keys = 256;    // a strip's logits must fit into shared memory
inline constexpr Index tile_padding = 8;  // elements between the rows of a matrix in shared memory: spreads its banks

constexpr Index rounded_up(Index count, Index unit) { return (count + unit - 1) / unit * unit; }

/// Sixteen bytes at a time, which the memory likes.
template <class T>
struct alignas(16) Wide {
  T values[16 / sizeof(T)];
};

/// Whether all rows of a matrix begin at multiples of 16 bytes.
template <class T>
ICOLORIT_HOST_DEVICE bool has_wide_rows(const TensorView<T, 2>& x) {
  constexpr Index wide = 16 / Index{sizeof(T)};
  return reinterpret_cast<std::size_t>(x.data()) % 16 == 0 && x.stride(0) % wide == 0;
}

/// to (rows, columns), rows `leading` apart in shared memory, = from, rows `stride` apart; zeros from row `valid` on.
/// `place` of `places` threads call it; columns is a multiple of 16.
template <class T>
ICOLORIT_HOST_DEVICE void load_rows(Index place, Index places, T* to, Index leading, const T* from, Index stride,
                                    Index valid, Index rows, Index columns, [[maybe_unused]] bool wide) {
  constexpr Index width = 16 / Index{sizeof(T)};
  const Index pieces = columns / width;
  for (Index i = place; i < rows * pieces; i += places) {
    const Index row = i / pieces, column = i % pieces * width;
    T* target = to + row * leading + column;
    const T* source = from + row * stride + column;
    if (row >= valid)
      for (Index k = 0; k < width; ++k) target[k] = T(0.f);
#ifdef __CUDA_ARCH__
    else if (wide)
      *reinterpret_cast<Wide<T>*>(target) = *reinterpret_cast<const Wide<T>*>(source);
#endif
    else
      for (Index k = 0; k < width; ++k) target[k] = source[k];
  }
}

/// The tokens and heads of a batch, and where each head's q, k and v are.
template <class T>
struct AttentionShape {
  TensorView<const T, 2> qkv;    // (B*N,3D)
  TensorView<const T, 2> table;  // ((2R-1)(2C-1),H), any strides, or empty
  Grid grid;
  Index heads;
  float scale;  // of q k^T

  ICOLORIT_HOST_DEVICE Index tokens() const { return grid.tokens(); }
  ICOLORIT_HOST_DEVICE Index keys() const { return rounded_up(grid.tokens(), tile); }
  ICOLORIT_HOST_DEVICE Index pictures() const { return qkv.extent(0) / tokens(); }
  ICOLORIT_HOST_DEVICE Index width() const { return qkv.extent(1) / 3; }
  ICOLORIT_HOST_DEVICE Index entries() const { return (2 * grid.rows - 1) * (2 * grid.columns - 1); }
  /// First row of a picture, first column of a head; `part` is 0 for q, 1 for k, 2 for v.
  ICOLORIT_HOST_DEVICE Index offset(Index picture, Index head, Index head_dim, Index part) const {
    return picture * tokens() * qkv.stride(0) + part * width() + head * head_dim;
  }
  /// entry(query, key) = query_entry(query) - key_entry(key), see RelativePositionBias::row.
  ICOLORIT_HOST_DEVICE Index key_entry(Index key) const {
    return key / grid.columns * (2 * grid.columns - 1) + key % grid.columns;
  }
  ICOLORIT_HOST_DEVICE Index query_entry(Index query) const {
    return key_entry(query) + (grid.rows - 1) * (2 * grid.columns - 1) + grid.columns - 1;
  }
};

/// y = softmax(scale q k^T + bias) v. A block treats as many tiles of queries of one head as it has warps.
template <class T, Index head_tiles>
struct AttentionForward {
  static constexpr Index head_dim = head_tiles * tile, leading = head_dim + tile_padding, most_warps = 4;

  AttentionShape<T> shape;
  TensorView<T, 2> y;  // (B*N,D)
  TensorView<T, 3> p;  // (B*H,N,N): the attention weights; empty where they are not wanted

  Index warps() const { return std::min(most_warps, shape.keys() / tile); }
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
           (warps() * tile * row_floats(shape.keys()) + (shape.table.empty() ? 0 : shape.entries())) *
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
      for (Index e = place; e < shape.entries(); e += places)
        bias[e] = float(shape.table.data()[e * shape.table.stride(0) + head * shape.table.stride(1)]);
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
      to[i / head_dim * y.stride(0) + i % head_dim] = T(own[i / head_dim * width + i % head_dim]);
  }

 private:
  /// Every row of logits becomes the weights, as T, at the row's own beginning; zero beyond the last key.
  template <class Team>
  ICOLORIT_HOST_DEVICE void softmax(const Team& team, float* own, const float* bias, Index matrix, Index first,
                                    Index valid) const {
    constexpr Index each = max_keys / Team::lanes;  // keys of a lane
    const Index N = shape.tokens(), keys = shape.keys(), width = row_floats(keys);
    Index entries[each];
    for (Index i = 0; i < each; ++i) entries[i] = shape.key_entry(team.lane() + i * Team::lanes);
    for (Index row = 0; row < tile; ++row) {
      float* const logits = own + row * width;
      const Index query = row < valid ? first + row : 0;  // rows of no query are computed and dropped
      const Index entry = shape.query_entry(query);
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
      total = team.sum(total);  // and all lanes have read the row
      T* const weights = reinterpret_cast<T*>(logits);
      for (Index i = 0; i < each; ++i) {
        const Index key = team.lane() + i * Team::lanes;
        if (key >= keys) continue;
        weights[key] = key < N ? T(values[i] / total) : T(0.f);
        if (key < N && row < valid && !p.empty())
          p.data()[matrix * p.stride(0) + query * p.stride(1) + key] = weights[key];
      }
    }
  }
};

/// The gradient: dqkv (B*N,3D) from dy (B*N,D) and the weights p (B*H,N,N), and for every picture and head the sums of
/// the logits' gradients over pairs of equal difference. A block treats one head of one picture, a warp sixteen keys.
template <class T, Index head_tiles>
struct AttentionBackward {
  static constexpr Index head_dim = head_tiles * tile, leading = head_dim + tile_padding, strip = 2 * tile,
                         most_warps = max_keys / tile;

  AttentionShape<T> shape;
  TensorView<T, 2> dqkv;
  float* table_sums;  // (B,H,(2R-1)(2C-1)), unless the table is empty
  TensorView<const T, 2> dy;
  TensorView<const T, 3> p;

  Index warps() const { return shape.keys() / tile; }
  Index blocks() const { return shape.pictures() * shape.heads; }
  Index shared_bytes() const {
    const Index keys = shape.keys(), width = keys + tile_padding;
    return (2 * keys * leading + 2 * strip * leading + strip * width) * Index{sizeof(T)} +
           (strip * width + warps() * tile * tile + (shape.table.empty() ? 0 : shape.entries())) * Index{sizeof(float)};
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
      for (Index e = place; e < shape.entries(); e += places) sums[e] = 0;
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
        for (Index e = place; e < shape.entries(); e += places)
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
        LeftTile<T, Order::columns> dlogits_there, weights_there;
        dlogits_there.load(dlogits + i * dlogits_width + own_key, dlogits_width);
        weights_there.load(weights + i * width + own_key, width);
        for (Index t = 0; t < head_tiles; ++t) {
          RightTile<T, Order::rows> b;
          b.load(q + i * leading + t * tile, leading);
          dk[t].add_product(dlogits_there, b);
          b.load(dout + i * leading + t * tile, leading);
          dv[t].add_product(weights_there, b);
        }
      }
      team.sync();  // before the next strip overwrites all that
    }
    for (Index t = 0; t < head_tiles; ++t) {
      write(team, staged, dk[t], picture, own_key, 1, head * head_dim + t * tile, shape.scale);
      write(team, staged, dv[t], picture, own_key, 2, head * head_dim + t * tile, 1.f);
    }
    if (!shape.table.empty())
      for (Index e = place; e < shape.entries(); e += places) table_sums[block * shape.entries() + e] = sums[e];
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
      weight[i] = there ? float(from[key]) : 0.f;
      slope[i] = there ? dweights[key] : 0.f;
      dot += weight[i] * slope[i];
    }
    dot = team.sum(dot);  // and all lanes have read the row
    T* const dlogits = reinterpret_cast<T*>(dweights);
    for (Index i = 0; i < each; ++i) {
      const Index key = team.lane() + i * Team::lanes;
      if (key >= keys) continue;
      weights[key] = T(weight[i]);
      dlogits[key] = T(weight[i] * (slope[i] - dot));
    }
  }

  /// The sum of the logits' gradients over a strip's pairs of query and key that share an entry of the table.
  ICOLORIT_HOST_DEVICE float sum_of_pairs(Index entry, const T* dlogits, Index width, Index first, Index valid) const {
    const Index rows = shape.grid.rows, columns = shape.grid.columns;
    const Index down = entry / (2 * columns - 1) - (rows - 1), right = entry % (2 * columns - 1) - (columns - 1);
    float sum = 0;
    for (Index i = 0; i < valid; ++i) {
      const Place query = place_of(shape.grid, first + i);
      const Index y = query.y - down, x = query.x - right;
      if (y >= 0 && y < rows && x >= 0 && x < columns) sum += float(dlogits[i * width + y * columns + x]);
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
      if (token + i / tile < shape.tokens()) to[i / tile * dqkv.stride(0) + i % tile] = T(factor * staged[i]);
    team.sync_warp();
  }
};

/// dtable ((2R-1)(2C-1),H) += sums (B,H,(2R-1)(2C-1)) over the pictures.
template <class T>
struct AddTableSums {
  TensorView<T, 2> dtable;
  const float* sums;
  Index pictures;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    const Index entries = dtable.extent(0), heads = dtable.extent(1), head = i / entries, entry = i % entries;
    T& to = dtable.data()[entry * dtable.stride(0) + head * dtable.stride(1)];
    float sum = float(to);
    for (Index picture = 0; picture < pictures; ++picture) sum += sums[picture * heads * entries + i];
    to = T(sum);
  }
};

}  // namespace icolorit::cuda
