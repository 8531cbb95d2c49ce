// The transformer's feed-forward part: two linear layers with an exact GELU between them (Hendrycks, Gimpel 2016).
//   x (M,D) -> expand -> hidden (M,hidden) -> gelu -> contract -> y (M,D)
#pragma once

#include "icolorit/layers/linear.hpp"

namespace icolorit {

struct Mlp : LayerDefaults {
  struct Config {
    Index dim = 0;
    Index hidden = 0;
    Precision precision = Precision::full;  ///< of the prepared layers

    Linear::Config expand() const { return {dim, hidden, true, precision}; }
    Linear::Config contract() const { return {hidden, dim, true, precision}; }
  };

  template <class T>
  struct Params {
    Linear::Params<T> expand;    // published as fc1
    Linear::Params<T> contract;  // published as fc2
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    Linear::visit(config.expand(), params.expand, prefix + "fc1.", visitor);
    Linear::visit(config.contract(), params.contract, prefix + "fc2.", visitor);
  }

  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params)
        : config(layer),
          expand(context, layer.expand(), params.expand, Activation::gelu),
          contract(context, layer.contract(), params.contract) {}

    Config config;
    Linear::Prepared<B, T> expand, contract;
  };

  /// x (M,D) and, unless left out, what is added to the result: residual (M,D).
  template <class T>
  using Inputs = Linear::Inputs<T>;

  template <class B, class T>
  struct Scratch {
    TensorView<T, 2> hidden;  // (M,hidden), after the GELU
  };
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context&, const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.hidden)};
  }

  /// y (M,D) = residual (M,D) + contract(gelu(expand(x (M,D)))); the residual may be y. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs,
                      const Prepared<B, T>& prepared, const Scratch<B, T>& scratch) {
    Linear::forward<B, T>(context, scratch.hidden, {inputs.x}, prepared.expand);              // (M,hidden)
    Linear::forward<B, T>(context, y, {scratch.hidden, inputs.residual}, prepared.contract);  // (M,D)
  }

  /// What backward needs besides x; the GELU is computed again.
  template <class T>
  struct Saved {
    TensorView<T, 2> hidden;  // (M,hidden), before the GELU
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.hidden)};
  }

  template <class T>
  struct TrainingScratch {
    TensorView<T, 2> activated;  // (M,hidden), after the GELU
    TensorView<T, 2> dhidden;    // (M,hidden), backward only
  };
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.hidden), arena.take_rows<T>(M, config.hidden)};
  }

  /// The same in training, from the raw parameters. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    Linear::forward<B, T>(context, saved.hidden, {inputs.x}, config.expand(), params.expand);  // (M,hidden)
    activate<B, T>(context, scratch.activated, saved.hidden);                                  // (M,hidden)
    Linear::forward<B, T>(context, y, {scratch.activated, inputs.residual}, config.contract(), params.contract);
  }

  /// dx (M,D) = the input's gradient from dy (M,D); parameter gradients +=. dx may be dy. Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, const Inputs<T>& inputs, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    const auto& [activated, dhidden] = scratch;
    activate<B, T>(context, activated, saved.hidden);  // (M,hidden)
    Linear::backward<B, T>(context, dhidden, gradients.contract, dy, {activated}, config.contract(), params.contract);
    B::activate_backward(context, dhidden, saved.hidden, Activation::gelu);
    Linear::backward<B, T>(context, dx, gradients.expand, dhidden, {inputs.x}, config.expand(), params.expand);
  }

 private:
  // activated (M,hidden) = gelu(hidden (M,hidden)).
  template <class B, class T>
  static void activate(typename B::Context& context, TensorView<T, 2> activated, TensorView<const T, 2> hidden) {
    expect_shape("mlp", "activated", activated, hidden.extents());
    B::copy(context, activated, hidden);
    B::activate(context, activated, Activation::gelu);
  }
};

}  // namespace icolorit
