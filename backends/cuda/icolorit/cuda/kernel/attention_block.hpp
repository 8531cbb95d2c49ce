// What the fused attention kernels share: the shapes of a batch, copies into shared memory.
//
// A block's team is made of warps: warp() in [0, warps()), lane() in [0, lanes), sync() for the block, sync_warp() for
// a warp, sum(x) and max(x) over the lanes of a warp. `shared` is the block's memory, aligned to 32 bytes.
#pragma once

#include <cstddef>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/core/tensor_view.hpp"
#include "icolorit/cuda/kernel/tiles.hpp"

namespace icolorit::cuda {

/// Keys that a head may have: a strip's logits must fit into a block's shared memory, and those of one lane, a 32nd of
/// a row, into its registers.
inline constexpr Index max_keys = 256;
/// 16-bit elements between the rows of a matrix in shared memory: each row then begins four banks after the one before,
/// so that rows are read without conflicts, and at a multiple of 16 bytes, as tiles and wide copies demand.
inline constexpr Index tile_padding = 8;

constexpr Index rounded_up(Index count, Index unit) { return (count + unit - 1) / unit * unit; }

/// 16 bytes for 128-bit loads and stores.
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
  TensorView<const T, 2> table;  // (table_rows,H), any strides, or empty
  Grid grid;
  Index heads;
  float scale;  // of q k^T

  ICOLORIT_HOST_DEVICE Index tokens() const { return grid.tokens(); }
  ICOLORIT_HOST_DEVICE Index keys() const { return rounded_up(grid.tokens(), tile); }
  ICOLORIT_HOST_DEVICE Index pictures() const { return qkv.extent(0) / tokens(); }
  ICOLORIT_HOST_DEVICE Index width() const { return qkv.extent(1) / 3; }
  /// First row of a picture, first column of a head; `part` is 0 for q, 1 for k, 2 for v.
  ICOLORIT_HOST_DEVICE Index offset(Index picture, Index head, Index head_dim, Index part) const {
    return picture * tokens() * qkv.stride(0) + part * width() + head * head_dim;
  }
};

}  // namespace icolorit::cuda
