// The test that every layer passes: its forwards against the reference backend, its gradients against central
// differences. In double, where both are sharp.
//
//   check_layer<B, Mlp>({.dim = 6, .hidden = 21}, {11, 6}, {11, 6});  // x and y (11,6)
#pragma once

#include <tuple>
#include <utility>

#include "icolorit/core/transfer.hpp"
#include "icolorit/layers/layer.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/gradient_check.hpp"

namespace icolorit::test {

/// How close gradients must come, as a relative error: docs/specification.md.
inline constexpr double gradient_tolerance = 1e-6;
/// Parameters and inputs are below 1 in magnitude and the layers of these tests at most 100 wide: no value is above
/// 1e3, and fewer than 1e3 roundings of 2^-53 lie between an input and an output.
inline constexpr double forward_tolerance = 1e-10;

/// Uniform in [-1/2, 1/2).
template <class Layer>
ParameterBuffer<Layer, double> random_parameters(const typename Layer::Config& config, std::uint64_t seed) {
  ParameterBuffer<Layer, double> parameters(config);
  Random random(seed);
  for (Index i = 0; i < parameters.flat().extent(0); ++i) parameters.flat()[i] = random.uniform() - .5;
  return parameters;
}

/// Numbers in a backend's memory.
template <class B, int Rank>
struct Uploaded {
  Uploaded(typename B::Context& context, const Numbers<Rank>& numbers)
      : extents(numbers.extents), buffer(upload<B>(context, numbers.view())) {}

  TensorView<double, Rank> view() { return {buffer.data(), extents}; }
  TensorView<const double, Rank> view() const { return {buffer.data(), extents}; }
  void set(typename B::Context& context, const Numbers<Rank>& numbers) {
    B::upload(context, buffer.view(), numbers.view().flat());
  }
  Numbers<Rank> get(typename B::Context& context) const {
    Numbers<Rank> numbers(extents);
    B::download(context, numbers.view().flat(), buffer.view());
    return numbers;
  }

  std::array<Index, Rank> extents;
  Buffer<double, typename B::Memory> buffer;
};

/// What a layer with one input reads.
template <class Layer>
struct OnlyX {
  template <class View>
  typename Layer::template Inputs<double> operator()(View x) const {
    return {x};
  }
};

/// A layer on backend B in double, with memory for one batch and exactly what its passes take. `inputs(x, more...)`
/// makes the layer's Inputs of x and of further tensors.
template <class B, class Layer, class MakeInputs, int... Ranks>
class LayerOn {
 public:
  static constexpr int x_rank = Layer::template InputGradient<double>::rank;
  static constexpr int y_rank = Layer::template Output<double>::rank;
  using X = Numbers<x_rank>;
  using Y = Numbers<y_rank>;
  using Parameters = ParameterBuffer<Layer, double>;

  /// Of y's first extent, the number of tokens.
  LayerOn(const typename Layer::Config& config, const X& x, const Y& y, MakeInputs inputs,
          const Numbers<Ranks>&... more)
      : config_(config),
        inputs_(inputs),
        context_(make_context<B>()),
        params_(config),
        gradients_(config),
        x_(context_, x),
        dx_(context_, x),
        y_(context_, y),
        dy_(context_, y),
        more_(Uploaded<B, Ranks>(context_, more)...),
        scratch_([&](Arena& arena) {
          return Layer::template take_scratch<B, double>(std::as_const(context_), config, y.extents[0], arena);
        }),
        pass_([&](Arena& arena) {
          return Pass{Layer::template take_saved<double>(config, y.extents[0], arena),
                      Layer::template take_training_scratch<double>(config, y.extents[0], arena)};
        }) {}

  Y infer(const Parameters& params, const X& x) {
    const typename Layer::template Prepared<B, double> prepared(context_, config_, params.views());
    x_.set(context_, x);
    Layer::template forward<B, double>(context_, y_.view(), inputs(), prepared, *scratch_);
    return y_.get(context_);
  }

