// The library's only macros.
#pragma once

#if __cplusplus < 202002L
#error "icolorit needs C++20: compile with -std=c++20, or link icolorit::icolorit in CMake, which asks for it."
#endif

#ifndef __cpp_exceptions
#error "icolorit reports failures by exceptions: compile without -fno-exceptions, or use the C interface, icolorit.h."
#endif

#include <cassert>
#include <cstddef>

#define ICOLORIT_VERSION_MAJOR 0
#define ICOLORIT_VERSION_MINOR 1
#define ICOLORIT_VERSION_PATCH 0
#define ICOLORIT_VERSION "0.1.0"
/// One number to compare, e.g. `#if ICOLORIT_VERSION_NUMBER >= 200` for 0.2.0 or later.
#define ICOLORIT_VERSION_NUMBER (ICOLORIT_VERSION_MAJOR * 10000 + ICOLORIT_VERSION_MINOR * 100 + ICOLORIT_VERSION_PATCH)

/// Objects that were compiled with headers of two versions must not be linked into one program: they would share
/// functions that differ. Each object defines this symbol, whose value is the version; the linker accepts as many equal
/// ones as there are and refuses different ones. (An inline namespace for each version would do the same, but would
/// have to be opened in every header, and a reader would meet it in every message of the compiler.) The symbol stays
/// inside the program or shared library that the objects are linked into.
#if defined(__ELF__) && !defined(__CUDACC__)
#define ICOLORIT_TEXT_OF(x) #x
#define ICOLORIT_ASSEMBLY(number)                        \
  asm(".hidden icolorit_headers_of_two_versions_mixed\n" \
      ".globl icolorit_headers_of_two_versions_mixed\n"  \
      ".set icolorit_headers_of_two_versions_mixed, " ICOLORIT_TEXT_OF(number))
ICOLORIT_ASSEMBLY(ICOLORIT_VERSION_NUMBER);
#undef ICOLORIT_ASSEMBLY
#undef ICOLORIT_TEXT_OF
#endif

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
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__) && \
    defined(__AVX512BF16__)
#define ICOLORIT_ISA avx512bf16
#elif defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)
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
