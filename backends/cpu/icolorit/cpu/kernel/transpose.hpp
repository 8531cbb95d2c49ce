// Transposed copies in blocks of one vector by one vector: what packing of strided matrices and of attention's keys is.
#pragma once

#include <algorithm>
#include <functional>

#include "icolorit/cpu/kernel/simd.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// The elements of a and b in turn, beginning at place `First` of both.
template <Index First, class T, Index... I>
ICOLORIT_ALWAYS_INLINE Vector<T> interleaved(Vector<T> a, Vector<T> b, std::integer_sequence<Index, I...>) {
  return __builtin_shufflevector(a, b, (First + I / 2 + I % 2 * lanes<T>)...);
}

/// A square of vectors, mirrored at its diagonal: after log2(n) rounds of interleaving the upper with the lower half,
/// every element has moved to its place (Stone 1971, the perfect shuffle).
template <class T>
ICOLORIT_ALWAYS_INLINE void transpose_square(Vector<T> (&rows)[lanes<T>]) {
  constexpr Index n = lanes<T>;
  constexpr std::make_integer_sequence<Index, n> places{};
  for (Index round = 1; round < n; round *= 2) {
    Vector<T> next[n];
    unroll<n / 2>([&](auto i) {
      next[2 * i] = interleaved<0, T>(rows[i], rows[i + n / 2], places);
      next[2 * i + 1] = interleaved<n / 2, T>(rows[i], rows[i + n / 2], places);
    });
    unroll<n>([&](auto i) { rows[i] = next[i]; });
  }
}

/// to (R,C), row stride to_stride, = f of the transpose of from (C,R), row stride from_stride; f takes elements and
/// vectors of them.
template <class T, class F = std::identity>
void copy_transposed(T* ICOLORIT_RESTRICT to, Index to_stride, const T* ICOLORIT_RESTRICT from, Index from_stride,
                     Index R, Index C, F f = {}) {
  constexpr Index n = lanes<T>;
  const Index whole_rows = R / n * n, whole_columns = C / n * n;
  const auto one_by_one = [&](Index first_row, Index last_row, Index first_column, Index last_column) {
    for (Index r = first_row; r < last_row; ++r)
      for (Index c = first_column; c < last_column; ++c) to[r * to_stride + c] = f(from[c * from_stride + r]);
  };
  for (Index c = 0; c < whole_columns; c += n)
    for (Index r = 0; r < whole_rows; r += n) {
      Vector<T> square[n];
      unroll<n>([&](auto i) { square[i] = load(from + (c + i) * from_stride + r); });
      transpose_square<T>(square);
      unroll<n>([&](auto i) { store(to + (r + i) * to_stride + c, Vector<T>(f(square[i]))); });
    }
  one_by_one(0, whole_rows, whole_columns, C);
  one_by_one(whole_rows, R, 0, C);
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
