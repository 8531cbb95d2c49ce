// The convolutional head (Yun et al. 2023, sec. 3.3), `cnn` in the published code and models: a 3x3 convolution with
// reflected border over the token grid, computed as a linear layer over gathered neighbourhoods.
//   x (B*N,D) -> neighbourhoods (B*N,9D) -> linear -> y (B*N,out)
#pragma once

#include <utility>

#include "icolorit/layers/convolution_weight.hpp"
#include "icolorit/layers/linear.hpp"

namespace icolorit {

struct ConvStabilizer : LayerDefaults {
  struct Config {
    Index dim = 0;
    Index out = 0;
    Grid grid;
    Precision precision = Precision::full;  ///< of the prepared layer

    Linear::Config projection() const { return {9 * dim, out, true, precision}; }
  };

  /// weight (out,D,3,3), bias (out).
  template <class T>
  struct Params {
    TensorView<T, 4> weight;
    TensorView<T, 1> bias;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    visitor(prefix + "head.weight", params.weight, std::array<Index, 4>{config.out, config.dim, 3, 3}, Decay::yes);
    visitor(prefix + "head.bias", params.bias, std::array{config.out}, Decay::no);
  }

  /// The weight reordered once; `follows` is the activation of every result.
  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params,
             Activation follows = Activation::none)
        : config(layer), projection(make_projection<B, T>(context, layer, params, follows)) {}

    Config config;
    Linear::Prepared<B, T> projection;
  };

  template <class B, class T>
  struct Scratch {
    TensorView<T, 2> neighbourhoods;  // (B*N,9D)
  };
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context&, const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.projection().in)};
  }

  /// y (B*N,out) = activation(conv(x (B*N,D))). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, const Scratch<B, T>& scratch) {
    gather<B, T>(context, scratch.neighbourhoods, x, prepared.config);
    Linear::forward<B, T>(context, y, {scratch.neighbourhoods}, prepared.projection);  // (B*N,out)
  }

  /// What backward needs.
  template <class T>
  struct Saved {
    TensorView<T, 2> neighbourhoods;  // (B*N,9D)
    TensorView<T, 2> weight;          // (out,9D), reordered
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, 9 * config.dim), arena.take<T, 2>({config.out, 9 * config.dim})};
  }

  /// Their gradients.
  template <class T>
  struct TrainingScratch {
    TensorView<T, 2> dneighbourhoods;  // (B*N,9D)
    TensorView<T, 2> dweight;          // (out,9D)
  };
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, 9 * config.dim), arena.take<T, 2>({config.out, 9 * config.dim})};
  }

  /// Training, from the raw parameters and without an activation: y (B*N,out) from x (B*N,D). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>&) {
    const auto& [neighbourhoods, weight] = saved;
    gather<B, T>(context, neighbourhoods, x, config);
    B::transpose(context, taps_first(weight), taps_last(params.weight), false);
    Linear::forward<B, T>(context, y, {neighbourhoods}, config.projection(), {weight, params.bias});  // (B*N,out)
  }

  /// dx (B*N,D) = the input's gradient from dy (B*N,out); parameter gradients +=. Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, TensorView<const T, 2> x, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    expect_shape("conv_stabilizer.backward", "dx", dx, x.extents());
    const auto& [dneighbourhoods, dweight] = scratch;
    // The gradient of the reordered weight starts from 0: what it adds to is ordered differently.
    B::fill(context, dweight.flat(), T(0.f));
    Linear::backward<B, T>(context, dneighbourhoods, {dweight, gradients.bias}, dy, {saved.neighbourhoods},
                           config.projection(), {saved.weight, params.bias});
    B::transpose(context, taps_last(gradients.weight), taps_first<const T>(dweight), true);
    B::scatter_neighbours(context, dx, dneighbourhoods, config.grid);
  }

 private:
  // neighbourhoods (B*N,9D) of x (B*N,D).
  template <class B, class T>
  static void gather(typename B::Context& context, TensorView<T, 2> neighbourhoods, TensorView<const T, 2> x,
                     const Config& config) {
    const Index N = config.grid.tokens();
    expect_shape("conv_stabilizer.forward", "x", x, {x.extent(0) / N * N, config.dim});
    expect_shape("conv_stabilizer.forward", "neighbourhoods", neighbourhoods, {x.extent(0), 9 * config.dim});
    B::gather_neighbours(context, neighbourhoods, x, config.grid);
  }

  template <class B, class T>
  static Linear::Prepared<B, T> make_projection(typename B::Context& context, const Config& config,
                                                const Params<const T>& params, Activation follows) {
    const Buffer<T> weight = with_taps_first<T>(params.weight);
    return {context, config.projection(), {weight.view(config.out, 9 * config.dim), params.bias}, follows};
  }
};

}  // namespace icolorit
