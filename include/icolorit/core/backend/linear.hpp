// Linear algebra: matrix products, the bias of their rows, and fused or quantized linear layers.
//
//   operation            shapes                                            result  may alias     errors         cost
//   matmul               c (G,M,N); a (G,M,K), b (G,K,N): any strides      =, +=   none          none           2GMNK
//   add_bias             y (M,D), bias (D)                                 +=      none          none           MD
//   sum_rows             dbias (D), dy (M,D)                               +=      none          none           MD
//   pack                 weight (O,I), any strides -> PackedWeight         -       -             std::bad_alloc OI
//   linear (packed, raw) y (M,O), x (M,I), weight (O,I) or PackedWeight    =       y = residual  none           2MOI
//   pack_bfloat16        weight (O,I), any strides -> BFloat16Weight       -       -             std::bad_alloc OI
//   linear (bfloat16)    y (M,O), x (M,I), BFloat16Weight                  =       y = residual  none           2MOI
//   quantize             weight (O,I), any strides -> QuantizedWeight      -       -             ArgumentError  OI
//   linear (quantized)   y (M,O), x (M,I), QuantizedWeight                 =       y = residual  none           2MOI
//
// matmul: c = alpha a b, or, with `accumulate`, c += alpha a b; a transposed operand is a view with other strides, and
//   c's rows are contiguous.
// add_bias adds the bias to every row; sum_rows, its gradient, adds the sum of all rows to dbias.
// linear: y = activation(residual + x W^T + bias), see Epilogue.
// pack_bfloat16 rounds the weight, and linear then x, to bfloat16, nearest even; sums run in T.
// quantize rounds every row of the weight to codes -127..127 with a scale of its own, its largest magnitude / 127; it
//   refuses an I whose sums of products would not be exact. linear then rounds each row of x to codes 0..255 between
//   its smallest and its largest value (Jacob et al. 2018, eq. 3); products of codes are summed exactly.
#pragma once

#include <concepts>
#include <string_view>

#include "icolorit/core/backend/elementwise.hpp"
#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// Operands of prepared layers' matrix products: the element type, bfloat16, or 8-bit integers. Inference only.
enum class Precision { full, bf16, int8 };

/// For layers of a network in this precision that 8 bits would harm, because they meet the picture or normalized
/// exponentials: bf16 instead of int8 where the backend B says that it is fast in it (`B::bfloat16_is_fast`), else
/// full.
template <class B>
constexpr Precision finer_than_int8(Precision precision) {
  if (precision != Precision::int8) return precision;
  if constexpr (requires { requires B::bfloat16_is_fast; }) return Precision::bf16;
  return Precision::full;
}

constexpr std::string_view name_of(Precision precision) {
  return precision == Precision::full ? "full" : precision == Precision::bf16 ? "bf16" : "int8";
}

/// The precision for somebody who has no other reason to choose: int8 where the backend B says that it is much faster
/// in it (`B::int8_is_fast`), else full. Its pictures are almost the same, see benchmarks/RESULTS.md.
template <class B>
constexpr Precision suitable_precision() {
  if constexpr (requires { requires B::int8_is_fast; }) return Precision::int8;
  return Precision::full;
}

/// What a linear layer does to its product before storing it: y = activation(residual + x W^T + bias).
/// An empty view stands for zero. `residual` may be y itself.
template <class T>
struct Epilogue {
  TensorView<const T, 1> bias{};
  TensorView<const T, 2> residual{};
  Activation activation = Activation::none;
};

template <class B, class T>
concept ProvidesLinear =
    requires(typename B::Context& context, TensorView<T, 3> c, TensorView<const T, 3> a, TensorView<const T, 3> b,
             T alpha, bool accumulate, TensorView<T, 2> y, TensorView<const T, 1> bias) {
      { B::matmul(context, c, a, b, alpha, accumulate) } -> std::same_as<void>;
      { B::add_bias(context, y, bias) } -> std::same_as<void>;
    };

template <class B, class T>
concept ProvidesLinearGradient =
    requires(typename B::Context& context, TensorView<T, 1> dbias, TensorView<const T, 2> dy) {
      { B::sum_rows(context, dbias, dy) } -> std::same_as<void>;
    };

/// Optional: linear with a weight that was brought into the backend's own layout once, when a model was loaded. The
/// weight that pack reads lies in host memory.
template <class B, class T>
concept FusesLinear =
    requires(typename B::Context& context, TensorView<const T, 2> weight, TensorView<T, 2> y, TensorView<const T, 2> x,
             const typename B::template PackedWeight<T>& packed, const Epilogue<T>& epilogue) {
      { B::pack(context, weight) } -> std::same_as<typename B::template PackedWeight<T>>;
      { B::linear(context, y, x, packed, epilogue) } -> std::same_as<void>;
    };

/// Optional: linear with a weight as it stands, which changes between two calls, as in training.
template <class B, class T>
concept FusesRawLinear = requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                                  TensorView<const T, 2> weight, const Epilogue<T>& epilogue) {
  { B::linear(context, y, x, weight, epilogue) } -> std::same_as<void>;
};

/// Optional: Precision::bf16. The weight that pack_bfloat16 reads lies in host memory.
template <class B, class T>
concept RoundsLinear =
    requires(typename B::Context& context, TensorView<const T, 2> weight, TensorView<T, 2> y, TensorView<const T, 2> x,
             const typename B::BFloat16Weight& packed, const Epilogue<T>& epilogue) {
      { B::pack_bfloat16(context, weight) } -> std::same_as<typename B::BFloat16Weight>;
      { B::linear(context, y, x, packed, epilogue) } -> std::same_as<void>;
    };

/// Optional: Precision::int8. The weight that quantize reads lies in host memory.
template <class B, class T>
concept QuantizesLinear =
    requires(typename B::Context& context, TensorView<const T, 2> weight, TensorView<T, 2> y, TensorView<const T, 2> x,
             const typename B::QuantizedWeight& quantized, const Epilogue<T>& epilogue) {
      { B::quantize(context, weight) } -> std::same_as<typename B::QuantizedWeight>;
      { B::linear(context, y, x, quantized, epilogue) } -> std::same_as<void>;
    };

}  // namespace icolorit
