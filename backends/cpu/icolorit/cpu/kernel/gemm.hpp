// Matrix product of row-major activations with a matrix packed into panels, and what may follow it.
//
// The packed matrix holds `panel_width` columns side by side for every step of the inner dimension, so the kernel reads
// it as one stream. The kernel keeps a tile of `tile_rows` x `panel_width` sums in registers; 14 x 32 floats under
// AVX-512 (28 of 32 registers; 196 tokens are 14 such tiles and every published width is a multiple of 32).
#pragma once

#include <algorithm>

#include "icolorit/core/backend/linear.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/cpu/kernel/bfloat16.hpp"
#include "icolorit/cpu/kernel/row_blocks.hpp"
#include "icolorit/cpu/kernel/vector_math.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

inline constexpr Index panel_vectors = 2;
template <class T>
inline constexpr Index panel_width = panel_vectors * lanes<T>;
/// Sums fill the registers but for two vectors of the panel and one or two of temporaries.
inline constexpr Index tile_rows = vector_registers == 32 ? 14 : 6;
/// Inner dimension of a block: long enough that sums are seldom read again. With AVX-512 a panel of it, 96 KiB, comes
/// from the second-level cache for every tile and 768 was 1 % faster than 384; narrower vectors use it up twice as
/// fast and want it in the first-level cache, in 24 KiB.
inline constexpr Index depth_block = vector_bytes == 64 ? 768 : 384;
/// Rows of a block, which takes 600 KB for floats and stays in a second-level cache of 1 MiB. (Fewer rows mean more
/// packing: 98 and 196 of 384 were no faster even with 512 KiB.)
inline constexpr Index row_block = 392 * 384 / depth_block;

template <class T>
constexpr Index panels_of(Index columns) {
  return (columns + panel_width<T> - 1) / panel_width<T>;
}

/// A (K,O) matrix of operands (see Operand) as panels: element (k,o) at [o / panel_width][k][o % panel_width]; missing
/// columns are 0.
template <class A>
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// `matrix` (K,O) of numbers with any strides: the transposed view of a linear layer's weight.
  explicit PackedMatrix(TensorView<const typename Operand<A>::Number, 2> matrix)
      : depth_(operands_of<A>(matrix.extent(0))),
        columns_(matrix.extent(1)),
        values_(panels_of<A>(columns_) * depth_ * panel_width<A>) {
    for (Index p = 0; p < panels_of<A>(columns_); ++p)
      for (Index k = 0; k < depth_; ++k)
        for (Index j = 0; j < panel_width<A>; ++j) {
          const Index column = p * panel_width<A> + j;
          values_.data()[(p * depth_ + k) * panel_width<A> + j] =
              column < columns_ ? Operand<A>::at(matrix, k, column) : A(0);
        }
  }

  /// Of the inner dimension, in operands.
  Index depth() const { return depth_; }
  Index columns() const { return columns_; }
  const A* panel(Index p) const { return values_.data() + p * depth_ * panel_width<A>; }

 private:
  Index depth_ = 0, columns_ = 0;
  Buffer<A> values_;
};

/// Fetches, little by little, what comes after a tile: the caches' own prediction ends with every panel, and waiting
/// for the next one cost 10 to 15 % of a product whose weights come from the third-level cache.
struct Prefetch {
  const char* place;
  Index each;  // bytes a step

  ICOLORIT_ALWAYS_INLINE void step() {
    __builtin_prefetch(place);
    place += each;
  }
};

/// A prefetch without effect: it touches data that is cached already. A null pointer would be slower, because the
/// processor looks for its page in vain.
inline Prefetch no_prefetch(const void* at_hand) { return {static_cast<const char*>(at_hand), 0}; }

/// Shares out the fetching of `bytes` among the tiles of `rows` rows, which take so many steps each.
class PrefetchPlan {
 public:
  PrefetchPlan(Index bytes, Index rows, Index steps)
      : each_row_(bytes / rows), each_step_(bytes * tile_rows / rows / steps) {}

  /// The share of the tile at row i.
  ICOLORIT_ALWAYS_INLINE Prefetch of_tile(const void* from, Index i) const {
    return {static_cast<const char*>(from) + i * each_row_, each_step_};
  }

 private:
  Index each_row_, each_step_;
};

