// What a program was compiled with: for an "about" box, a log or a bug report.
#pragma once

#include <string_view>

#include "icolorit/core/config.hpp"

namespace icolorit {
inline namespace ICOLORIT_ISA {

struct Version {
  int number;                     ///< as ICOLORIT_VERSION_NUMBER
  std::string_view text;          ///< e.g. "0.1.0"
  std::string_view backends;      ///< those whose headers the program could include, e.g. "reference cpu"
  std::string_view instructions;  ///< what the CPU backend uses: portable, avx2, avx512, avx512vnni or avx512bf16
};

/// Of the headers and flags that the calling file was compiled with.
constexpr Version version() {
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__) && \
    defined(__AVX512BF16__)
  constexpr std::string_view instructions = "avx512bf16";
#elif defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)
  constexpr std::string_view instructions = "avx512vnni";
#elif defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
  constexpr std::string_view instructions = "avx512";
#elif defined(__AVX2__) && defined(__FMA__)
  constexpr std::string_view instructions = "avx2";
#else
  constexpr std::string_view instructions = "portable";
#endif
#if __has_include("icolorit/cpu/backend.hpp") && __has_include("icolorit/cuda/backend.cuh")
  constexpr std::string_view backends = "reference cpu cuda";
#elif __has_include("icolorit/cpu/backend.hpp")
  constexpr std::string_view backends = "reference cpu";
#else
  constexpr std::string_view backends = "";
#endif
  return {ICOLORIT_VERSION_NUMBER, ICOLORIT_VERSION, backends, instructions};
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit
