// Linear layer: x (M,in) -> y (M,out) = x W^T + b, with what follows it (residual, activation) folded into the same
// pass.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "icolorit/core/transfer.hpp"
#include "icolorit/layers/layer.hpp"

namespace icolorit {

struct Linear : LayerDefaults {
  struct Config {
    Index in = 0;
    Index out = 0;
    bool bias = true;
    Precision precision = Precision::full;  ///< of the prepared layer
  };

  /// weight (out,in), bias (out).
  template <class T>
  struct Params {
    TensorView<T, 2> weight;
    TensorView<T, 1> bias;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    visitor(prefix + "weight", params.weight, std::array{config.out, config.in}, Decay::yes);
    if (config.bias) visitor(prefix + "bias", params.bias, std::array{config.out}, Decay::no);
  }

  /// Weights for inference, in the backend's own layout where it has one, and the activation that follows.
  template <class B, class T>
  class Prepared;

  /// x (M,in) and, unless left out, what is added to the result: residual (M,out). Rows may be strided.
  template <class T>
  struct Inputs {
    TensorView<const T, 2> x;
    TensorView<const T, 2> residual{};
  };

  /// y (M,out) = activation(residual + x (M,in) W^T + bias), with the activation that was prepared. The residual may be
  /// y. The rows of y may be strided. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs,
                      const Prepared<B, T>& prepared, const Nothing& = {}) {
    const Config& config = prepared.config;
    validate(y, inputs, config);
    const TensorView<const T, 1> bias = config.bias ? prepared.bias.view() : TensorView<const T, 1>{};  // (out)
    const Epilogue<T> epilogue{bias, inputs.residual, prepared.activation};
    if constexpr (RoundsLinear<B, T>)
      if (prepared.rounded) return B::linear(context, y, inputs.x, *prepared.rounded, epilogue);
    if constexpr (QuantizesLinear<B, T>)
      if (prepared.quantized) return B::linear(context, y, inputs.x, *prepared.quantized, epilogue);
    if constexpr (FusesLinear<B, T>)
      B::linear(context, y, inputs.x, prepared.weight, epilogue);
    else
      compose<B, T>(context, y, inputs.x, prepared.weight.view(config.out, config.in), epilogue);
  }

  /// Training, from the raw parameters and without an activation: y (M,out) = residual + x (M,in) W^T + bias. The
  /// residual may be y. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs, const Config& config,
                      const Params<const T>& params, const Nothing& = {}, const Nothing& = {}) {
    validate(y, inputs, config);
    const Epilogue<T> epilogue{params.bias, inputs.residual, Activation::none};
    if constexpr (FusesRawLinear<B, T>)
      B::linear(context, y, inputs.x, params.weight, epilogue);
    else
      compose<B, T>(context, y, inputs.x, params.weight, epilogue);
  }

  /// dx (M,in) = dy (M,out) W, unless dx is left out; dW += dy^T x; dbias += the sum of dy's rows, where there is a
  /// bias. The residual's gradient is dy itself. Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, const Inputs<T>& inputs, const Config& config,
                       const Params<const T>& params, const Nothing& = {}, const Nothing& = {}) {
    const TensorView<const T, 2> x = inputs.x;
    expect_shape("linear.backward", "x", x, {x.extent(0), config.in});
    expect_shape("linear.backward", "dy", dy, {x.extent(0), config.out});
    if (!dx.empty()) expect_shape("linear.backward", "dx", dx, x.extents());
    B::matmul(context, gradients.weight.as_batch(), dy.transposed().as_batch(), x.as_batch(), T(1.f), true);
    if (!params.bias.empty()) B::sum_rows(context, gradients.bias, dy);
    if (!dx.empty()) B::matmul(context, dx.as_batch(), dy.as_batch(), params.weight.as_batch(), T(1.f), false);
  }

 private:
  template <class T>
  static void validate(TensorView<T, 2> y, const Inputs<T>& inputs, const Config& config) {
    const Index M = inputs.x.extent(0);
    expect_shape("linear.forward", "x", inputs.x, {M, config.in});
    expect_shape("linear.forward", "y", y, {M, config.out});
    if (!inputs.residual.empty()) expect_shape("linear.forward", "residual", inputs.residual, y.extents());
  }

  // For a backend without a fused product: each part of the epilogue is an operation of its own.
  template <class B, class T>
  static void compose(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      TensorView<const T, 2> weight, const Epilogue<T>& epilogue) {
    const bool adds = !epilogue.residual.empty();
    if (adds && epilogue.residual.data() != y.data()) B::copy(context, y, epilogue.residual);
    B::matmul(context, y.as_batch(), x.as_batch(), weight.transposed().as_batch(), T(1.f), adds);
    if (!epilogue.bias.empty()) B::add_bias(context, y, epilogue.bias);
    if (epilogue.activation != Activation::none) B::activate(context, y, epilogue.activation);
  }

  template <class B, class T>
  struct WeightStorage {
    using type = Buffer<T, typename B::Memory>;
    static type make(typename B::Context& context, TensorView<const T, 2> weight) { return upload<B>(context, weight); }
  };
  template <class B, class T>
  struct RoundedStorage {
    using type = std::monostate;
  };
  template <class B, class T>
    requires RoundsLinear<B, T>
  struct RoundedStorage<B, T> {
    using type = typename B::BFloat16Weight;
  };
  template <class B, class T>
  struct CodeStorage {
    using type = std::monostate;
  };
  template <class B, class T>
    requires QuantizesLinear<B, T>
  struct CodeStorage<B, T> {
    using type = typename B::QuantizedWeight;
  };
  template <class B, class T>
    requires FusesLinear<B, T>
  struct WeightStorage<B, T> {
    using type = typename B::template PackedWeight<T>;
    static type make(typename B::Context& context, TensorView<const T, 2> weight) { return B::pack(context, weight); }
  };
};

template <class B, class T>
class Linear::Prepared {
 public:
  Prepared() = default;
  /// `follows` is applied to every result. Throws ArgumentError for a precision that the backend does not offer for
  /// this element type.
  Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params,
           Activation follows = Activation::none)
      : config(layer), activation(follows), bias(upload<B>(context, params.bias)) {
    switch (config.precision) {
      case Precision::full: weight = WeightStorage<B, T>::make(context, params.weight); return;
      case Precision::bf16:
        if constexpr (RoundsLinear<B, T>) {
          rounded = B::pack_bfloat16(context, params.weight);
          return;
        }
        break;
      case Precision::int8:
        if constexpr (QuantizesLinear<B, T>) {
          quantized = B::quantize(context, params.weight);
          return;
        }
        break;
    }
    throw ArgumentError(
        concat("linear: this backend has no ", name_of(config.precision), " product for this element type"));
  }

  Config config;

 private:
  friend struct Linear;
  Activation activation = Activation::none;
  typename WeightStorage<B, T>::type weight;                   // of full precision, else empty
  std::optional<typename RoundedStorage<B, T>::type> rounded;  // of bf16
  std::optional<typename CodeStorage<B, T>::type> quantized;   // of int8
  Buffer<T, typename B::Memory> bias;
};

}  // namespace icolorit
