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

/// One thread's scratch for a head of N tokens and width d, with the operands A of its products: k and v as panels; one
/// strip of tile_rows rows of logits, its rows padded to whole panels; the head's position table reversed (fewer than 4
/// N entries); behind both of these one vector to spare. Where operands are not numbers, the strip's queries and
/// probabilities as operands, and one panel of keys on the way to its place.
template <class T, class A = T>
struct AttentionScratch {
  static constexpr bool rounds = !std::is_same_v<T, A>;
  static constexpr Index padded(Index columns) { return panels_of<T>(columns) * panel_width<T>; }
  static constexpr Index elements(Index N, Index d) {
    const Index depth = operands_of<A>(d), tokens = operands_of<A>(N);
    return padded(N) * depth + tokens * padded(d) + (tile_rows + 4) * padded(N) + 2 * lanes<T> +
           (rounds ? tile_rows * (depth + tokens) + panel_width<T> * depth : 0);
  }

  AttentionScratch(T* memory, Index N, Index d)
      : logits(memory),
        bias(logits + tile_rows * padded(N) + lanes<T>),
        logits_stride(padded(N)),
        keys(reinterpret_cast<A*>(bias + 4 * padded(N) + lanes<T>)),
        values(keys + padded(N) * operands_of<A>(d)),
        queries(values + operands_of<A>(N) * padded(d)),
        probabilities(queries + tile_rows * operands_of<A>(d)),
        rows(probabilities + tile_rows * operands_of<A>(N)) {
    static_assert(sizeof(A) == sizeof(T));
  }

  T* logits;  // (tile_rows,padded(N))
  T* bias;
  Index logits_stride;
  A* keys;    // k^T (d,N) as panels of tokens
  A* values;  // v (N,d) as panels of channels
  A *queries, *probabilities, *rows;
};

/// Copies a matrix (K,O), rows contiguous, into panels; missing columns become 0.
template <class T, class A>
void pack_columns(A* panels, const T* matrix, Index stride, Index K, Index O) {
  for (Index p = 0; p < panels_of<T>(O); ++p)
    for (Index k = 0; k < K; k += Operand<A>::numbers, panels += panel_width<T>) {
      const Index first = p * panel_width<T>, count = std::min(panel_width<T>, O - first);
      const T* row = matrix + k * stride + first;
      if constexpr (std::is_same_v<T, A>)
        std::copy_n(row, count, panels);
      else
        round_columns(panels, row, k + 1 < K ? row + stride : nullptr, count);
      std::fill(panels + count, panels + panel_width<T>, A(0));
    }
}

/// The same for the transpose of a matrix (O,K). `rows` has room for panel_width rows where they are to be rounded.
template <class T, class A>
void pack_rows(A* panels, A* rows, const T* matrix, Index stride, Index O, Index K) {
  const Index depth = operands_of<A>(K);
  for (Index first = 0; first < O; first += panel_width<T>, panels += depth * panel_width<T>) {
    const Index count = std::min(panel_width<T>, O - first);
    if constexpr (std::is_same_v<T, A>) {
      copy_transposed(panels, panel_width<T>, matrix + first * stride, stride, K, count);
    } else {
      for (Index o = 0; o < count; ++o) round_row(rows + o * depth, matrix + (first + o) * stride, K);
      copy_transposed(panels, panel_width<T>, rows, depth, depth, count);
    }
    for (Index k = 0; k < depth; ++k)
      std::fill(panels + k * panel_width<T> + count, panels + (k + 1) * panel_width<T>, A(0));
  }
}

/// A strip's rows (M,K) as operands: as they are, or rounded into `memory`. Where they begin, and their stride.
template <class A, class T>
std::pair<const A*, Index> operand_rows(A* memory, const T* matrix, Index stride, Index M, Index K) {
  if constexpr (std::is_same_v<T, A>)
    return {matrix, stride};
  else {
    const Index depth = operands_of<A>(K);
    for (Index m = 0; m < M; ++m) round_row(memory + m * depth, matrix + m * stride, K);
    return {memory, depth};
  }
}

/// A strip of at most tile_rows rows times all panels of a matrix with `columns` columns.
template <class T, class A>
void run_strip(const TileStep<T, A>& strip, Index rows, Index panels, Index columns) {
  for (Index p = 0; p < panels; ++p)
    for_each_row_tile(rows, [&](auto tile, Index i) {
      TileStep<T, A> step = strip;
      step.a += i * strip.a_stride;
      step.panel += p * strip.depth * panel_width<T>;
      step.c += i * strip.c_stride + p * panel_width<T>;
      if (step.initial != nullptr) step.initial += i * strip.initial_stride + p * panel_width<T>;
      step.columns = std::min(panel_width<T>, columns - p * panel_width<T>);
      step.template run<tile>();
    });
}

/// mixed (B*N,D) = softmax(q k^T + bias) v, head by head; qkv (B*N,3D), q already scaled; table (H,(2R-1)(2C-1)) or
/// empty. `scratch` has AttentionScratch<T, A>::elements for each of the workers. A: the operands of the products.
template <class A, class T>
void attend(Workers& workers, TensorView<T, 2> mixed, Input<T, 2> qkv, Input<T, 2> table, Grid grid, Index heads,
            T* scratch) {
  const Index N = grid.tokens(), D = mixed.extent(1), d = D / heads, strips = (N + tile_rows - 1) / tile_rows;
  // A piece is a strip of rows of one head of one picture.
  workers.run(mixed.extent(0) / N * heads * strips, [&](Pieces pieces, int thread) {
    AttentionScratch<T, A> own(scratch + thread * AttentionScratch<T, A>::elements(N, d), N, d);
    Index packed = -1;  // the head, counted through all pictures, that is in `own`
    for (const Index piece : pieces) {
      const Index picture = piece / strips / heads, head = piece / strips % heads;
      const T* q = qkv.data() + picture * N * qkv.stride(0) + head * d;
      if (packed != piece / strips) {
        packed = piece / strips;
        pack_rows(own.keys, own.rows, q + D, qkv.stride(0), N, d);
        pack_columns(own.values, q + 2 * D, qkv.stride(0), N, d);
        if (!table.empty()) std::reverse_copy(&table(head, 0), &table(head, 0) + table.extent(1), own.bias);
      }
      const Index row = piece % strips * tile_rows, rows = std::min(tile_rows, N - row);
      if (!table.empty())
        for (Index i = 0; i < rows; ++i)
          write_position_bias(own.logits + i * own.logits_stride, own.bias, grid, row + i);
      const auto [queries, queries_stride] = operand_rows(own.queries, q + row * qkv.stride(0), qkv.stride(0), rows, d);
      const TileStep<T, A> logits{.a = queries,
                                  .a_stride = queries_stride,
                                  .panel = own.keys,
                                  .depth = operands_of<A>(d),
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
      const auto [probabilities, probabilities_stride] =
          operand_rows<A>(own.probabilities, std::as_const(own.logits), own.logits_stride, rows, N);
      const TileStep<T, A> values{.a = probabilities,
                                  .a_stride = probabilities_stride,
                                  .panel = own.values,
                                  .depth = operands_of<A>(N),
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
