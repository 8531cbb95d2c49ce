// The 16-bit floats, every one of the 65536 patterns, against values computed from the formats' definitions.
#include "icolorit/core/dtype.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// IEEE 754, sec. 3.4: sign, `exponent_bits` biased exponent, `mantissa_bits` fraction; all 16 bits.
template <class T>
struct Format;
template <>
struct Format<f16> {
  static constexpr int exponent_bits = 5, mantissa_bits = 10;
};
template <>
struct Format<bf16> {
  static constexpr int exponent_bits = 8, mantissa_bits = 7;
};

template <class T>
T from_bits(std::uint32_t bits) {
  return std::bit_cast<T>(static_cast<std::uint16_t>(bits));
}

template <class T>
std::uint32_t bits_of(float value) {
  return std::bit_cast<std::uint16_t>(T(value));
}

/// What the pattern means, by the definition and not by the library.
template <class T>
double meaning(std::uint32_t bits) {
  constexpr int exponent_bits = Format<T>::exponent_bits, mantissa_bits = Format<T>::mantissa_bits;
  constexpr int bias = (1 << (exponent_bits - 1)) - 1, all_ones = (1 << exponent_bits) - 1;
  const int exponent = static_cast<int>(bits >> mantissa_bits) & all_ones;
  const int mantissa = static_cast<int>(bits) & ((1 << mantissa_bits) - 1);
  const double sign = (bits & 0x8000u) != 0 ? -1 : 1;
  if (exponent == all_ones)
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
}

/// The first pattern of [0, count) for which `holds` is false.
template <class Holds>
std::optional<std::uint32_t> first_failure(std::uint32_t count, Holds holds) {
  for (std::uint32_t bits = 0; bits < count; ++bits)
    if (!holds(bits)) return bits;
  return std::nullopt;
}

constexpr std::uint32_t patterns = 1u << 16;

}  // namespace

TEMPLATE_TEST_CASE("every 16-bit pattern means what its format says", "[core]", f16, bf16) {
  CHECK(first_failure(patterns, [](std::uint32_t bits) {
          const double expected = meaning<TestType>(bits);
          const double value = float(from_bits<TestType>(bits));
          return std::isnan(expected) ? std::isnan(value)
                                      : value == expected && std::signbit(value) == std::signbit(expected);
        }) == std::nullopt);
}

TEMPLATE_TEST_CASE("every 16-bit pattern survives a trip through float", "[core]", f16, bf16) {
  CHECK(first_failure(patterns, [](std::uint32_t bits) {
          const float value = from_bits<TestType>(bits);
          // A NaN stays one, and keeps no promise but that.
          return std::isnan(value) ? std::isnan(float(TestType(value))) : bits_of<TestType>(value) == bits;
        }) == std::nullopt);
}

TEMPLATE_TEST_CASE("rounding goes to the nearest, ties to the even one", "[core]", f16, bf16) {
  // Of two neighbours (the pattern and the next, whose value after the largest finite one is the power of two that the
  // format would have there) the midpoint has one bit more than they: a float holds it exactly.
  constexpr std::uint32_t infinity = ((1u << Format<TestType>::exponent_bits) - 1) << Format<TestType>::mantissa_bits;
  const auto value_of = [](std::uint32_t bits) {
    return bits < infinity ? meaning<TestType>(bits) : std::ldexp(1., 1 << (Format<TestType>::exponent_bits - 1));
  };
  const auto rounds_well = [&](std::uint32_t bits, float sign, std::uint32_t sign_bit) {
    const double low = value_of(bits), high = value_of(bits + 1), middle = (low + high) / 2;
    const auto midpoint = static_cast<float>(middle);
    const float below = std::nextafter(midpoint, 0.f);
    const float above = std::nextafter(midpoint, std::numeric_limits<float>::infinity());
    const std::uint32_t even = bits % 2 == 0 ? bits : bits + 1;
    return static_cast<double>(midpoint) == middle && bits_of<TestType>(sign * midpoint) == (sign_bit | even) &&
           bits_of<TestType>(sign * below) == (sign_bit | bits) &&
           bits_of<TestType>(sign * above) == (sign_bit | (bits + 1));
  };
  CHECK(first_failure(infinity, [&](std::uint32_t bits) { return rounds_well(bits, 1.f, 0u); }) == std::nullopt);
  CHECK(first_failure(infinity, [&](std::uint32_t bits) { return rounds_well(bits, -1.f, 0x8000u); }) == std::nullopt);
}

TEMPLATE_TEST_CASE("what is too large becomes infinite, what is too small zero, NaN stays NaN", "[core]", f16, bf16) {
  using Limits = std::numeric_limits<float>;
  CHECK(float(TestType(Limits::max())) == Limits::infinity());
  CHECK(float(TestType(-Limits::infinity())) == -Limits::infinity());
  CHECK(bits_of<TestType>(Limits::denorm_min()) == 0u);
  CHECK(bits_of<TestType>(-0.f) == 0x8000u);
  // Payloads in the low bits alone must not turn a NaN into an infinity.
  for (const std::uint32_t bits : {0x7f800001u, 0xff800001u, 0x7fc00000u, 0x7fffffffu, 0xffffffffu})
    CHECK(std::isnan(float(TestType(std::bit_cast<float>(bits)))));
}

TEST_CASE("conversions work in constant expressions", "[core]") {
  static_assert(float(f16(1.5f)) == 1.5f);
  static_assert(float(f16(65504.f)) == 65504.f);
  static_assert(float(bf16(-3.f)) == -3.f);
  static_assert(float(bf16()) == 0.f && float(f16()) == 0.f);
  static_assert(!std::is_convertible_v<float, f16> && !std::is_convertible_v<float, bf16>);
  SUCCEED();
}

TEST_CASE("element types, their accumulators and their tags", "[core]") {
  static_assert(Element<double> && Element<const float> && Element<bf16> && Element<f16>);
  static_assert(!Element<int> && !Element<long double>);
  static_assert(std::is_same_v<Accumulator<const double>, double>);
  static_assert(std::is_same_v<Accumulator<float>, float> && std::is_same_v<Accumulator<bf16>, float> &&
                std::is_same_v<Accumulator<const f16>, float>);
  static_assert(dtype_of<double> == DType::f64 && dtype_of<const float> == DType::f32);
  static_assert(dtype_of<f16> == DType::f16 && dtype_of<bf16> == DType::bf16);
  static_assert(size_of(dtype_of<double>) == sizeof(double) && size_of(dtype_of<float>) == sizeof(float));
  static_assert(size_of(dtype_of<f16>) == sizeof(f16) && size_of(dtype_of<bf16>) == sizeof(bf16));
  static_assert(size_of(DType::i64) == 8 && size_of(DType::i32) == 4 && size_of(DType::i16) == 2);
  static_assert(size_of(DType::i8) == 1 && size_of(DType::u8) == 1 && size_of(DType::boolean) == 1);
  static_assert(is_floating(DType::bf16) && !is_floating(DType::i64) && !is_floating(DType::boolean));
  CHECK(name_of(DType::bf16) == "bf16");
  CHECK(name_of(DType::boolean) == "bool");
  CHECK(name_of(DType::i64) == "i64");
}
