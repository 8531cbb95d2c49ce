// Products of numbers rounded to bfloat16, two neighbours along the inner dimension in each lane, summed in float: what
// AVX512-BF16 does in one instruction. Elsewhere both are widened again, which is no faster than float and only halves
// the memory.
#pragma once

#include <bit>
#include <cstdint>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"
#include "icolorit/cpu/kernel/simd.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

#if defined(__AVX512BF16__)
inline constexpr bool bfloat16_is_fast = true;
#else
inline constexpr bool bfloat16_is_fast = false;
#endif

/// Two bfloat16, the first in the low half.
using BFloat16Pair = std::int32_t;

/// What a matrix product of numbers T reads: T itself, or pairs, which stand for two steps of the inner dimension.
template <class A>
struct Operand {
  using Number = A;
  static constexpr Index numbers = 1;

  /// Element (k,o) of a matrix (K,O).
  static A at(TensorView<const A, 2> matrix, Index k, Index o) { return matrix(k, o); }
};
template <>
struct Operand<BFloat16Pair> {
  using Number = float;
  static constexpr Index numbers = 2;

  static BFloat16Pair pair(float first, float second) {
    const auto bits = [](float value) { return std::uint32_t{std::bit_cast<std::uint16_t>(bf16(value))}; };
    return static_cast<BFloat16Pair>(bits(first) | bits(second) << 16);
  }
  /// The rows 2k and 2k + 1 of column o; a row that the matrix lacks is 0.
  static BFloat16Pair at(TensorView<const float, 2> matrix, Index k, Index o) {
    return pair(matrix(2 * k, o), 2 * k + 1 < matrix.extent(0) ? matrix(2 * k + 1, o) : 0);
  }
};
/// Elements A that hold so many numbers.
template <class A>
constexpr Index operands_of(Index numbers) {
  return (numbers + Operand<A>::numbers - 1) / Operand<A>::numbers;
}

/// sum + a b.
template <class T>
ICOLORIT_ALWAYS_INLINE Vector<T> add_product(Vector<T> sum, T a, Vector<T> b) {
  return sum + a * b;
}
ICOLORIT_ALWAYS_INLINE Vector<float> add_product(Vector<float> sum, BFloat16Pair a, Vector<BFloat16Pair> b) {
#if defined(__AVX512BF16__)
  return reinterpret_cast<Vector<float>>(_mm512_dpbf16_ps(
      reinterpret_cast<__m512>(sum), reinterpret_cast<__m512bh>(_mm512_set1_epi32(a)), reinterpret_cast<__m512bh>(b)));
#else
  const auto upper = static_cast<BFloat16Pair>(0xffff0000u);
  const auto low = std::bit_cast<float>(static_cast<std::uint32_t>(a) << 16), high = std::bit_cast<float>(a & upper);
  sum += high * reinterpret_cast<Vector<float>>(b & upper);
  return sum + low * reinterpret_cast<Vector<float>>(b << 16);
#endif
}

/// The bits of each float rounded to bfloat16, nearest even, in the upper half; the lower is to be cut off.
ICOLORIT_ALWAYS_INLINE Vector<std::uint32_t> rounded_bits(Vector<float> v) {
  const auto bits = reinterpret_cast<Vector<std::uint32_t>>(v);
  return v == v ? bits + 0x7fffu + ((bits >> 16) & 1u) : bits | 0x400000u;  // NaN stays NaN
}

/// pairs[0 .. operands_of(count)) = the neighbours of a row; the last one may meet a 0.
inline void round_row(BFloat16Pair* pairs, const float* row, Index count) {
  using Halves [[gnu::vector_size(2 * lanes<float>)]] = std::uint16_t;
  const auto halves = [](Vector<float> v) { return __builtin_convertvector(rounded_bits(v) >> 16, Halves); };
  auto* to = reinterpret_cast<std::byte*>(pairs);
  Index i = 0;
  for (; i + lanes<float> <= count; i += lanes<float>) {
    const Halves rounded = halves(load(row + i));
    std::memcpy(to + 2 * i, &rounded, sizeof(rounded));
  }
  if (i < count) {
    const Halves rounded = halves(load_some(row + i, count - i));  // zeros behind the end
    std::memcpy(to + 2 * i, &rounded, static_cast<std::size_t>(4 * operands_of<BFloat16Pair>(count - i)));
  }
}

/// pairs[0..count) = (first[i], second[i]), where `second` may be missing.
inline void round_columns(BFloat16Pair* pairs, const float* first, const float* second, Index count) {
  for (Index j = 0; j < count; j += lanes<float>) {
    const Vector<std::uint32_t> low = rounded_bits(load_columns(first, j, count)) >> 16,
                                high = second ? rounded_bits(load_columns(second, j, count)) & 0xffff0000u
                                              : Vector<std::uint32_t>{};
    store_columns(pairs, j, count, reinterpret_cast<Vector<BFloat16Pair>>(low | high));
  }
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
