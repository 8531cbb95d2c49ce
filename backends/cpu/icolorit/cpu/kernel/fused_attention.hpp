// Fused attention of one head at a time: logits, position bias, softmax and the product with v stay in the second-level
// cache.
#pragma once

#include <algorithm>

#include "icolorit/core/grid.hpp"
#include "icolorit/cpu/kernel/gemm.hpp"
#include "icolorit/cpu/kernel/position_bias.hpp"
#include "icolorit/cpu/kernel/softmax.hpp"
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
/// empty. `scratch` has AttentionScratch::elements for each of the workers.
template <class T>
void attend(Workers& workers, TensorView<T, 2> mixed, Input<T, 2> qkv, Input<T, 2> table, Grid grid, Index heads,
            T* scratch) {
  const Index N = grid.tokens(), D = mixed.extent(1), d = D / heads, strips = (N + tile_rows - 1) / tile_rows;
  // A piece is a strip of rows of one head of one picture.
  workers.run(mixed.extent(0) / N * heads * strips, [&](Pieces pieces, int thread) {
    AttentionScratch<T> own(scratch + thread * AttentionScratch<T>::elements(N, d), N, d);
    Index packed = -1;  // the head, counted through all pictures, that is in `own`
    for (const Index piece : pieces) {
      const Index picture = piece / strips / heads, head = piece / strips % heads;
      const T* q = qkv.data() + picture * N * qkv.stride(0) + head * d;
      if (packed != piece / strips) {
        packed = piece / strips;
        pack_rows(own.keys, q + D, qkv.stride(0), N, d);
        pack_columns(own.values, q + 2 * D, qkv.stride(0), N, d);
        if (!table.empty()) std::reverse_copy(&table(head, 0), &table(head, 0) + table.extent(1), own.bias);
      }
      const Index row = piece % strips * tile_rows, rows = std::min(tile_rows, N - row);
      if (!table.empty())
        for (Index i = 0; i < rows; ++i)
          write_position_bias(own.logits + i * own.logits_stride, own.bias, grid, row + i);
      const TileStep<T> logits{.a = q + row * qkv.stride(0),
                               .a_stride = qkv.stride(0),
                               .panel = own.keys,
                               .depth = d,
                               .c = own.logits,
                               .c_stride = own.logits_stride,
                               .columns = panel_width<T>,
                               .initial = table.empty() ? nullptr : own.logits,
                               .initial_stride = own.logits_stride,
                               .bias = nullptr,
                               .activation = Activation::none,
                               .next = no_prefetch(own.keys)};
      run_strip(logits, rows, panels_of<T>(N), own.logits_stride);

      T norm[tile_rows];
      for (Index i = 0; i < rows; ++i) norm[i] = 1 / exponentiate(own.logits + i * own.logits_stride, N);

      T* out = mixed.data() + (picture * N + row) * mixed.stride(0) + head * d;
      const TileStep<T> values{.a = own.logits,
                               .a_stride = own.logits_stride,
                               .panel = own.values,
                               .depth = N,
                               .c = out,
                               .c_stride = mixed.stride(0),
                               .columns = panel_width<T>,
                               .initial = nullptr,
                               .initial_stride = 0,
                               .bias = nullptr,
                               .activation = Activation::none,
                               .next = no_prefetch(own.values)};
      run_strip(values, rows, panels_of<T>(d), d);
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < d; ++j) out[i * mixed.stride(0) + j] *= norm[i];
    }
  });
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
