// The terms of a matrix product by a library: row-major operands with a unit stride in either axis, batches, bias and
// residual.
#pragma once

#include <algorithm>
#include <compare>
#include <optional>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit::cuda {

/// One operand of cuBLAS, which counts columns first: so it is the transpose of ours, or ours where its own rows are
/// the contiguous axis.
struct Operand {
  bool transposed = false;  // our columns are contiguous: cuBLAS must transpose
  Index rows = 0, columns = 0, leading = 0, batch_stride = 0;

  /// Nothing where neither axis is contiguous.
  template <class T>
  static std::optional<Operand> of(const TensorView<T, 3>& x) {
    const Index R = x.extent(1), C = x.extent(2);
    if (x.stride(2) == 1 || C == 1) return Operand{false, C, R, std::max(x.stride(1), C), x.stride(0)};
    if (x.stride(1) == 1 || R == 1) return Operand{true, R, C, std::max(x.stride(2), R), x.stride(0)};
    return std::nullopt;
  }

  friend auto operator<=>(const Operand&, const Operand&) = default;
};

/// c = alpha a b + beta source + bias, all (G,M,N) as in the contract of matmul; c's rows are contiguous, source has
/// c's shape and may be c; bias (N) or null.
template <class T>
struct Product {
  TensorView<T, 3> c;
  TensorView<const T, 3> source;
  const T* a;
  Operand a_form;
  const T* b;
  Operand b_form;
  Accumulator<T> alpha, beta;
  const T* bias;
};

/// A context with multiply(product).
template <class Context>
concept MultipliesByLibrary = requires { typename Context::Products; };

}  // namespace icolorit::cuda
