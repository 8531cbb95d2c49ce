// Layer normalisation (Ba, Kiros, Hinton 2016) over the last axis: x (M,D) -> y (M,D).
#pragma once

#include <string>

#include "icolorit/core/transfer.hpp"
#include "icolorit/layers/layer.hpp"

namespace icolorit {

struct LayerNorm : LayerDefaults {
  struct Config {
    Index dim = 0;
    double eps = 1e-6;  // the published networks' value, not PyTorch's default of 1e-5
  };

  /// weight (D), bias (D).
  template <class T>
  struct Params {
    TensorView<T, 1> weight;
    TensorView<T, 1> bias;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    visitor(prefix + "weight", params.weight, std::array{config.dim}, Decay::no);
    visitor(prefix + "bias", params.bias, std::array{config.dim}, Decay::no);
  }

  // The affine part is not folded into the next linear layer: inside the normalisation it costs nothing that can be
  // measured, and folding would round the weights a second time.
  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params)
        : config(layer), weight(upload<B>(context, params.weight)), bias(upload<B>(context, params.bias)) {}

    Config config;
    Buffer<T, typename B::Memory> weight, bias;
  };

  /// y (M,D) = (x - mean) / sqrt(variance + eps) * weight + bias for each row of x (M,D); y may be x. Throws
  /// ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, const Nothing& = {}) {
    forward<B, T>(context, y, x, prepared.config, {prepared.weight.view(), prepared.bias.view()});
  }

  /// The statistics of each row that backward computes again: cheaper than keeping them for every layer.
  template <class T>
  struct TrainingScratch {
    TensorView<T, 2> statistics{};  // (M,2)
  };
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config&, Index M, Arena& arena) {
    return {arena.take<T, 2>({M, 2})};
  }

  /// The same in training, from the raw parameters.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, const Config& config,
                      const Params<const T>& params, const Nothing& = {}, const TrainingScratch<T>& = {}) {
    expect_shape("layer_norm.forward", "x", x, {x.extent(0), config.dim});
    expect_shape("layer_norm.forward", "y", y, x.extents());
    B::layer_norm(context, y, x, params.weight, params.bias, static_cast<Accumulator<T>>(config.eps));
  }

  /// dx (M,D) = the input's gradient from dy (M,D) and forward's x (M,D); weight and bias gradients +=. dx may be dy.
  /// Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, TensorView<const T, 2> x, const Config& config,
                       const Params<const T>& params, const Nothing&, const TrainingScratch<T>& scratch) {
    expect_shape("layer_norm.backward", "x", x, {x.extent(0), config.dim});
    expect_shape("layer_norm.backward", "dy", dy, x.extents());
    expect_shape("layer_norm.backward", "dx", dx, x.extents());
    expect_shape("layer_norm.backward", "statistics", scratch.statistics, {x.extent(0), 2});
    B::layer_norm_backward(context, dx, gradients.weight, gradients.bias, dy, x, params.weight,
                           static_cast<Accumulator<T>>(config.eps), scratch.statistics);
  }
};

}  // namespace icolorit
