// The general matrix product: any strides, a batch, scaling and accumulation. Packs both operands block by block into
// the scratch of its thread, then runs the kernel of gemm.hpp.
#pragma once

#include "icolorit/cpu/kernel/gemm.hpp"
#include "icolorit/cpu/kernel/transpose.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Bytes of scratch that one thread needs for elements of this size: a block of one panel and a block of rows.
inline constexpr Index matmul_scratch_bytes(Index element) {
  return depth_block * (panel_vectors * vector_bytes + row_block * element);
}

/// panel (depth,panel_width) = alpha * b (depth, up to panel_width), missing columns 0.
template <class T>
void pack_panel(T* panel, Input<T, 2> b, T alpha) {
  const Index depth = b.extent(0), columns = b.extent(1);
  if (columns < panel_width<T>) std::fill_n(panel, depth * panel_width<T>, T(0));
  if (b.stride(1) == 1 && columns == panel_width<T>) {
    for (Index k = 0; k < depth; ++k)
      unroll<panel_vectors>([&](auto j) {
        store(panel + k * panel_width<T> + j * lanes<T>, Vector<T>(alpha * load(&b(k, 0) + j * lanes<T>)));
      });
  } else if (b.stride(1) == 1) {
    for (Index k = 0; k < depth; ++k)
      for (Index j = 0; j < columns; ++j) panel[k * panel_width<T> + j] = alpha * (&b(k, 0))[j];
  } else if (b.stride(0) == 1) {  // a transposed weight
    copy_transposed(panel, panel_width<T>, b.data(), b.stride(1), depth, columns, [&](auto v) { return alpha * v; });
  } else {
    for (Index j = 0; j < columns; ++j) {
      const T* column = b.data() + j * b.stride(1);
      for (Index k = 0; k < depth; ++k) panel[k * panel_width<T> + j] = alpha * column[k * b.stride(0)];
    }
  }
}

/// rows (M,K) contiguous = a (M,K), whose rows are not.
template <class T>
void pack_rows_across(T* rows, Input<T, 2> a) {
  const Index M = a.extent(0), K = a.extent(1);
  if (a.stride(0) == 1) return copy_transposed(rows, K, a.data(), a.stride(1), M, K);
  for (Index m = 0; m < M; ++m)
    for (Index k = 0; k < K; ++k) rows[m * K + k] = a.data()[m * a.stride(0) + k * a.stride(1)];
}

/// c (G,M,N) = alpha a (G,M,K) b (G,K,N) [+ c], or, of one product, with an epilogue instead. `scratch(thread)` gives
/// matmul_scratch_bytes(sizeof(T)) aligned bytes.
template <class T, class Scratch>
void multiply(Workers& workers, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate,
              Scratch scratch, const Epilogue<T>& epilogue = {}) {
  const Index M = c.extent(1), N = c.extent(2), K = a.extent(2), panels = panels_of<T>(N);
  // Block by block of the rows and of the inner dimension, all products of the batch at a time.
  for (Index m = 0; m < M; m += row_block)
    for (Index k = 0; k < K || k == 0; k += depth_block) {
      const Index rows = std::min(row_block, M - m), depth = std::min(depth_block, K - k);
      const bool ends = k + depth_block >= K;
      // A piece is one panel of one product.
      workers.run(c.extent(0) * panels, [&](Pieces pieces, int thread) {
        T* panel = reinterpret_cast<T*>(scratch(thread));
        T* packed_rows = panel + depth_block * panel_width<T>;
        Index packed = -1;  // the product whose rows are there
        for (const Index piece : pieces) {
          const Index g = piece / panels, column = piece % panels * panel_width<T>;
          const TensorView<T, 2> cg = c[g];
          const Input<T, 2> ag = a[g];
          const T* block = ag.data() + m * ag.stride(0) + k * ag.stride(1);
          Index block_stride = ag.stride(0);
          if (ag.stride(1) != 1) {
            if (packed != g) pack_rows_across<T>(packed_rows, ag.narrowed(0, m, rows).narrowed(1, k, depth));
            packed = g;
            block = packed_rows;
            block_stride = depth;
          }
          const Index columns = std::min(panel_width<T>, N - column);
          pack_panel<T>(panel, b[g].narrowed(0, k, depth).narrowed(1, column, columns), alpha);
          const TensorView<const T, 2> initial = accumulate || k > 0 ? TensorView<const T, 2>(cg) : epilogue.residual;
          for_each_row_tile(rows, [&](auto tile, Index i) {
            const Index row = m + i;
            TileStep<T>{.a = block + i * block_stride,
                        .a_stride = block_stride,
                        .panel = panel,
                        .depth = depth,
                        .c = cg.data() + row * cg.stride(0) + column,
                        .c_stride = cg.stride(0),
                        .columns = columns,
                        .initial = initial.empty() ? nullptr : initial.data() + row * initial.stride(0) + column,
                        .initial_stride = initial.stride(0),
                        .bias = ends && !epilogue.bias.empty() ? epilogue.bias.data() + column : nullptr,
                        .activation = ends ? epilogue.activation : Activation::none,
                        .next = no_prefetch(panel)}
                .template run<tile>();
          });
        }
      });
    }
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
