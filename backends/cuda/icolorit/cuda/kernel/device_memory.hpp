// Policies of Buffer: the memory of a device, and host memory from which it is filled fastest.
#pragma once

#include <cstddef>

#include "icolorit/cuda/kernel/error.hpp"

namespace icolorit {

/// Memory of the current device.
struct CudaMemory {
  /// Throws std::bad_alloc, CudaError.
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    cuda::check(cudaMalloc(&memory, bytes == 0 ? 1 : bytes), "CudaMemory");
    return memory;
  }
  static void deallocate(void* memory) noexcept { cudaFree(memory); }
};

/// Pinned (page-locked) host memory, which a device reads and writes by itself.
struct CudaTransferMemory {
  /// Throws std::bad_alloc, CudaError.
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    cuda::check(cudaMallocHost(&memory, bytes == 0 ? 1 : bytes), "CudaTransferMemory");
    return memory;
  }
  static void deallocate(void* memory) noexcept { cudaFreeHost(memory); }
};

}  // namespace icolorit