/// A tile of Rows x panel_width sums in registers.
template <class T, Index Rows>
struct Tile {
  Vector<T> sum[Rows][panel_vectors];

  /// sum += a (Rows,depth) b (depth,panel_width) of operands; a has row stride `a_stride`.
  template <class A>
  ICOLORIT_ALWAYS_INLINE void multiply(const A* a, Index a_stride, const A* ICOLORIT_RESTRICT panel, Index depth,
                                       Prefetch next) {
    for (Index k = 0; k < depth; ++k) {
      next.step();
      Vector<A> b[panel_vectors];
      unroll<panel_vectors>([&](auto j) { b[j] = load(panel + k * panel_width<A> + j * lanes<A>); });
      unroll<Rows>([&](auto i) {
        const A value = a[i * a_stride + k];
        unroll<panel_vectors>([&](auto j) { sum[i][j] = add_product(sum[i][j], value, b[j]); });
      });
    }
  }

  ICOLORIT_ALWAYS_INLINE void clear() {
    unroll<Rows>([&](auto i) { unroll<panel_vectors>([&](auto j) { sum[i][j] = Vector<T>{}; }); });
  }

  /// Applies f to every vector with its row and first column.
  template <class F>
  ICOLORIT_ALWAYS_INLINE void for_each(F&& f) {
    unroll<Rows>([&](auto i) { unroll<panel_vectors>([&](auto j) { f(sum[i][j], Index{i}, j * lanes<T>); }); });
  }
};

/// Calls f(integral_constant rows, first) for consecutive blocks of at most tile_rows rows that cover [0, M).
template <class F>
ICOLORIT_ALWAYS_INLINE void for_each_row_tile(Index M, F&& f) {
  Index row = 0;
  for (; row + tile_rows <= M; row += tile_rows) f(std::integral_constant<Index, tile_rows>{}, row);
  for (; row + 4 <= M; row += 4) f(std::integral_constant<Index, 4>{}, row);
  for (; row < M; ++row) f(std::integral_constant<Index, 1>{}, row);
}

/// One row of a stored tile, which is still in the first-level cache: written out for every register it would only grow
/// the code.
template <class T>
ICOLORIT_ALWAYS_INLINE void activate_row(T* row, Index columns, Activation activation) {
  if (activation == Activation::gelu) transform(row, row, columns, [](auto v) { return gelu(v); });
  if (activation == Activation::tanh) transform(row, row, columns, [](auto v) { return tanh(v); });
}

/// One step of a product over a block of the inner dimension: c (Rows, up to panel_width) = activation(a b + initial +
/// bias), where bias and activation come with the last block only. A: the operands.
template <class T, class A = T>
struct TileStep {
  const A* a;
  Index a_stride;
  const A* panel;
  Index depth;
  T* c;
  Index c_stride;
  Index columns;     // of c, at most panel_width
  const T* initial;  // nullptr: 0
  Index initial_stride;
  const T* bias;  // nullptr: 0
  Activation activation;
  Prefetch next;

  template <Index Rows>
  void run() const {
    Tile<T, Rows> tile;
    tile.clear();
    tile.multiply(a, a_stride, panel, depth, next);
    // Whole panels, nearly all, are written without asking for each vector where the columns end.
    if (columns == panel_width<T>) [[likely]]
      finish<panel_width<T>>(tile);
    else
      finish<0>(tile);
    for (Index i = 0; i < Rows; ++i) activate_row(c + i * c_stride, columns, activation);
  }

 private:
  /// Columns: how many there are, or 0 for `columns`.
  template <Index Columns, Index Rows>
  ICOLORIT_ALWAYS_INLINE void finish(Tile<T, Rows>& tile) const {
    Index last = Columns == 0 ? columns : Columns;
    const auto add = [&](const T* rows, Index stride) __attribute__((always_inline)) {
      tile.for_each([&](Vector<T>& v, Index i, Index j)
                        __attribute__((always_inline)) { v += load_columns(rows + i * stride, j, last); });
    };
    if (initial != nullptr) add(initial, initial_stride);
    if (bias != nullptr) add(bias, 0);
    tile.for_each([to = c, stride = c_stride, last](Vector<T>& v, Index i, Index j)
                      __attribute__((always_inline)) { store_columns(to + i * stride, j, last, v); });
  }
};

