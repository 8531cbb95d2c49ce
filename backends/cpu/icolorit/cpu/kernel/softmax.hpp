// The exponentials of a softmax.
#pragma once

#include <algorithm>

#include "icolorit/cpu/kernel/vector_math.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// row[0..N) = exp(row - max(row)); returns the sum. Softmax without its division.
template <class T>
T exponentiate(T* row, Index N) {
  const Index whole = N / lanes<T> * lanes<T>, rest = N - whole;
  const auto larger = [](Vector<T> a, Vector<T> b) { return a > b ? a : b; };
  Vector<T> largest = broadcast(row[0]);
  for (Index i = 0; i < whole; i += lanes<T>) largest = larger(load(row + i), largest);
  T top = reduce<T>(largest, larger);
  for (Index i = whole; i < N; ++i) top = std::max(top, row[i]);
  Vector<T> sum{};
  for (Index i = 0; i < whole; i += lanes<T>) {
    const Vector<T> e = exp(load(row + i) - top);
    store(row + i, e);
    sum += e;
  }
  T total = sum_of<T>(sum);
  if (rest > 0) {
    const Vector<T> e = exp(load_some(row + whole, rest) - top);
    store_some(row + whole, e, rest);
    for (Index i = 0; i < rest; ++i) total += e[i];
  }
  return total;
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
