// Vectors as wide as the including program's flags allow, by the compilers' vector extension: one source for AVX-512,
// AVX2 and anything else.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "icolorit/core/config.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

#if defined(__AVX512F__)
inline constexpr Index vector_bytes = 64;
inline constexpr Index vector_registers = 32;
#elif defined(__AVX__)
inline constexpr Index vector_bytes = 32;
inline constexpr Index vector_registers = 16;
#else
inline constexpr Index vector_bytes = 16;
inline constexpr Index vector_registers = 16;
#endif

/// Elements of T in one vector.
template <class T>
inline constexpr Index lanes = vector_bytes / static_cast<Index>(sizeof(T));

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(vector_bytes)));
};
/// lanes<T> elements with element-wise + - * / and comparisons.
template <class T>
using Vector = typename VectorOf<T>::type;

/// The signed integers as wide as T: the type of comparisons of Vector<T>.
template <class T>
using IntegerOf = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;

template <class T>
ICOLORIT_ALWAYS_INLINE Vector<T> load(const T* from) {
  Vector<T> value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

template <class T>
ICOLORIT_ALWAYS_INLINE void store(T* to, Vector<T> value) {
  std::memcpy(to, &value, sizeof(value));
}

// Without optimisation GCC warns of what a full vector would copy in the branches that it never enters.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstringop-overread"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#endif
/// The first `count` elements, fewer than lanes<T>; the rest are 0.
template <class T>
ICOLORIT_ALWAYS_INLINE Vector<T> load_some(const T* from, Index count) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
#endif
  Vector<T> value{};
  std::memcpy(&value, from, static_cast<std::size_t>(count) * sizeof(T));
  return value;
}

template <class T>
ICOLORIT_ALWAYS_INLINE void store_some(T* to, Vector<T> value, Index count) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), value);
#endif
  std::memcpy(to, &value, static_cast<std::size_t>(count) * sizeof(T));
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// The vector that begins at column j of a row with so many columns; columns that the row lacks are 0.
template <class T>
ICOLORIT_ALWAYS_INLINE Vector<T> load_columns(const T* row, Index j, Index columns) {
  if (j + lanes<T> <= columns) [[likely]]
    return load(row + j);
  return j < columns ? load_some(row + j, columns - j) : Vector<T>{};
}

template <class T>
ICOLORIT_ALWAYS_INLINE void store_columns(T* row, Index j, Index columns, Vector<T> value) {
  if (j + lanes<T> <= columns) [[likely]]
    store(row + j, value);
  else if (j < columns)
    store_some(row + j, value, columns - j);
}

template <class T>
ICOLORIT_ALWAYS_INLINE Vector<T> broadcast(T value) {
  return value - Vector<T>{};
}

/// The vector turned by `By` elements.
template <Index By, class T, Index... I>
ICOLORIT_ALWAYS_INLINE Vector<T> turned(Vector<T> value, std::integer_sequence<Index, I...>) {
  return __builtin_shufflevector(value, value, ((I + By) % lanes<T>)...);
}

/// f of all elements, for an f of vectors whose order does not matter: halves meet halves.
template <class T, Index By = lanes<T> / 2, class F>
ICOLORIT_ALWAYS_INLINE T reduce(Vector<T> value, F f) {
  if constexpr (By == 0)
    return value[0];
  else
    return reduce<T, By / 2>(f(value, turned<By, T>(value, std::make_integer_sequence<Index, lanes<T>>{})), f);
}

template <class T>
ICOLORIT_ALWAYS_INLINE T sum_of(Vector<T> value) {
  return reduce<T>(value, [](Vector<T> a, Vector<T> b) { return a + b; });
}

/// f(integral_constant 0), f(1), ... f(N-1), written out: what keeps accumulators in registers.
template <Index N, class F>
ICOLORIT_ALWAYS_INLINE void unroll(F&& f) {
  [&]<Index... I>(std::integer_sequence<Index, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<Index, I>{}), ...);
  }(std::make_integer_sequence<Index, N>{});
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
