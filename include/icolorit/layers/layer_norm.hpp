// Layer normalisation (Ba, Kiros, Hinton 2016) over the last axis.
#pragma once

#include <string>

#include "icolorit/core/parameters.hpp"
#include "icolorit/core/transfer.hpp"
#include "icolorit/core/workspace.hpp"

namespace icolorit {

struct LayerNorm {
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
                      const Prepared<B, T>& prepared) {
    expect_shape("layer_norm.forward", "x", x, {x.extent(0), prepared.config.dim});
    expect_shape("layer_norm.forward", "y", y, x.extents());
    B::layer_norm(context, y, x, prepared.weight.view(), prepared.bias.view(),
                  static_cast<Accumulator<T>>(prepared.config.eps));
  }

  /// Training, from the raw parameters. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, const Config& config,
                      const Params<const T>& params) {
    expect_shape("layer_norm.forward", "x", x, {x.extent(0), config.dim});
    expect_shape("layer_norm.forward", "y", y, x.extents());
    B::layer_norm(context, y, x, params.weight, params.bias, static_cast<Accumulator<T>>(config.eps));
  }

  /// The scratch of one backward over M rows.
  template <class T>
  static void plan_backward(Index M, Arena& arena) {
    Arena::Scope scope(arena);
    arena.take<T, 2>({M, 2});
  }

  /// dx (M,D) = the input's gradient from dy (M,D) and the saved x (M,D); weight and bias gradients +=. dx may be dy.
  /// The statistics are computed again from x: cheaper than keeping them for every layer.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, TensorView<const T, 2> x, const Config& config,
                       const Params<const T>& params, Arena& arena) {
    Arena::Scope scope(arena);
    const auto statistics = arena.take<T, 2>({x.extent(0), 2});
    B::layer_norm_backward(context, dx, gradients.weight, gradients.bias, dy, x, params.weight,
                           static_cast<Accumulator<T>>(config.eps), statistics);
  }
};

}  // namespace icolorit
