// Linear algebra of the reference backend: one sum at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "icolorit/core/backend/linear.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/reference/context.hpp"
#include "icolorit/reference/elementwise.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/linear.hpp.
struct LinearOperations {
  template <Element T>
  static void matmul(const Context&, TensorView<T, 3> c, Input<T, 3> a, Input<T, 3> b, T alpha, bool accumulate) {
    using Sum = Accumulator<T>;
    for (Index g = 0; g < c.extent(0); ++g)
      for (Index m = 0; m < c.extent(1); ++m)
        for (Index n = 0; n < c.extent(2); ++n) {
          Sum sum = 0;
          for (Index k = 0; k < a.extent(2); ++k) sum += Sum(a(g, m, k)) * Sum(b(g, k, n));
          c(g, m, n) = T(Sum(alpha) * sum + (accumulate ? Sum(c(g, m, n)) : Sum(0)));
        }
  }

  template <Element T>
  static void add_bias(const Context&, TensorView<T, 2> y, Input<T, 1> bias) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) = T(Sum(y(m, d)) + Sum(bias[d]));
  }

  template <Element T>
  static void sum_rows(const Context&, TensorView<T, 1> dbias, Input<T, 2> dy) {
    using Sum = Accumulator<T>;
    for (Index d = 0; d < dy.extent(1); ++d) {
      Sum sum = Sum(dbias[d]);
      for (Index m = 0; m < dy.extent(0); ++m) sum += Sum(dy(m, d));
      dbias[d] = T(sum);
    }
  }

  /// A weight (O,I), each number in bfloat16.
  struct BFloat16Weight {
    Buffer<bf16> values;
  };

  template <Element T>
  static BFloat16Weight pack_bfloat16(const Context&, TensorView<const T, 2> weight) {
    const Index O = weight.extent(0), I = weight.extent(1);
    BFloat16Weight packed{Buffer<bf16>(O * I)};
    for (Index o = 0; o < O; ++o)
      for (Index i = 0; i < I; ++i) packed.values.data()[o * I + i] = bf16(static_cast<float>(weight(o, i)));
    return packed;
  }

  template <Element T>
  static void linear(const Context& context, TensorView<T, 2> y, Input<T, 2> x, const BFloat16Weight& weight,
                     const Epilogue<T>& epilogue) {
    using Sum = Accumulator<T>;
    for (Index m = 0; m < x.extent(0); ++m)
      for (Index o = 0; o < y.extent(1); ++o) {
        const bf16* row = weight.values.data() + o * x.extent(1);
        Sum sum = 0;
        for (Index i = 0; i < x.extent(1); ++i)
          sum += Sum(float{bf16(static_cast<float>(x(m, i)))}) * Sum(float{row[i]});
        if (!epilogue.residual.empty()) sum += Sum(epilogue.residual(m, o));
        if (!epilogue.bias.empty()) sum += Sum(epilogue.bias[o]);
        y(m, o) = T(sum);
      }
    ElementwiseOperations::activate(context, y, epilogue.activation);
  }

  /// A weight (O,I) as codes and each row's scale.
  struct QuantizedWeight {
    Buffer<std::int8_t> codes;
    Buffer<float> scales;
  };

  template <Element T>
  static QuantizedWeight quantize(const Context&, TensorView<const T, 2> weight) {
    const Index O = weight.extent(0), I = weight.extent(1);
    QuantizedWeight quantized{Buffer<std::int8_t>(O * I), Buffer<float>(O)};
    for (Index o = 0; o < O; ++o) {
      float largest = 0;
      for (Index i = 0; i < I; ++i) largest = std::max(largest, std::abs(static_cast<float>(weight(o, i))));
      const float scale = largest / 127;
      quantized.scales.data()[o] = scale;
      for (Index i = 0; i < I; ++i)
        quantized.codes.data()[o * I + i] =
            scale > 0 ? static_cast<std::int8_t>(std::lround(static_cast<float>(weight(o, i)) / scale)) : 0;
    }
    return quantized;
  }

  template <Element T>
  static void linear(const Context& context, TensorView<T, 2> y, Input<T, 2> x, const QuantizedWeight& weight,
                     const Epilogue<T>& epilogue) {
    using Sum = Accumulator<T>;
    const Index I = x.extent(1);
    for (Index m = 0; m < x.extent(0); ++m) {
      Sum low = Sum(x(m, 0)), high = low;
      for (Index i = 0; i < I; ++i) low = std::min(low, Sum(x(m, i))), high = std::max(high, Sum(x(m, i)));
      const Sum steps = high - low > Sum(1e-30) ? 255 / (high - low) : Sum(0);
      const auto code = [&](Index i) { return std::lrint((Sum(x(m, i)) - low) * steps); };
      for (Index o = 0; o < y.extent(1); ++o) {
        const std::int8_t* row = weight.codes.data() + o * I;
        Index products = 0, sum = 0;
        for (Index i = 0; i < I; ++i) products += code(i) * row[i], sum += row[i];
        Sum value = (Sum(products) * ((high - low) / 255) + Sum(sum) * low) * Sum(weight.scales.data()[o]);
        if (!epilogue.residual.empty()) value += Sum(epilogue.residual(m, o));
        if (!epilogue.bias.empty()) value += Sum(epilogue.bias[o]);
        y(m, o) = T(value);
      }
    }
    ElementwiseOperations::activate(context, y, epilogue.activation);
  }
};

}  // namespace icolorit::reference
