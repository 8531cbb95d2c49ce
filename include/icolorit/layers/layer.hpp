// What a layer is: a type without state whose static functions have one argument order,
//
//   context, outputs, inputs, parameters, saved, scratch
//
// and whose memory is taken by one function for each kind, which the plan and the run both call:
//
//   Config                   what is known before any memory is taken: extents and choices
//   Params<T>, visit         views of the parameters, the same struct for weights, gradients and moments, and the one
//                            list of their published names (core/parameters.hpp)
//   Prepared<B,T>            weights made ready for inference, together with their Config
//   Inputs<T>                what forward reads besides the parameters; the first is x. `{x}` leaves out the optional
//   Output<T>                what forward writes
//   InputGradient<T>         what backward writes: the gradient of x
//   Scratch<B,T>             take_scratch:          what inference writes on its way
//   Saved<T>                 take_saved:            what a training forward leaves to its backward
//   TrainingScratch<T>       take_training_scratch: what a training forward or backward writes on its way
//
// A layer computes with operations of the backend only and writes to nothing but its outputs and these views, so it
// allocates nothing. Rule of every backward: parameter gradients accumulate (+=), the input's gradient overwrites (=).
#pragma once

#include <concepts>
#include <string>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/parameters.hpp"
#include "icolorit/core/workspace.hpp"

namespace icolorit {

/// Saved or scratch of a layer that needs none.
struct Nothing {};

/// Base of a layer: rows of tokens in and out, and no memory of its own. A layer that differs declares its own type of
/// the same name, and the function that takes it, which hide those of the base.
struct LayerDefaults {
  template <class T>
  using Inputs = TensorView<const T, 2>;  // (M,in)
  template <class T>
  using Output = TensorView<T, 2>;  // (M,out)
  template <class T>
  using InputGradient = TensorView<T, 2>;  // (M,in)

  template <class B, class T>
  using Scratch = Nothing;
  template <class T>
  using Saved = Nothing;
  template <class T>
  using TrainingScratch = Nothing;

  /// `M` counts the tokens of all pictures of the batch, here and in every layer.
  template <class B, class T, class Config>
  static Nothing take_scratch(const typename B::Context&, const Config&, Index /*M*/, Arena&) {
    return {};
  }
  template <class T, class Config>
  static Nothing take_saved(const Config&, Index /*M*/, Arena&) {
    return {};
  }
  template <class T, class Config>
  static Nothing take_training_scratch(const Config&, Index /*M*/, Arena&) {
    return {};
  }
};

/// What `visit` calls, as the concepts below see it.
struct AnyParameterVisitor {
  template <class View, class Extents>
  void operator()(const std::string& name, View& view, const Extents& extents, Decay decay) const;
};

/// A layer whose inference runs on backend B with elements T.
template <class L, class B, class T>
concept Layer =
    Backend<B, T> && requires(typename B::Context& context, const typename B::Context& constant_context,
                              const typename L::Config& config, typename L::template Params<T>& params,
                              const typename L::template Params<const T>& weights, AnyParameterVisitor visitor,
                              typename L::template Output<T> y, const typename L::template Inputs<T>& inputs,
                              const typename L::template Prepared<B, T>& prepared,
                              const typename L::template Scratch<B, T>& scratch, Index M, Arena& arena) {
      { L::visit(config, params, std::string(), visitor) } -> std::same_as<void>;
      { typename L::template Prepared<B, T>(context, config, weights) };
      {
        L::template take_scratch<B, T>(constant_context, config, M, arena)
      } -> std::same_as<typename L::template Scratch<B, T>>;
      { L::template forward<B, T>(context, y, inputs, prepared, scratch) } -> std::same_as<void>;
    };

/// A layer that also trains, from the raw parameters. `inputs` of backward are those of forward.
template <class L, class B, class T>
concept TrainableLayer =
    Layer<L, B, T> && TrainingBackend<B, T> &&
    requires(typename B::Context& context, const typename L::Config& config,
             const typename L::template Params<const T>& params, const typename L::template Params<T>& gradients,
             typename L::template Output<T> y, typename L::template Output<T> dy,
             typename L::template InputGradient<T> dx, const typename L::template Inputs<T>& inputs,
             const typename L::template Saved<T>& saved, const typename L::template TrainingScratch<T>& scratch,
             Index M, Arena& arena) {
      { L::template take_saved<T>(config, M, arena) } -> std::same_as<typename L::template Saved<T>>;
      {
        L::template take_training_scratch<T>(config, M, arena)
      } -> std::same_as<typename L::template TrainingScratch<T>>;
      { L::template forward<B, T>(context, y, inputs, config, params, saved, scratch) } -> std::same_as<void>;
      {
        L::template backward<B, T>(context, dx, gradients, dy, inputs, config, params, saved, scratch)
      } -> std::same_as<void>;
    };

}  // namespace icolorit