/// Rows of a matrix (M,K) of numbers as operands of a product, which are taken from it as they are.
template <class T>
struct RowsInPlace {
  Input<T, 2> x;

  /// The operands [k, k + depth) of the rows from `first` to `last`: where they begin, and their stride.
  std::pair<const T*, Index> operator()(Index first, Index /*last*/, Index k, Index /*depth*/) const {
    return {x.data() + first * x.stride(0) + k, x.stride(0)};
  }
};

/// The same, rounded first. One thread uses it, for one block of the inner dimension; `memory` has room for row_block
/// rows of depth_block pairs.
struct RoundedRows {
  Input<float, 2> x;
  BFloat16Pair* memory;
  Index rounded = -1;  // the first row of the block that is there

  std::pair<const BFloat16Pair*, Index> operator()(Index first, Index last, Index k, Index depth) {
    const Index count = std::min(2 * depth, x.extent(1) - 2 * k);
    for (Index m = first; rounded != first && m < last; ++m)
      round_row(memory + (m - first) * depth, &x(m, 2 * k), count);
    rounded = first;
    return {memory, depth};
  }
};

/// y (M,O) = activation(residual + x (M,K) packed (K,O) + bias). residual may be y. `rows_of(thread)`
/// gives RowsInPlace or RoundedRows of x.
template <class T, class A, class RowsOf>
void multiply_packed(Workers& workers, TensorView<T, 2> y, RowsOf&& rows_of, const PackedMatrix<A>& packed,
                     const Epilogue<T>& epilogue) {
  const Index M = y.extent(0), K = packed.depth(), panels = panels_of<T>(packed.columns());
  // What is larger is divided, rows or weights, so that less of it is read by every thread.
  const RowBlocks blocks(M, tile_rows, row_block, M > packed.columns() ? workers.size() : 1);
  // A block of the inner dimension adds to the sums that the one before has written, so each is a run of its own.
  for (Index k = 0; k < K; k += depth_block) {
    const Index depth = std::min(depth_block, K - k);
    const bool first = k == 0, last = k + depth_block >= K;
    const PrefetchPlan ahead(depth * panel_width<A> * Index{sizeof(A)}, blocks.longest() * tile_rows, depth);
    const TensorView<const T, 2> initial = first ? epilogue.residual : TensorView<const T, 2>(y);
    // A piece is some tiles of rows of one block under one panel.
    const Index parts = pieces_of(blocks.longest(), tile_rows * panel_width<A> * depth);
    const auto panel_of = [&](Index piece) { return piece / parts % panels; };
    workers.run(blocks.count() * panels * parts, [&](Pieces pieces, int thread) {
      const auto [own_first, own_end] = pieces.own();
      auto rows = rows_of(thread);
      for (const Index piece : pieces) {
        const Index p = panel_of(piece), column = p * panel_width<A>, block = piece / parts / panels;
        // Behind the last panel of this thread's share comes the first one, of the next block of the inner dimension.
        const bool turns = piece < own_end && piece + parts >= own_end;
        const Index next = turns ? panel_of(own_first) : (p + 1) % panels;
        const A* next_panel = packed.panel(next) + (turns && !last ? k + depth : k) * panel_width<A>;
        const auto [block_first, block_last] = blocks[block];
        const auto [a, a_stride] = rows(block_first, block_last, k, depth);
        const auto [first_row, last_row] = blocks.part(block, piece % parts, parts);
        for_each_row_tile(last_row - first_row, [&, top = first_row, a = a, a_stride = a_stride,
                                                 block_first = block_first](auto tile, Index i) {
          const Index row = top + i;
          TileStep<T, A>{.a = a + (row - block_first) * a_stride,
                         .a_stride = a_stride,
                         .panel = packed.panel(p) + k * panel_width<A>,
                         .depth = depth,
                         .c = y.data() + row * y.stride(0) + column,
                         .c_stride = y.stride(0),
                         .columns = std::min(panel_width<A>, packed.columns() - column),
                         .initial = initial.empty() ? nullptr : initial.data() + row * initial.stride(0) + column,
                         .initial_stride = initial.stride(0),
                         .bias = last && !epilogue.bias.empty() ? epilogue.bias.data() + column : nullptr,
                         .activation = last ? epilogue.activation : Activation::none,
                         .next = ahead.of_tile(next_panel, row - block_first)}
              .template run<tile>();
        });
      }
    });
  }
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
