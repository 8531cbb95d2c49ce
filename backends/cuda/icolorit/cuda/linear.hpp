// Linear algebra of the CUDA backend: products by the context's library (cuBLAS) where it has one and the operands'
// form allows, by a plain kernel otherwise.
#pragma once

#include <type_traits>
#include <utility>

#include "icolorit/core/backend/linear.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/cuda/elementwise.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/operand.hpp"
#include "icolorit/cuda/kernel/partial_sums.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

/// One row of c (G*M,N) where neither axis of an operand is contiguous.
template <class T>
struct StridedProductRow {
  TensorView<T, 3> c;
  TensorView<const T, 3> a, b;
  Accumulator<T> alpha;
  bool accumulate;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index M = c.extent(1), g = row / M, m = row % M;
    T* to = c[g][m].data();
    const T *left = a[g][m].data(), *right = b[g].data();
    for_lanes(team, c.extent(2), [&](Index n) {
      Sum sum = 0;
      for (Index k = 0; k < a.extent(2); ++k)
        sum += as<Sum>(left[k * a.stride(2)]) * as<Sum>(right[k * b.stride(1) + n * b.stride(2)]);
      to[n] = as<T>(alpha * sum + (accumulate ? as<Sum>(to[n]) : Sum(0)));
    });
  }
};

/// y += bias in each row.
template <class T>
struct AddBiasRow {
  TensorView<T, 2> y;
  TensorView<const T, 1> bias;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    using Sum = Accumulator<T>;
    T* row = y[m].data();
    for_lanes(team, y.extent(1), [&](Index d) { row[d] = as<T>(as<Sum>(row[d]) + as<Sum>(bias.data()[d])); });
  }
};

/// partial (ceil(M / rows_per_sum), D): sums over so many rows of dy (M,D) each.
template <class T>
struct PartialColumnSums {
  Accumulator<T>* partial;
  TensorView<const T, 2> dy;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index part, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index D = dy.extent(1);
    const RowRange rows = summed_rows(part, dy.extent(0));
    for_lanes(team, D, [&](Index d) {
      Sum sum = 0;
      for (Index m = rows.first; m < rows.last; ++m) sum += as<Sum>(dy.data()[m * dy.stride(0) + d]);
      partial[part * D + d] = sum;
    });
  }
};

/// sums (D) += the columns of partial (parts,D).
template <class T>
struct AddPartialSums {
  TensorView<T, 1> sums;
  const Accumulator<T>* partial;
  Index parts;

  ICOLORIT_HOST_DEVICE void operator()(Index d) const {
    using Sum = Accumulator<T>;
    Sum sum = as<Sum>(sums.data()[d]);
    for (Index part = 0; part < parts; ++part) sum += partial[part * sums.extent(0) + d];
    sums.data()[d] = as<T>(sum);
  }
};

/// Contracts: core/backend/linear.hpp; Context: operations.hpp.
template <class Context>
struct LinearOperations {
  /// A weight (O,I) in the device's memory.
  template <class T>
  struct PackedWeight {
    Index rows, columns;
    Buffer<T, typename Context::Memory> values;
  };

  template <Element T>
  static void matmul(Context& context, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    using Sum = Accumulator<T>;
    if (c.elements() == 0) return;
    if constexpr (MultipliesByLibrary<Context>) {
      const auto a_form = Operand::of(a), b_form = Operand::of(b);
      if (a_form && b_form && a.extent(2) > 0)
        return context.multiply(Product<T>{.c = c,
                                           .source = c,
                                           .a = a.data(),
                                           .a_form = *a_form,
                                           .b = b.data(),
                                           .b_form = *b_form,
                                           .alpha = Sum(alpha),
                                           .beta = accumulate ? Sum(1) : Sum(0),
                                           .bias = nullptr});
    }
    context.for_each_row(c.extent(0) * c.extent(1), StridedProductRow<T>{c, a, b, Sum(alpha), accumulate});
  }

  template <Element T>
  static void add_bias(Context& context, TensorView<T, 2> y, Input<T, 1> bias) {
    context.for_each_row(y.extent(0), AddBiasRow<T>{y, bias});
  }

  template <Element T>
  static void sum_rows(Context& context, TensorView<T, 1> dbias, Input<T, 2> dy) {
    using Sum = Accumulator<T>;
    const Index parts = partial_sums(dy.extent(0));
    Sum* partial = context.template scratch<Sum>(parts * dy.extent(1));
    context.for_each_row(parts, PartialColumnSums<T>{partial, dy});
    context.for_each(dy.extent(1), AddPartialSums<T>{dbias, partial, parts});
  }

  template <Element T>
    requires MultipliesByLibrary<Context>
  static PackedWeight<T> pack(Context& context, TensorView<const T, 2> weight) {
    PackedWeight<T> packed{weight.extent(0), weight.extent(1), Buffer<T, typename Context::Memory>(weight.elements())};
    Buffer<T> contiguous(weight.elements());
    for (Index o = 0; o < weight.extent(0); ++o)
      for (Index i = 0; i < weight.extent(1); ++i) contiguous.data()[o * weight.extent(1) + i] = weight(o, i);
    context.upload(packed.values.data(), contiguous.data(), static_cast<std::size_t>(contiguous.size()) * sizeof(T));
    return packed;
  }

  template <Element T>
    requires MultipliesByLibrary<Context>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, const PackedWeight<T>& packed,
                     const Epilogue<T>& epilogue) {
    linear<T>(context, y, x, packed.values.view(packed.rows, packed.columns), epilogue);
  }

  template <Element T>
    requires MultipliesByLibrary<Context>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 2> weight,
                     const Epilogue<T>& epilogue) {
    using Sum = Accumulator<T>;
    const TensorView<T, 3> c = y.as_batch();
    const bool has_residual = !epilogue.residual.empty();
    const T* bias = epilogue.bias.empty() ? nullptr : epilogue.bias.data();
    constexpr bool adds_bias = !std::is_same_v<T, double>;  // the library does
    context.multiply(Product<T>{.c = c,
                                .source = has_residual ? epilogue.residual.as_batch() : TensorView<const T, 3>(c),
                                .a = x.data(),
                                .a_form = *Operand::of(x.as_batch()),
                                .b = weight.data(),
                                .b_form = *Operand::of(weight.transposed().as_batch()),
                                .alpha = Sum(1),
                                .beta = has_residual ? Sum(1) : Sum(0),
                                .bias = adds_bias ? bias : nullptr});
    if (!adds_bias && bias != nullptr) add_bias<T>(context, y, epilogue.bias);
    ElementwiseOperations<Context>::template activate<T>(context, y, epilogue.activation);
  }
};

}  // namespace icolorit::cuda
