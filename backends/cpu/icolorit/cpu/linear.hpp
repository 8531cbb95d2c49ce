// Linear algebra of the CPU backend: products of packed matrices, in the element type or in 8 bits.
#pragma once

#include <algorithm>
#include <concepts>

#include "icolorit/core/backend/linear.hpp"
#include "icolorit/cpu/context.hpp"
#include "icolorit/cpu/kernel/gemm.hpp"
#include "icolorit/cpu/kernel/matmul.hpp"
#include "icolorit/cpu/kernel/quantized.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend/linear.hpp.
struct LinearOperations {
  template <class T>
  using PackedWeight = PackedMatrix<T>;
  using BFloat16Weight = PackedMatrix<BFloat16Pair>;
  using QuantizedWeight = QuantizedMatrix;

  template <std::floating_point T>
  static void matmul(Context& context, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    multiply(context.workers(), c, a, b, alpha, accumulate, [&](int thread) { return context.scratch(thread); });
  }

  template <std::floating_point T>
  static void add_bias(Context& context, TensorView<T, 2> y, Input<T, 1> bias) {
    parallel_for(context.workers(), y.extent(0), [&](Index m) {
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) += bias[d];
    });
  }

  template <std::floating_point T>
  static void sum_rows(Context& context, TensorView<T, 1> dbias, Input<T, 2> dy) {
    parallel_for_columns<T>(context.workers(), dy.extent(1), [&](Index first, Index last) {
      // Four rows at a time: the sums are read and written a quarter as often.
      const Index M = dy.extent(0);
      T* ICOLORIT_RESTRICT sums = dbias.data();
      for (Index m = 0; m < M; m += 4) {
        const T* rows[4];
        for (Index i = 0; i < 4; ++i) rows[i] = &dy(std::min(m + i, M - 1), 0);
        const Index count = std::min(Index{4}, M - m);
        if (count == 4)
          for (Index d = first; d < last; ++d) sums[d] += (rows[0][d] + rows[1][d]) + (rows[2][d] + rows[3][d]);
        else
          for (Index i = 0; i < count; ++i)
            for (Index d = first; d < last; ++d) sums[d] += rows[i][d];
      }
    });
  }

  template <std::floating_point T>
  static PackedWeight<T> pack(Context&, TensorView<const T, 2> weight) {
    return PackedWeight<T>(weight.transposed());
  }

  template <std::floating_point T>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, const PackedWeight<T>& packed,
                     const Epilogue<T>& epilogue) {
    multiply_packed(context.workers(), y, [&](int) { return RowsInPlace<T>{x}; }, packed, epilogue);
  }

  /// With AVX512-BF16, which multiplies two pairs at a time.
  static constexpr bool bfloat16_is_fast = cpu::bfloat16_is_fast;

  static BFloat16Weight pack_bfloat16(Context&, TensorView<const float, 2> weight) {
    return BFloat16Weight(weight.transposed());
  }

  static void linear(Context& context, TensorView<float, 2> y, Input<float, 2> x, const BFloat16Weight& packed,
                     const Epilogue<float>& epilogue) {
    const auto rows_of = [&](int thread) {
      return RoundedRows{x, reinterpret_cast<BFloat16Pair*>(context.scratch(thread))};
    };
    multiply_packed(context.workers(), y, rows_of, packed, epilogue);
  }

  template <std::floating_point T>
  static void linear(Context& context, TensorView<T, 2> y, Input<T, 2> x, Input<T, 2> weight,
                     const Epilogue<T>& epilogue) {
    multiply<T>(
        context.workers(), y.as_batch(), x.as_batch(), weight.transposed().as_batch(), T(1), false,
        [&](int thread) { return context.scratch(thread); }, epilogue);
  }

  /// With VNNI, which multiplies four codes at a time.
  static constexpr bool int8_is_fast = dot_group == 4;

  static QuantizedWeight quantize(Context&, TensorView<const float, 2> weight) {
    return QuantizedWeight(weight.transposed());
  }

  static void linear(Context& context, TensorView<float, 2> y, Input<float, 2> x, const QuantizedWeight& weight,
                     const Epilogue<float>& epilogue) {
    multiply_quantized(context.workers(), y, x, weight, epilogue, [&](int thread) { return context.scratch(thread); });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
