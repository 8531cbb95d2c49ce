// A block of threads as the team of row kernels (row_team.hpp) and as that of block kernels (attention_block.hpp), and
// the three kernels that run everything.
#pragma once

#include <cstddef>

#include "icolorit/core/config.hpp"

namespace icolorit::cuda {

/// Four warps: rows of the published networks have 192 elements and more, so that no thread is idle, and the sum of a
/// row crosses few warps.
inline constexpr int block_threads = 128;

/// All threads of the block; sums run in an order that depends on the block's size alone.
class BlockTeam {
 public:
  ICOLORIT_HOST_DEVICE int rank() const {
#ifdef __CUDA_ARCH__
    return static_cast<int>(threadIdx.x);
#else
    return 0;
#endif
  }
  ICOLORIT_HOST_DEVICE int size() const { return block_threads; }

  template <class Sum>
  ICOLORIT_HOST_DEVICE Sum sum(Sum value) const {
    return reduce(value, [](Sum a, Sum b) { return a + b; });
  }
  template <class Sum>
  ICOLORIT_HOST_DEVICE Sum max(Sum value) const {
    return reduce(value, [](Sum a, Sum b) { return a > b ? a : b; });
  }

 private:
  template <class Sum, class F>
  ICOLORIT_HOST_DEVICE static Sum reduce(Sum value, [[maybe_unused]] F f) {
#ifdef __CUDA_ARCH__
    constexpr int warp = 32;
    __shared__ Sum of_warps[block_threads / warp];
    for (int offset = warp / 2; offset > 0; offset /= 2) value = f(value, __shfl_xor_sync(~0u, value, offset));
    __syncthreads();  // until everybody has read the result before this one
    if (threadIdx.x % warp == 0) of_warps[threadIdx.x / warp] = value;
    __syncthreads();
    value = of_warps[0];
    for (int i = 1; i < block_threads / warp; ++i) value = f(value, of_warps[i]);
#endif
    return value;
  }
};

/// All warps of the block.
class Warps {
 public:
  static constexpr Index lanes = 32;

#ifdef __CUDA_ARCH__
  __device__ Index warp() const { return threadIdx.x / lanes; }
  __device__ Index warps() const { return blockDim.x / lanes; }
  __device__ Index lane() const { return threadIdx.x % lanes; }
  __device__ void sync() const { __syncthreads(); }
  __device__ void sync_warp() const { __syncwarp(); }
  __device__ float sum(float value) const {
    for (int offset = lanes / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(~0u, value, offset);
    return value;
  }
  __device__ float max(float value) const {
    for (int offset = lanes / 2; offset > 0; offset /= 2) value = fmaxf(value, __shfl_xor_sync(~0u, value, offset));
    return value;
  }
#else  // never called; the host's compiler wants to see them
  ICOLORIT_HOST_DEVICE Index warp() const { return 0; }
  ICOLORIT_HOST_DEVICE Index warps() const { return 1; }
  ICOLORIT_HOST_DEVICE Index lane() const { return 0; }
  ICOLORIT_HOST_DEVICE void sync() const {}
  ICOLORIT_HOST_DEVICE void sync_warp() const {}
  ICOLORIT_HOST_DEVICE float sum(float value) const { return value; }
  ICOLORIT_HOST_DEVICE float max(float value) const { return value; }
#endif
};

template <class Kernel>
__global__ void __launch_bounds__(Kernel::max_warps* Warps::lanes) run_blocks(Kernel kernel) {
  extern __shared__ __align__(128) std::byte shared[];
  kernel(Index{blockIdx.x}, Warps(), shared);
}

template <class Kernel>
__global__ void __launch_bounds__(block_threads) run_rows(Index rows, Kernel kernel) {
  for (Index row = blockIdx.x; row < rows; row += gridDim.x) kernel(row, BlockTeam());
}

template <class Kernel>
__global__ void __launch_bounds__(block_threads) run_each(Index count, Kernel kernel) {
  const Index step = Index{gridDim.x} * blockDim.x;
  for (Index i = Index{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) kernel(i);
}

}  // namespace icolorit::cuda
