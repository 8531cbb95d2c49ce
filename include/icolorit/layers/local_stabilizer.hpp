// The local stabilizing layer (Yun et al. 2023, sec. 3.3), the network's head: tokens (B*N,D) -> ab (B*N,2P^2) in
// (-1,1), looking at neighbouring tokens so that patches meet without seams. Three published kinds.
#pragma once

#include <variant>

#include "icolorit/layers/attention.hpp"

namespace icolorit {

enum class Stabilizer { convolution, linear, local_attention };

/// 3x3 convolution with reflected border over the token grid; `cnn` in the published code and models.
struct ConvStabilizer {
  struct Config {
    Index dim = 0;
    Index out = 0;
    Grid grid;

    Linear::Config projection() const { return {9 * dim, out}; }
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

  /// The convolution as a linear layer over gathered neighbourhoods: weights reordered to (out,3,3,D).
  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params)
        : config(layer), projection(make_projection<B, T>(context, layer, params)) {}

    Config config;
    Linear::Prepared<B, T> projection;
  };

  template <class B, class T>
  static void plan(const typename B::Context&, const Config& config, Index batch, Arena& arena) {
    Arena::Scope scope(arena);
    arena.take_rows<T>(batch * config.grid.tokens(), config.projection().in);
  }

  /// y (B*N,out) = tanh(conv(x (B*N,D))). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, Arena& arena) {
    const Index N = prepared.config.grid.tokens();
    expect_shape("conv_stabilizer.forward", "x", x, {x.extent(0) / N * N, prepared.config.dim});
    Arena::Scope scope(arena);
    const auto neighbourhoods = arena.take_rows<T>(x.extent(0), prepared.config.projection().in);  // (B*N,9D)
    B::gather_neighbours(context, neighbourhoods, x, prepared.config.grid);
    Linear::forward<B, T>(context, y, neighbourhoods, prepared.projection, Activation::tanh);
  }

 private:
  template <class B, class T>
  static Linear::Prepared<B, T> make_projection(typename B::Context& context, const Config& config,
                                                const Params<const T>& params) {
    Buffer<T> weight(config.out * 9 * config.dim);
    const auto reordered = weight.view(config.out, 9, config.dim);
    for (Index o = 0; o < config.out; ++o)
      for (Index tap = 0; tap < 9; ++tap)
        for (Index d = 0; d < config.dim; ++d) reordered(o, tap, d) = params.weight(o, d, tap / 3, tap % 3);
    return {context, config.projection(),
            TensorView<const T, 2>(reordered.template reshaped<2>({config.out, 9 * config.dim})), params.bias};
  }
};

/// The head of a network: one of the three kinds, chosen by the configuration.
struct LocalStabilizer {
  struct Config {
    Stabilizer kind = Stabilizer::convolution;
    Index dim = 0;
    Index out = 0;  ///< 2P^2
    Grid grid;

    static constexpr Index attention_heads = 8;  // fixed in the published code, whatever the network's own heads

    ConvStabilizer::Config convolution() const { return {dim, out, grid}; }
    Linear::Config linear() const { return {dim, out}; }
    Attention::Config attention() const {
      return {dim, attention_heads, out, grid, /*position_bias=*/false, /*qkv_bias=*/false, /*local=*/true};
    }
  };

  /// Only the member of the configured kind is used.
  template <class T>
  struct Params {
    ConvStabilizer::Params<T> convolution;
    Linear::Params<T> linear;
    Attention::Params<T> attention;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    switch (config.kind) {
      case Stabilizer::convolution:
        return ConvStabilizer::visit(config.convolution(), params.convolution, prefix, visitor);
      case Stabilizer::linear: return Linear::visit(config.linear(), params.linear, prefix, visitor);
      case Stabilizer::local_attention: return Attention::visit(config.attention(), params.attention, prefix, visitor);
    }
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
      switch (config.kind) {
        case Stabilizer::convolution:
          return ConvStabilizer::Prepared<B, T>(context, config.convolution(), params.convolution);
        case Stabilizer::linear: return Linear::Prepared<B, T>(context, config.linear(), params.linear);
        case Stabilizer::local_attention: break;
      }
      return Attention::Prepared<B, T>(context, config.attention(), params.attention);
    }

    Head head_;
  };

  template <class B, class T>
  static void plan(const typename B::Context& context, const Config& config, Index batch, Arena& arena) {
    if (config.kind == Stabilizer::convolution) ConvStabilizer::plan<B, T>(context, config.convolution(), batch, arena);
    if (config.kind == Stabilizer::local_attention) Attention::plan<B, T>(context, config.attention(), batch, arena);
  }

  /// y (B*N,2P^2) = tanh(head(x (B*N,D))). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, Arena& arena) {
    const auto run = [&]<class Head>(const Head& head) {
      if constexpr (std::is_same_v<Head, ConvStabilizer::Prepared<B, T>>)
        ConvStabilizer::forward<B, T>(context, y, x, head, arena);
      else if constexpr (std::is_same_v<Head, Linear::Prepared<B, T>>)
        Linear::forward<B, T>(context, y, x, head, Activation::tanh);
      else
        Attention::forward<B, T>(context, y, x, head, Activation::tanh, {}, arena);
    };
    std::visit(run, prepared.head_);
  }
};

}  // namespace icolorit
