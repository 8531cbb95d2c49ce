// Products of 16 x 16 tiles with sums in float, the tensor cores' unit of work. On a GPU a tile belongs to a warp and
// is a fragment of CUDA's wmma; on a processor it is an array, so that kernels made of tiles are tested without a GPU.
#pragma once

#include "icolorit/core/dtype.hpp"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <mma.h>
#endif

namespace icolorit::cuda {

inline constexpr Index tile = 16;

/// Which elements of a matrix in memory are neighbours: those of a row, or those of a column.
enum class Order { rows, columns };

#ifdef __CUDA_ARCH__

template <class T>
using DeviceHalf = std::conditional_t<std::is_same_v<T, bf16>, __nv_bfloat16, __half>;
template <Order order>
using FragmentOrder = std::conditional_t<order == Order::rows, nvcuda::wmma::row_major, nvcuda::wmma::col_major>;

/// A factor of a product. `Use` is wmma's matrix_a for the left one, matrix_b for the right one.
template <class Use, class T, Order order>
class FactorTile {
 public:
  /// from: at a multiple of 32 bytes; leading: elements between rows, or columns, a multiple of 8.
  __device__ void load(const T* from, Index leading) {
    nvcuda::wmma::load_matrix_sync(fragment, reinterpret_cast<const DeviceHalf<T>*>(from),
                                   static_cast<unsigned>(leading));
  }
  nvcuda::wmma::fragment<Use, tile, tile, tile, DeviceHalf<T>, FragmentOrder<order>> fragment;
};
template <class T, Order order>
using LeftTile = FactorTile<nvcuda::wmma::matrix_a, T, order>;
template <class T, Order order>
using RightTile = FactorTile<nvcuda::wmma::matrix_b, T, order>;

/// The sum of products.
class SumTile {
 public:
  __device__ void clear() { nvcuda::wmma::fill_fragment(fragment_, 0.f); }
  template <class T, Order left_order, Order right_order>
  __device__ void add_product(const LeftTile<T, left_order>& a, const RightTile<T, right_order>& b) {
    nvcuda::wmma::mma_sync(fragment_, a.fragment, b.fragment, fragment_);
  }
  /// to: row by row, at a multiple of 32 bytes; leading: a multiple of 4.
  __device__ void store(float* to, Index leading) const {
    nvcuda::wmma::store_matrix_sync(to, fragment_, static_cast<unsigned>(leading), nvcuda::wmma::mem_row_major);
  }

 private:
  nvcuda::wmma::fragment<nvcuda::wmma::accumulator, tile, tile, tile, float> fragment_;
};

#else

template <bool left, class T, Order order>
class FactorTile {
 public:
  ICOLORIT_HOST_DEVICE void load(const T* from, Index leading) {
    for (Index row = 0; row < tile; ++row)
      for (Index column = 0; column < tile; ++column)
        values[row][column] = float(from[order == Order::rows ? row * leading + column : column * leading + row]);
  }
  float values[tile][tile];
};
template <class T, Order order>
using LeftTile = FactorTile<true, T, order>;
template <class T, Order order>
using RightTile = FactorTile<false, T, order>;

class SumTile {
 public:
  ICOLORIT_HOST_DEVICE void clear() {
    for (auto& row : values_)
      for (float& value : row) value = 0;
  }
  template <class T, Order left_order, Order right_order>
  ICOLORIT_HOST_DEVICE void add_product(const LeftTile<T, left_order>& a, const RightTile<T, right_order>& b) {
    for (Index i = 0; i < tile; ++i)
      for (Index k = 0; k < tile; ++k)
        for (Index j = 0; j < tile; ++j) values_[i][j] += a.values[i][k] * b.values[k][j];
  }
  ICOLORIT_HOST_DEVICE void store(float* to, Index leading) const {
    for (Index i = 0; i < tile; ++i)
      for (Index j = 0; j < tile; ++j) to[i * leading + j] = values_[i][j];
  }

 private:
  float values_[tile][tile];
};

#endif

}  // namespace icolorit::cuda
