// The library's only macros.
#pragma once

#if __cplusplus < 202002L
#error "icolorit needs C++20: compile with -std=c++20, or link icolorit::icolorit in CMake, which asks for it."
#endif

#include <cassert>
#include <cstddef>

#define ICOLORIT_VERSION_MAJOR 0
#define ICOLORIT_VERSION_MINOR 1
#define ICOLORIT_VERSION_PATCH 0
#define ICOLORIT_VERSION "0.1.0"

/// Checks inside operations and views: debug builds only, because layers and the public API validated already.
#define ICOLORIT_ASSERT(condition) assert(condition)

/// Promises the optimiser that a pointer is the only way to its memory. Kernels only.
#define ICOLORIT_RESTRICT __restrict__

/// For the few micro-kernels whose register allocation depends on being inlined or unrolled.
#define ICOLORIT_ALWAYS_INLINE inline __attribute__((always_inline))

/// For functions that a GPU runs, too: what the CUDA backend's kernels call of a loss, say.
#ifdef __CUDACC__
#define ICOLORIT_HOST_DEVICE __host__ __device__
#else
#define ICOLORIT_HOST_DEVICE
#endif

/// The CPU backend's code, which chooses instructions by the including program's compiler flags, lives in an inline
/// namespace of this name: two translation units with different flags never share one of its symbols. Other headers do
/// not; a program that mixes flags must hide their symbols, as cmake/dispatch.cmake does.
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)
#define ICOLORIT_ISA avx512vnni
#elif defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define ICOLORIT_ISA avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define ICOLORIT_ISA avx2
#else
#define ICOLORIT_ISA portable
#endif

namespace icolorit {

/// Every extent, stride, count and position: signed, so that differences and reversed loops are safe.
using Index = std::ptrdiff_t;

}  // namespace icolorit
