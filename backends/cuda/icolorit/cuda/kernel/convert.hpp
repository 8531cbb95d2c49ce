// Conversions between element types: on a GPU the 16-bit floats by one instruction each (PTX ISA, cvt), on a processor
// as core/dtype.hpp does it, with the same results but for the bits of a NaN. Kernels convert with nothing else.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include "icolorit/core/dtype.hpp"

namespace icolorit::cuda {

ICOLORIT_HOST_DEVICE inline float widened(f16 value) {
#ifdef __CUDA_ARCH__
  float result = 0;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(std::bit_cast<std::uint16_t>(value)));
  return result;
#else
  return value;
#endif
}

/// To the nearest bf16 or f16, ties to even.
template <class Half>
ICOLORIT_HOST_DEVICE Half rounded(float value) {
#ifdef __CUDA_ARCH__
  std::uint16_t bits = 0;
  if constexpr (std::is_same_v<Half, bf16>)
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  else
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return std::bit_cast<Half>(bits);
#else
  return Half(value);
#endif
}

/// `value` as a To: as<float>(x) of an element, as<T>(sum) of an accumulator.
template <class To, class From>
ICOLORIT_HOST_DEVICE To as(From value) {
  if constexpr (std::is_same_v<To, From>)
    return value;
  else if constexpr (std::is_same_v<From, f16>)
    return as<To>(widened(value));
  else if constexpr (std::is_same_v<To, bf16> || std::is_same_v<To, f16>)
    return rounded<To>(static_cast<float>(value));
  else
    return static_cast<To>(value);  // bf16 to float is a shift
}

}  // namespace icolorit::cuda
