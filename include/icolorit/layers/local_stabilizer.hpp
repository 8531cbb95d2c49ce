// The local stabilizing layer (Yun et al. 2023, sec. 3.3), the network's head: tokens (B*N,D) -> ab (B*N,2P^2) in
// (-1,1), looking at neighbouring tokens so that patches meet without seams. Three published kinds, each a layer of its
// own, followed by tanh.
#pragma once

#include <variant>

#include "icolorit/layers/attention.hpp"
#include "icolorit/layers/conv_stabilizer.hpp"
#include "icolorit/layers/parts.hpp"

namespace icolorit {

enum class Stabilizer { convolution, linear, local_attention };

/// The head of a network: one of the three kinds, chosen by the configuration.
struct LocalStabilizer : LayerDefaults {
  struct Config {
    Stabilizer kind = Stabilizer::convolution;
    Index dim = 0;
    Index out = 0;  ///< 2P^2
    Grid grid;
    Precision precision = Precision::full;  ///< of the prepared layer

    static constexpr Index attention_heads = 8;  // fixed in the published code, whatever the network's own heads

    ConvStabilizer::Config convolution() const { return {dim, out, grid, precision}; }
    Linear::Config linear() const { return {dim, out, true, precision}; }
    Attention::Config attention() const {
      return {.dim = dim,
              .heads = attention_heads,
              .out = out,
              .grid = grid,
              .position_bias = false,
              .qkv_bias = false,
              .local = true,
              .precision = precision};
    }
  };

  /// What the three kinds have of one sort (layers/parts.hpp). Only the member of the configured kind is used.
  template <template <class> class Of>
  struct Kinds {
    Of<ConvStabilizer> convolution{};
    Of<Linear> linear{};
    Of<Attention> attention{};
  };

  template <class T>
  struct Params : Kinds<ParamsOf<T>::template type> {};

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    with_kind(
        config, [&]<class Kind>(const auto& kind, auto& own) { Kind::visit(kind, own, prefix, visitor); }, params);
  }

  template <class B, class T>
  class Prepared {
   public:
    Prepared(typename B::Context& context, const Config& config, const Params<const T>& params)
        : head_(make(context, config, params)) {}

   private:
    friend struct LocalStabilizer;
    using Head = std::variant<ConvStabilizer::Prepared<B, T>, Linear::Prepared<B, T>, Attention::Prepared<B, T>>;

    static Head make(typename B::Context& context, const Config& config, const Params<const T>& params) {
      constexpr auto tanh = Activation::tanh;
      switch (config.kind) {
        case Stabilizer::convolution:
          return ConvStabilizer::Prepared<B, T>(context, config.convolution(), params.convolution, tanh);
        case Stabilizer::linear: return Linear::Prepared<B, T>(context, config.linear(), params.linear, tanh);
        case Stabilizer::local_attention: break;
      }
      return Attention::Prepared<B, T>(context, config.attention(), params.attention, tanh);
    }

    Head head_;
  };

  template <class B, class T>
  struct Scratch : Kinds<ScratchOf<B, T>::template type> {};
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context& context, const Config& config, Index M, Arena& arena) {
    Scratch<B, T> scratch;
    with_kind(
        config,
        [&]<class Kind>(const auto& kind, auto& own) {
          own = Kind::template take_scratch<B, T>(context, kind, M, arena);
        },
        scratch);
    return scratch;
  }

  /// y (B*N,2P^2) = tanh(head(x (B*N,D))). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, const Scratch<B, T>& scratch) {
    const auto run = [&]<class Head>(const Head& head) {
      if constexpr (std::is_same_v<Head, ConvStabilizer::Prepared<B, T>>)
        ConvStabilizer::forward<B, T>(context, y, x, head, scratch.convolution);
      else if constexpr (std::is_same_v<Head, Linear::Prepared<B, T>>)
        Linear::forward<B, T>(context, y, {x}, head, scratch.linear);
      else
        Attention::forward<B, T>(context, y, {x}, head, scratch.attention);
    };
    std::visit(run, prepared.head_);
  }

  /// What backward needs: the kind's own, and the output, from which the slope of tanh follows.
  template <class T>
  struct Saved : Kinds<SavedOf<T>::template type> {
    TensorView<T, 2> y{};  // (B*N,2P^2)
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    Saved<T> saved;
    with_kind(
        config, [&]<class Kind>(const auto& kind, auto& own) { own = Kind::template take_saved<T>(kind, M, arena); },
        saved);
    saved.y = arena.take<T, 2>({M, config.out});
    return saved;
  }

  template <class T>
  struct TrainingScratch : Kinds<TrainingScratchOf<T>::template type> {};
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config& config, Index M, Arena& arena) {
    TrainingScratch<T> scratch;
    with_kind(
        config,
        [&]<class Kind>(const auto& kind, auto& own) { own = Kind::template take_training_scratch<T>(kind, M, arena); },
        scratch);
    return scratch;
  }

  /// The same in training, from the raw parameters. Where y is saved.y nothing is copied. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    expect_shape("local_stabilizer.forward", "y", y, saved.y.extents());
    with_kind(
        config,
        [&]<class Kind>(const auto& kind, const auto& own, const auto& kept, const auto& used) {
          Kind::template forward<B, T>(context, saved.y, {x}, kind, own, kept, used);  // (B*N,2P^2)
        },
        params, saved, scratch);
    B::activate(context, saved.y, Activation::tanh);
    if (y.data() != saved.y.data()) B::copy(context, y, saved.y);
  }

  /// dx (B*N,D) = the input's gradient from dy (B*N,2P^2), which is overwritten on the way; parameter gradients +=.
  /// Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<T, 2> dy, TensorView<const T, 2> x, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    expect_shape("local_stabilizer.backward", "dy", dy, saved.y.extents());
    B::activate_backward(context, dy, saved.y, Activation::tanh);
    with_kind(
        config,
        [&]<class Kind>(const auto& kind, const auto& to, const auto& own, const auto& kept, const auto& used) {
          Kind::template backward<B, T>(context, dx, to, dy, {x}, kind, own, kept, used);  // (B*N,D)
        },
        gradients, params, saved, scratch);
  }

 private:
  // f(configuration, its part of each of `all`) of the configured kind; F has a template parameter for the layer.
  template <class F, class... All>
  static void with_kind(const Config& config, F&& f, All&... all) {
    switch (config.kind) {
      case Stabilizer::convolution:
        return f.template operator()<ConvStabilizer>(config.convolution(), all.convolution...);
      case Stabilizer::linear: return f.template operator()<Linear>(config.linear(), all.linear...);
      case Stabilizer::local_attention: return f.template operator()<Attention>(config.attention(), all.attention...);
    }
  }
};

}  // namespace icolorit
