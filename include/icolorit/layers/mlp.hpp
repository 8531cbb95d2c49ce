// The transformer's feed-forward part: two linear layers with an exact GELU between them (Hendrycks, Gimpel 2016).
#pragma once

#include "icolorit/core/workspace.hpp"
#include "icolorit/layers/linear.hpp"

namespace icolorit {

struct Mlp {
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
          expand(context, layer.expand(), params.expand),
          contract(context, layer.contract(), params.contract) {}

    Config config;
    Linear::Prepared<B, T> expand, contract;
  };

  /// The scratch of one forward over M rows.
  template <class T>
  static void plan(const Config& config, Index M, Arena& arena) {
    Arena::Scope scope(arena);
    arena.take_rows<T>(M, config.hidden);
  }

  /// y (M,D) = residual (M,D) + contract(gelu(expand(x (M,D)))); residual may be y. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, TensorView<const T, 2> residual, Arena& arena) {
    Arena::Scope scope(arena);
    const auto hidden = arena.take_rows<T>(x.extent(0), prepared.config.hidden);  // (M,hidden)
    Linear::forward<B, T>(context, hidden, x, prepared.expand, Activation::gelu);
    Linear::forward<B, T>(context, y, hidden, prepared.contract, Activation::none, residual);
  }

  /// What backward needs besides x: the hidden values before the GELU (M,hidden). Their GELU is computed again.
  template <class T>
  struct Saved {
    TensorView<T, 2> hidden;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.hidden)};
  }

  /// Training: y (M,D) = residual (M,D) + contract(gelu(expand(x (M,D)))); residual may be empty. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Params<const T>& params, TensorView<const T, 2> residual, const Saved<T>& saved,
                      Arena& arena) {
    Arena::Scope scope(arena);
    Linear::forward<B, T>(context, saved.hidden, x, params.expand);
    Linear::forward<B, T>(context, y, activated<B, T>(context, saved, arena), params.contract, residual);
  }

  /// The scratch of one training forward or backward over M rows.
  template <class T>
  static void plan_backward(const Config& config, Index M, Arena& arena) {
    Arena::Scope scope(arena);
    for (int i = 0; i < 2; ++i) arena.take_rows<T>(M, config.hidden);
  }

  /// dx (M,D) = the input's gradient from dy (M,D); parameter gradients +=.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, TensorView<const T, 2> x, const Params<const T>& params,
                       const Saved<T>& saved, Arena& arena) {
    Arena::Scope scope(arena);
    const auto dhidden = arena.take_rows<T>(x.extent(0), saved.hidden.extent(1));  // (M,hidden)
    Linear::backward<B, T>(context, dhidden, gradients.contract, dy, activated<B, T>(context, saved, arena),
                           params.contract);
    B::activate_backward(context, dhidden, saved.hidden, Activation::gelu);
    Linear::backward<B, T>(context, dx, gradients.expand, dhidden, x, params.expand);
  }

 private:
  // gelu(hidden) (M,hidden) in the arena.
  template <class B, class T>
  static TensorView<T, 2> activated(typename B::Context& context, const Saved<T>& saved, Arena& arena) {
    const auto result = arena.take_rows<T>(saved.hidden.extent(0), saved.hidden.extent(1));
    B::repeat_rows(context, result, saved.hidden);
    B::activate(context, result, Activation::gelu);
    return result;
  }
};

}  // namespace icolorit