  Y train(const Parameters& params, const X& x) {
    B::upload(context_, params_.flat(), params.flat());
    x_.set(context_, x);
    Layer::template forward<B, double>(context_, y_.view(), inputs(), config_, std::as_const(params_).views(),
                                       pass_->saved, pass_->scratch);
    return y_.get(context_);
  }

  /// The input's gradient after `train`; `gradients` +=.
  X backward(Parameters& gradients, const Y& dy) {
    B::upload(context_, gradients_.flat(), std::as_const(gradients).flat());
    dy_.set(context_, dy);
    Layer::template backward<B, double>(context_, dx_.view(), gradients_.views(), dy_.view(), inputs(), config_,
                                        std::as_const(params_).views(), pass_->saved, pass_->scratch);
    B::download(context_, gradients.flat(), std::as_const(gradients_).flat());
    return dx_.get(context_);
  }

 private:
  struct Pass {
    typename Layer::template Saved<double> saved;
    typename Layer::template TrainingScratch<double> scratch;
  };

  typename Layer::template Inputs<double> inputs() const {
    return std::apply([&](const auto&... more) { return inputs_(x_.view(), more.view()...); }, more_);
  }

  const typename Layer::Config config_;
  const MakeInputs inputs_;
  typename B::Context context_;
  ParameterBuffer<Layer, double, typename B::Memory> params_, gradients_;
  Uploaded<B, x_rank> x_, dx_;
  Uploaded<B, y_rank> y_, dy_;
  const std::tuple<Uploaded<B, Ranks>...> more_;
  const Allocated<typename Layer::template Scratch<B, double>, typename B::Memory> scratch_;
  const Allocated<Pass, typename B::Memory> pass_;
};

/// What a check of a layer runs: inference too, or training only, for inputs that inference does not take.
enum class Passes { all, training };

/// Forwards: those of inference and training on B against that of training on the reference backend. Backward: the loss
/// is the sum of y * c with fixed random c, so dy = c; gradients start from 1, so that a backward which overwrites
/// instead of adding is found out.
template <class B, class Layer, class MakeInputs = OnlyX<Layer>, int... Ranks>
void check_layer(const typename Layer::Config& config,
                 const std::array<Index, Layer::template InputGradient<double>::rank>& x_extents,
                 const std::array<Index, Layer::template Output<double>::rank>& y_extents, MakeInputs inputs = {},
                 Passes passes = Passes::all, const Numbers<Ranks>&... more) {
  static_assert(TrainableLayer<Layer, B, double> && TrainableLayer<Layer, ReferenceBackend, double>);
  using On = LayerOn<B, Layer, MakeInputs, Ranks...>;
  auto x = On::X::random(x_extents, 2);
  const auto c = On::Y::random(y_extents, 3);
  auto params = random_parameters<Layer>(config, 1);
  ParameterBuffer<Layer, double> gradients(config);
  std::fill_n(gradients.flat().data(), gradients.flat().extent(0), 1.);

  On layer(config, x, c, inputs, more...);
  const auto expected =
      LayerOn<ReferenceBackend, Layer, MakeInputs, Ranks...>(config, x, c, inputs, more...).train(params, x);
  CHECK(max_difference(layer.train(params, x), expected) <= forward_tolerance);
  if (passes == Passes::all) CHECK(max_difference(layer.infer(params, x), expected) <= forward_tolerance);

  const auto dx = layer.backward(gradients, c);
  for (Index i = 0; i < gradients.flat().extent(0); ++i) gradients.flat()[i] -= 1;
  const auto loss = [&] {
    const auto y = layer.train(params, x);
    double sum = 0;
    for (std::size_t i = 0; i < y.values.size(); ++i) sum += y.values[i] * c.values[i];
    return sum;
  };
  const WorstParameter worst = worst_parameter<Layer>(config, params, gradients, loss);
  INFO("worst parameter: " << worst.name << ", seed 1");
  CHECK(worst.error <= gradient_tolerance);
  CHECK(gradient_error(x.values, dx.values, loss) <= gradient_tolerance);
}

}  // namespace icolorit::test
