// Element types: the two 16-bit floats as storage with conversion to float, and the tags that files use.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <ostream>
#include <string_view>
#include <type_traits>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// bfloat16: the upper half of an IEEE binary32, rounded to nearest even.
class bf16 {
 public:
  constexpr bf16() = default;
  constexpr explicit bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    const std::uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
    bits_ = static_cast<std::uint16_t>((nan ? (bits | 0x400000u) : rounded) >> 16);
  }
  constexpr operator float() const { return std::bit_cast<float>(std::uint32_t{bits_} << 16); }

 private:
  std::uint16_t bits_ = 0;
};

/// IEEE 754 binary16, rounded to nearest even, with subnormals; beyond 65504 it becomes infinity.
class f16 {
 public:
  constexpr f16() = default;
  constexpr explicit f16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    bits_ = static_cast<std::uint16_t>(sign | encode(magnitude));
  }
  constexpr operator float() const {
    const std::uint32_t sign = std::uint32_t{bits_ & 0x8000u} << 16;
    const std::uint32_t exponent = (bits_ >> 10) & 0x1fu;
    const std::uint32_t mantissa = bits_ & 0x3ffu;
    if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24, exact in binary32
      const float value = static_cast<float>(mantissa) * 0x1p-24f;
      return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) | sign);
    }
    const std::uint32_t wide = exponent == 0x1fu ? 0xffu : exponent + 112u;
    return std::bit_cast<float>(sign | (wide << 23) | (mantissa << 13));
  }

 private:
  static constexpr std::uint16_t encode(std::uint32_t magnitude) {
    if (magnitude > 0x7f800000u) return 0x7e00u;   // NaN
    if (magnitude >= 0x477ff000u) return 0x7c00u;  // rounds to 2^16 or more: infinity
    if (magnitude < 0x33000001u) return 0u;        // at most half the smallest subnormal
    const std::uint32_t exponent = magnitude >> 23;
    const std::uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    const std::uint32_t shift = exponent < 113u ? 126u - exponent : 13u;  // subnormals lose one bit a step
    const std::uint32_t base = exponent < 113u ? 0u : (exponent - 113u) << 10;
    const std::uint32_t half = 1u << (shift - 1u);
    const std::uint32_t rounded = (mantissa + half - 1u + ((mantissa >> shift) & 1u)) >> shift;
    return static_cast<std::uint16_t>(base + rounded);  // a carry walks into the exponent, as it should
  }

  std::uint16_t bits_ = 0;
};

/// The types a tensor in a network may be made of.
template <class T>
concept Element = std::same_as<std::remove_const_t<T>, double> || std::same_as<std::remove_const_t<T>, float> ||
                  std::same_as<std::remove_const_t<T>, bf16> || std::same_as<std::remove_const_t<T>, f16>;

/// Sums, statistics and losses run in float; in double where the elements are double.
template <Element T>
using Accumulator = std::conditional_t<std::is_same_v<std::remove_const_t<T>, double>, double, float>;

/// Element types as weight files know them.
enum class DType : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

template <Element T>
inline constexpr DType dtype_of = std::is_same_v<std::remove_const_t<T>, double>  ? DType::f64
                                  : std::is_same_v<std::remove_const_t<T>, float> ? DType::f32
                                  : std::is_same_v<std::remove_const_t<T>, f16>   ? DType::f16
                                                                                  : DType::bf16;

/// Bytes of one element.
constexpr Index size_of(DType dtype) {
  switch (dtype) {
    case DType::f64:
    case DType::i64: return 8;
    case DType::f32:
    case DType::i32: return 4;
    case DType::f16:
    case DType::bf16:
    case DType::i16: return 2;
    case DType::i8:
    case DType::u8:
    case DType::boolean: return 1;
  }
  return 0;
}

constexpr bool is_floating(DType dtype) {
  return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

constexpr std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::f64: return "f64";
    case DType::f32: return "f32";
    case DType::f16: return "f16";
    case DType::bf16: return "bf16";
    case DType::i64: return "i64";
    case DType::i32: return "i32";
    case DType::i16: return "i16";
    case DType::i8: return "i8";
    case DType::u8: return "u8";
    case DType::boolean: return "bool";
  }
  return "?";
}

inline std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }

}  // namespace icolorit
