// The CUDA backend, for float, double, bf16 and f16 with sums in float (double for double): products by cuBLASLt, the
// rest by own kernels. Results do not change from run to run. To be compiled by nvcc with --expt-relaxed-constexpr.
#pragma once

#include "icolorit/core/backend.hpp"
#include "icolorit/cuda/context.cuh"
#include "icolorit/cuda/operations.hpp"

namespace icolorit {

/// Contracts: core/backend.hpp.
struct CudaBackend : cuda::Operations<cuda::Context> {};

}  // namespace icolorit
