// Fused attention of one head at a time: logits, position bias, softmax and the product with v stay in the second-level
// cache.
#pragma once

#include <limits>

#include "icolorit/cpu/kernel/gemm.hpp"
#include "icolorit/cpu/kernel/transpose.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// One thread's scratch for a head of N tokens and width d: k and v as panels, one strip of tile_rows rows of logits,
/// its rows padded to whole panels, and the head's position table reversed (fewer than 4 N entries); behind both of
/// these one vector to spare.
template <class T>
struct AttentionScratch {
  static constexpr Index padded(Index columns) { return panels_of<T>(columns) * panel_width<T>; }
  static constexpr Index elements(Index N, Index d) {
    return padded(N) * d + N * padded(d) + (tile_rows + 4) * padded(N) + 2 * lanes<T>;
  }

  AttentionScratch(T* memory, Index N, Index d)
      : keys(memory),
        values(keys + padded(N) * d),
        logits(values + N * padded(d)),
        bias(logits + tile_rows * padded(N) + lanes<T>),
        logits_stride(padded(N)) {}

  T* keys;    // k^T (d,N) as panels of tokens
  T* values;  // v (N,d) as panels of channels
  T* logits;  // (tile_rows,padded(N))
  T* bias;
  Index logits_stride;
};

/// Copies a matrix (K,O), rows contiguous, into panels; missing columns become 0.
template <class T>
void pack_columns(T* panels, const T* matrix, Index stride, Index K, Index O) {
  for (Index p = 0; p < panels_of<T>(O); ++p)
    for (Index k = 0; k < K; ++k, panels += panel_width<T>) {
      const Index first = p * panel_width<T>, count = std::min(panel_width<T>, O - first);
      std::copy_n(matrix + k * stride + first, count, panels);
      std::fill(panels + count, panels + panel_width<T>, T(0));
    }
}

/// The same for the transpose of a matrix (O,K).
template <class T>
void pack_rows(T* panels, const T* matrix, Index stride, Index O, Index K) {
  for (Index first = 0; first < O; first += panel_width<T>, panels += K * panel_width<T>) {
    const Index count = std::min(panel_width<T>, O - first);
    copy_transposed(panels, panel_width<T>, matrix + first * stride, stride, K, count, T(1));
    for (Index k = 0; k < K; ++k)
      std::fill(panels + k * panel_width<T> + count, panels + (k + 1) * panel_width<T>, T(0));
  }
}

/// row[0..N) = exp(row - max(row)); returns the sum. Softmax without its division.
template <class T>
T exponentiate(T* row, Index N) {
  const Index whole = N / lanes<T> * lanes<T>, rest = N - whole;
  const auto larger = [](Vector<T> a, Vector<T> b) { return a > b ? a : b; };
  Vector<T> largest = broadcast(row[0]);
  for (Index i = 0; i < whole; i += lanes<T>) largest = larger(load(row + i), largest);
  T top = reduce<T>(largest, larger);
  for (Index i = whole; i < N; ++i) top = std::max(top, row[i]);
  Vector<T> sum{};
  for (Index i = 0; i < whole; i += lanes<T>) {
    const Vector<T> e = exp(load(row + i) - top);
    store(row + i, e);
    sum += e;
  }
  T total = sum_of<T>(sum);
  if (rest > 0) {
    const Vector<T> e = exp(load_some(row + whole, rest) - top);
    store_some(row + whole, e, rest);
    for (Index i = 0; i < rest; ++i) total += e[i];
  }
  return total;
}

/// row[key] += table[(dy+R-1)(2C-1) + dx+C-1] for one query, d = query - key: a grid row of keys meets a slice of the
/// table, read backwards. `stride` separates the table's entries.
template <class T>
void add_position_bias(T* row, const T* table, Index stride, Grid grid, Index query) {
  const Index R = grid.rows, C = grid.columns;
  for (Index y = 0; y < R; ++y, row += C) {
    const Index dy = query / C - y;
    const T* slice = table + ((dy + R - 1) * (2 * C - 1) + query % C + C - 1) * stride;
    for (Index x = 0; x < C; ++x) row[x] += slice[-x * stride];
  }
}

/// row[key] = the same bias, from a table whose entries stand in reverse order, side by side. Whole vectors are copied:
/// up to lanes<T> - 1 places behind the row, and as many entries behind the table, must exist.
template <class T>
void write_position_bias(T* row, const T* reversed, Grid grid, Index query) {
  const Index R = grid.rows, C = grid.columns;
  const T* slice = reversed + (R - 1 - query / C) * (2 * C - 1) + C - 1 - query % C;
  for (Index y = 0; y < R; ++y, row += C, slice += 2 * C - 1)
    for (Index x = 0; x < C; x += lanes<T>) store(row + x, load(slice + x));
}

