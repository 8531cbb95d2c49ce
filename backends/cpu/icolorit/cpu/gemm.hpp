// Matrix product of row-major activations with a matrix packed into panels, and what may follow it.
//
// The packed matrix holds `panel_width` columns side by side for every step of the inner dimension, so the kernel reads
// it as one stream. The kernel keeps a tile of `tile_rows` x `panel_width` sums in registers; 14 x 32 floats under
// AVX-512 (28 of 32 registers; 196 tokens are 14 such tiles and every published width is a multiple of 32).
#pragma once

#include <algorithm>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/cpu/parallel.hpp"
#include "icolorit/cpu/vector_math.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

inline constexpr Index panel_vectors = 2;
template <class T>
inline constexpr Index panel_width = panel_vectors* lanes<T>;
/// Sums fill the registers but for two vectors of the panel and one or two of temporaries.
inline constexpr Index tile_rows = vector_registers == 32 ? 14 : 6;
/// Inner dimension of a block: a panel of 256 x 32 floats takes 32 KiB, one of 384 x 16 24 KiB, and stays in the
/// first-level cache. (Under AVX2 384 was 3 to 7 % faster than 256 on the small and base networks.)
inline constexpr Index depth_block = vector_bytes == 64 ? 256 : 384;
/// Rows of a block: 392 x 256 floats are 400 KB and stay in a second-level cache of 1 MiB or more. (Fewer rows mean
/// more packing: 98 and 196 were no faster even with 512 KiB.)
inline constexpr Index row_block = 392;

template <class T>
constexpr Index panels_of(Index columns) {
  return (columns + panel_width<T> - 1) / panel_width<T>;
}

/// A (K,O) matrix as panels: element (k,o) at [o / panel_width][k][o % panel_width]; missing columns are 0.
template <class T>
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// `matrix` (K,O) with any strides: the transposed view of a linear layer's weight.
  explicit PackedMatrix(TensorView<const T, 2> matrix)
      : depth_(matrix.extent(0)),
        columns_(matrix.extent(1)),
        values_(panels_of<T>(columns_) * depth_ * panel_width<T>) {
    for (Index p = 0; p < panels_of<T>(columns_); ++p)
      for (Index k = 0; k < depth_; ++k)
        for (Index j = 0; j < panel_width<T>; ++j) {
          const Index column = p * panel_width<T> + j;
          values_.data()[(p * depth_ + k) * panel_width<T> + j] = column < columns_ ? matrix(k, column) : T(0);
        }
  }

  Index depth() const { return depth_; }
  Index columns() const { return columns_; }
  const T* panel(Index p) const { return values_.data() + p * depth_ * panel_width<T>; }

 private:
  Index depth_ = 0, columns_ = 0;
  Buffer<T> values_;
};

/// A tile of Rows x panel_width sums in registers.
template <class T, Index Rows>
struct Tile {
  Vector<T> sum[Rows][panel_vectors];

  /// sum += a (Rows,depth) b (depth,panel_width); a has row stride `a_stride`.
  ICOLORIT_ALWAYS_INLINE void multiply(const T* a, Index a_stride, const T* ICOLORIT_RESTRICT panel, Index depth) {
    for (Index k = 0; k < depth; ++k) {
      Vector<T> b[panel_vectors];
      unroll<panel_vectors>([&](auto j) { b[j] = load(panel + k * panel_width<T> + j * lanes<T>); });
      unroll<Rows>([&](auto i) {
        const T value = a[i * a_stride + k];
        unroll<panel_vectors>([&](auto j) { sum[i][j] += value * b[j]; });
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

/// One step of a product over a block of the inner dimension: c (Rows, up to panel_width) = activation(start + a b +
/// bias), where start is `initial` or 0, and bias and activation come with the last block only.
template <class T>
struct TileStep {
  const T* a;
  Index a_stride;
  const T* panel;
  Index depth;
  T* c;
  Index c_stride;
  Index columns;     // of c, at most panel_width
  const T* initial;  // nullptr: 0
  Index initial_stride;
  const T* bias;  // nullptr: 0
  Activation activation;

  template <Index Rows>
  void run() const {
    Tile<T, Rows> tile;
    if (initial == nullptr)
      tile.clear();
    else
      tile.for_each([&](Vector<T> & v, Index i, Index j)
                        __attribute__((always_inline)) { v = read(initial + i * initial_stride, j); });
    tile.multiply(a, a_stride, panel, depth);
    if (bias != nullptr)
      tile.for_each([&](Vector<T> & v, Index, Index j) __attribute__((always_inline)) { v += read(bias, j); });
    tile.for_each([&](Vector<T> & v, Index i, Index j)
                      __attribute__((always_inline)) { write(c + i * c_stride, j, v); });

    for (Index i = 0; i < Rows; ++i) activate_row(c + i * c_stride, columns, activation);
  }

 private:
  ICOLORIT_ALWAYS_INLINE Vector<T> read(const T* row, Index j) const { return load_columns(row, j, columns); }
  ICOLORIT_ALWAYS_INLINE void write(T* row, Index j, Vector<T> value) const { store_columns(row, j, columns, value); }
};

/// y (M,O) = activation(residual + x (M,K) packed (K,O) + bias). residual may be y.
template <class T>
void multiply_packed(int threads, TensorView<T, 2> y, Input<T, 2> x, const PackedMatrix<T>& packed,
                     const Epilogue<T>& epilogue) {
  const Index M = x.extent(0), K = packed.depth(), panels = panels_of<T>(packed.columns());
  parallel(threads, [&](int thread, int team) {
    // Columns are shared out; rows where there are too few panels for everybody.
    const bool by_columns = panels >= team;
    const auto [first_panel, last_panel] = by_columns ? share(panels, thread, team) : std::pair(Index{0}, panels);
    const auto [first_row, last_row] = by_columns ? std::pair(Index{0}, M) : share(M, thread, team);
    for (Index m = first_row; m < last_row; m += row_block)
      for (Index k = 0; k < K; k += depth_block)
        for (Index p = first_panel; p < last_panel; ++p) {
          const Index rows = std::min(row_block, last_row - m), column = p * panel_width<T>;
          const bool first = k == 0, last = k + depth_block >= K;
          const TensorView<const T, 2> initial = first ? epilogue.residual : TensorView<const T, 2>(y);
          for_each_row_tile(rows, [&](auto tile, Index i) {
            const Index row = m + i;
            TileStep<T>{x.data() + row * x.stride(0) + k,
                        x.stride(0),
                        packed.panel(p) + k * panel_width<T>,
                        std::min(depth_block, K - k),
                        y.data() + row * y.stride(0) + column,
                        y.stride(0),
                        std::min(panel_width<T>, packed.columns() - column),
                        initial.empty() ? nullptr : initial.data() + row * initial.stride(0) + column,
                        initial.stride(0),
                        last && !epilogue.bias.empty() ? epilogue.bias.data() + column : nullptr,
                        last ? epilogue.activation : Activation::none}
                .template run<tile>();
          });
        }
  });
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
