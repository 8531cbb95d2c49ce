// Linear layer: y = x W^T + b, with what follows it (activation, residual) folded into the same pass.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/core/parameters.hpp"
#include "icolorit/core/transfer.hpp"

namespace icolorit {

struct Linear {
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

  /// Weights for inference, in the backend's own layout where it has one.
  template <class B, class T>
  class Prepared;

  /// y (M,out) = activation(residual + x (M,in) W^T + bias). `residual` (M,out) may be y or empty. The rows of x and y
  /// may be strided. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, Activation activation = Activation::none,
                      TensorView<const T, 2> residual = {}) {
    const Config& config = prepared.config;
    expect_shape("linear.forward", "x", x, {x.extent(0), config.in});
    expect_shape("linear.forward", "y", y, {x.extent(0), config.out});
    if (!residual.empty()) expect_shape("linear.forward", "residual", residual, y.extents());
    const TensorView<const T, 1> bias = config.bias ? prepared.bias.view() : TensorView<const T, 1>{};
    if constexpr (QuantizesLinear<B, T>)
      if (prepared.quantized)
        return B::linear(context, y, x, *prepared.quantized, Epilogue<T>{bias, residual, activation});
    if constexpr (FusesLinear<B, T>) {
      B::linear(context, y, x, prepared.weight, Epilogue<T>{bias, residual, activation});
    } else {
      if (!residual.empty() && residual.data() != y.data()) B::repeat_rows(context, y, residual);
      const TensorView<const T, 2> weight = prepared.weight.view(config.out, config.in);
      B::matmul(context, as_batch(y), as_batch(x), as_batch(weight.transposed()), T(1.f), !residual.empty());
      if (config.bias) B::add_bias(context, y, bias);
      if (activation != Activation::none) B::activate(context, y, activation);
    }
  }

  /// Training, from the raw parameters: y (M,out) = residual + x (M,in) W^T + bias; `residual` (M,out) may be y or
  /// empty. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Params<const T>& params, TensorView<const T, 2> residual = {}) {
    expect_shape("linear.forward", "x", x, {x.extent(0), params.weight.extent(1)});
    expect_shape("linear.forward", "y", y, {x.extent(0), params.weight.extent(0)});
    if (!residual.empty()) expect_shape("linear.forward", "residual", residual, y.extents());
    if constexpr (FusesRawLinear<B, T>) {
      B::linear(context, y, x, params.weight, Epilogue<T>{params.bias, residual, Activation::none});
    } else {
      if (!residual.empty() && residual.data() != y.data()) B::repeat_rows(context, y, residual);
      B::matmul(context, as_batch(y), as_batch(x), as_batch(params.weight.transposed()), T(1.f), !residual.empty());
      if (!params.bias.empty()) B::add_bias(context, y, params.bias);
    }
  }

  /// dx (M,in) = dy (M,out) W, unless dx is empty; dW += dy^T x; dbias += the sum of dy's rows.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, TensorView<const T, 2> x, const Params<const T>& params) {
    B::matmul(context, as_batch(gradients.weight), as_batch(dy.transposed()), as_batch(x), T(1.f), true);
    if (!params.bias.empty()) B::sum_rows(context, gradients.bias, dy);
    if (!dx.empty()) B::matmul(context, as_batch(dx), as_batch(dy), as_batch(params.weight), T(1.f), false);
  }

 private:
  template <class T>
  static TensorView<T, 3> as_batch(TensorView<T, 2> x) {
    return {x.data(), {1, x.extent(0), x.extent(1)}, {0, x.stride(0), x.stride(1)}};
  }

  template <class B, class T>
  struct WeightStorage {
    using type = Buffer<T, typename B::Memory>;
    static type make(typename B::Context& context, TensorView<const T, 2> weight) { return upload<B>(context, weight); }
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
  /// Throws ArgumentError for a precision that the backend does not offer for this element type.
  Prepared(typename B::Context& context, const Config& layer, TensorView<const T, 2> host_weight,
           TensorView<const T, 1> host_bias)
      : config(layer), bias(upload<B>(context, host_bias)) {
    if (config.precision == Precision::full)
      weight = WeightStorage<B, T>::make(context, host_weight);
    else if constexpr (QuantizesLinear<B, T>)
      quantized = B::quantize(context, host_weight);
    else
      throw ArgumentError("linear: this backend has no int8 product for this element type");
  }
  Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params)
      : Prepared(context, layer, params.weight, params.bias) {}

  Config config;

 private:
  friend struct Linear;
  typename WeightStorage<B, T>::type weight;  // of full precision, else empty
  std::optional<typename CodeStorage<B, T>::type> quantized;
  Buffer<T, typename B::Memory> bias;
};

}  // namespace icolorit
