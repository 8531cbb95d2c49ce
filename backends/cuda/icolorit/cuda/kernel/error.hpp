// What the CUDA libraries report, as exceptions.
#pragma once

#include <new>

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include "icolorit/core/error.hpp"

namespace icolorit {

/// CUDA or cuBLAS failed, or there is no device.
class CudaError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::device; }
};

namespace cuda {

/// Throws CudaError, and std::bad_alloc where memory ran out. CUDA's sticky error state is reset first.
inline void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();
  if (status == cudaErrorMemoryAllocation) throw std::bad_alloc();
  throw CudaError(concat(what, ": ", cudaGetErrorString(status)));
}

inline void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) throw CudaError(concat(what, ": ", cublasLtGetStatusString(status)));
}

}  // namespace cuda
}  // namespace icolorit
