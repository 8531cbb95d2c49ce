// The general matrix product: any strides, a batch, scaling and accumulation. Packs what it needs block by block into
// the scratch of its thread, then runs the kernel of gemm.hpp.
#pragma once

#include "icolorit/cpu/gemm.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Elements of scratch that one thread needs: a block of one panel and a tile of rows.
inline constexpr Index matmul_scratch_bytes(Index element) {
  return depth_block * (panel_vectors * vector_bytes + tile_rows * element);
}

/// c (G,M,N) = alpha a (G,M,K) b (G,K,N) [+ c]. `scratch(thread)` gives matmul_scratch_bytes(sizeof(T)) aligned bytes.
template <class T, class Scratch>
void multiply(int threads, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate,
              Scratch scratch) {
  const Index M = c.extent(1), N = c.extent(2), K = a.extent(2), panels = panels_of<T>(N);
  parallel(threads, [&](int thread, int team) {
    T* panel = reinterpret_cast<T*>(scratch(thread));
    T* rows = panel + depth_block * panel_width<T>;
    const auto [first, last] = share(c.extent(0) * panels, thread, team);
    for (Index job = first; job < last; ++job) {
      const auto cg = c[job / panels];
      const auto ag = a[job / panels], bg = b[job / panels];
      const Index column = job % panels * panel_width<T>, columns = std::min(panel_width<T>, N - column);
      if (K == 0 && !accumulate)
        for (Index m = 0; m < M; ++m) std::fill_n(&cg(m, column), columns, T(0));
      for (Index k = 0; k < K; k += depth_block) {
        const Index depth = std::min(depth_block, K - k);
        for (Index i = 0; i < depth; ++i)
          for (Index j = 0; j < panel_width<T>; ++j)
            panel[i * panel_width<T> + j] = j < columns ? alpha * bg(k + i, column + j) : T(0);
        for_each_row_tile(M, [&](auto tile, Index m) {
          const T* from = ag.data() + m * ag.stride(0) + k * ag.stride(1);
          const bool packs = ag.stride(1) != 1;
          if (packs)
            for (Index i = 0; i < tile; ++i)
              for (Index j = 0; j < depth; ++j) rows[i * depth + j] = ag(m + i, k + j);
          T* to = cg.data() + m * cg.stride(0) + column;
          const bool adds = accumulate || k > 0;
          TileStep<T>{packs ? rows : from,
                      packs ? depth : ag.stride(0),
                      panel,
                      depth,
                      to,
                      cg.stride(0),
                      columns,
                      adds ? to : nullptr,
                      cg.stride(0),
                      nullptr,
                      Activation::none}
              .template run<tile>();
        });
      }
    }
  });
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