/// The gradient of add_position_bias for one head and one difference of rows dy: table entries += the logits (N,N) of
/// all pairs at that difference.
template <class T>
void add_position_gradient(T* table, Index stride, Input<T, 2> dlogits, Grid grid, Index dy) {
  const Index R = grid.rows, C = grid.columns;
  T* entries = table + ((dy + R - 1) * (2 * C - 1) + C - 1) * stride;  // of dx = 0
  for (Index y = std::max(Index{0}, dy); y < std::min(R, R + dy); ++y)
    for (Index x = 0; x < C; ++x) {
      const T* keys = &dlogits(y * C + x, (y - dy) * C);
      for (Index key = 0; key < C; ++key) entries[(x - key) * stride] += keys[key];
    }
}

/// A strip of at most tile_rows rows times all panels of a matrix with `columns` columns.
template <class T>
void run_strip(const TileStep<T>& strip, Index rows, Index panels, Index columns) {
  for (Index p = 0; p < panels; ++p)
    for_each_row_tile(rows, [&](auto tile, Index i) {
      TileStep<T> step = strip;
      step.a += i * strip.a_stride;
      step.panel += p * strip.depth * panel_width<T>;
      step.c += i * strip.c_stride + p * panel_width<T>;
      if (step.initial != nullptr) step.initial += i * strip.initial_stride + p * panel_width<T>;
      step.columns = std::min(panel_width<T>, columns - p * panel_width<T>);
      step.template run<tile>();
    });
}

/// mixed (B*N,D) = softmax(q k^T + bias) v, head by head; qkv (B*N,3D), q already scaled; table (H,(2R-1)(2C-1)) or
/// empty. `scratch` serves every thread of the team.
template <class T>
void attend(ThreadTeam& team, TensorView<T, 2> mixed, Input<T, 2> qkv, Input<T, 2> table, Grid grid, Index heads,
            T* scratch) {
  const Index N = grid.tokens(), D = mixed.extent(1), d = D / heads, strips = (N + tile_rows - 1) / tile_rows;
  const Parts parts(mixed.extent(0) / N * strips, heads, team.size(), Parts::prefer_rows);
  team.run([&](int thread, int) {
    AttentionScratch<T> own(scratch + thread * AttentionScratch<T>::elements(N, d), N, d);
    const auto [first_strip, last_strip] = parts.rows_of(thread);
    const auto [first_head, last_head] = parts.columns_of(thread);
    for (Index begin = first_strip; begin < last_strip;) {
      const Index picture = begin / strips, end = std::min(last_strip, (picture + 1) * strips);
      for (Index head = first_head; head < last_head; ++head) {
        const T* q = qkv.data() + picture * N * qkv.stride(0) + head * d;
        pack_rows(own.keys, q + D, qkv.stride(0), N, d);
        pack_columns(own.values, q + 2 * D, qkv.stride(0), N, d);
        if (!table.empty()) std::reverse_copy(&table(head, 0), &table(head, 0) + table.extent(1), own.bias);
        for (Index strip = begin; strip < end; ++strip) {
          const Index row = strip % strips * tile_rows, rows = std::min(tile_rows, N - row);
          if (!table.empty())
            for (Index i = 0; i < rows; ++i)
              write_position_bias(own.logits + i * own.logits_stride, own.bias, grid, row + i);
          const TileStep<T> logits{q + row * qkv.stride(0),
                                   qkv.stride(0),
                                   own.keys,
                                   d,
                                   own.logits,
                                   own.logits_stride,
                                   panel_width<T>,
                                   table.empty() ? nullptr : own.logits,
                                   own.logits_stride,
                                   nullptr,
                                   Activation::none,
                                   no_prefetch(own.keys)};
          run_strip(logits, rows, panels_of<T>(N), own.logits_stride);

          T norm[tile_rows];
          for (Index i = 0; i < rows; ++i) norm[i] = 1 / exponentiate(own.logits + i * own.logits_stride, N);

          T* out = mixed.data() + (picture * N + row) * mixed.stride(0) + head * d;
          const TileStep<T> values{own.logits, own.logits_stride, own.values,       N,
                                   out,        mixed.stride(0),   panel_width<T>,   nullptr,
                                   0,          nullptr,           Activation::none, no_prefetch(own.values)};
          run_strip(values, rows, panels_of<T>(d), d);
          for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < d; ++j) out[i * mixed.stride(0) + j] *= norm[i];
        }
      }
      begin = end;
    }
  });
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
