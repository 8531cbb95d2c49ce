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

  /// What backward needs: the neighbourhoods (B*N,9D) and the weight reordered to (out,9D).
  template <class T>
  struct Saved {
    TensorView<T, 2> neighbourhoods;
    TensorView<T, 2> weight;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index batch, Arena& arena) {
    return {arena.take_rows<T>(batch * config.grid.tokens(), 9 * config.dim),
            arena.take<T, 2>({config.out, 9 * config.dim})};
  }

  /// Training, from the raw parameters and without the tanh: y (B*N,out) from x (B*N,D). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved) {
    expect_shape("conv_stabilizer.forward", "x", x, {x.extent(0), config.dim});
    B::transpose(context, by_tap(config, saved.weight), by_channel(config, params.weight), false);
    B::gather_neighbours(context, saved.neighbourhoods, x, config.grid);
    Linear::forward<B, T>(context, y, saved.neighbourhoods, Linear::Params<const T>{saved.weight, params.bias});
  }

  template <class T>
  static void plan_backward(const Config& config, Index batch, Arena& arena) {
    Arena::Scope scope(arena);
    arena.take_rows<T>(batch * config.grid.tokens(), 9 * config.dim);
    arena.take<T, 2>({config.out, 9 * config.dim});
  }

  /// dx (B*N,D) = the input's gradient from dy (B*N,out); parameter gradients +=.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, const Config& config, const Params<const T>& params,
                       const Saved<T>& saved, Arena& arena) {
    Arena::Scope scope(arena);
    const auto dneighbourhoods = arena.take_rows<T>(dx.extent(0), 9 * config.dim);
    // The gradient of the reordered weight starts from 0: what it adds to is ordered differently.
    const auto dweight = arena.take<T, 2>({config.out, 9 * config.dim});
    B::fill(context, dweight.flat(), T(0.f));
    Linear::backward<B, T>(context, dneighbourhoods, Linear::Params<T>{dweight, gradients.bias}, dy,
                           saved.neighbourhoods, Linear::Params<const T>{saved.weight, params.bias});
    B::transpose(context, by_channel(config, gradients.weight), by_tap(config, dweight), true);
    B::scatter_neighbours(context, dx, dneighbourhoods, config.grid);
  }

 private:
  // (out,D,3,3) as (out,D,9), and (out,9D) as (out,9,D).
  template <class T>
  static TensorView<T, 3> by_channel(const Config& config, TensorView<T, 4> weight) {
    return weight.template reshaped<3>({config.out, config.dim, 9});
  }
  template <class T>
  static TensorView<T, 3> by_tap(const Config& config, TensorView<T, 2> weight) {
    return weight.template reshaped<3>({config.out, 9, config.dim});
  }

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

  /// What backward needs: the head's own, of the configured kind, and the output (B*N,2P^2), from which tanh's slope
  /// follows.
  template <class T>
  struct Saved {
    ConvStabilizer::Saved<T> convolution;
    Attention::Saved<T> attention;
    TensorView<T, 2> y;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index batch, Arena& arena) {
    Saved<T> saved;
    if (config.kind == Stabilizer::convolution)
      saved.convolution = ConvStabilizer::take_saved<T>(config.convolution(), batch, arena);
    if (config.kind == Stabilizer::local_attention)
      saved.attention = Attention::take_saved<T>(config.attention(), batch, arena);
    saved.y = arena.take<T, 2>({batch * config.grid.tokens(), config.out});
    return saved;
  }

  /// Training, from the raw parameters: saved.y = tanh(head(x (B*N,D))). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<const T, 2> x, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved) {
    switch (config.kind) {
      case Stabilizer::convolution:
        ConvStabilizer::forward<B, T>(context, saved.y, x, config.convolution(), params.convolution, saved.convolution);
        break;
      case Stabilizer::linear: Linear::forward<B, T>(context, saved.y, x, params.linear); break;
      case Stabilizer::local_attention:
        Attention::forward<B, T>(context, saved.y, x, config.attention(), params.attention, saved.attention);
        break;
    }
    B::activate(context, saved.y, Activation::tanh);
  }

  /// The scratch of one backward.
  template <class T>
  static void plan_backward(const Config& config, Index batch, Arena& arena) {
    if (config.kind == Stabilizer::convolution) ConvStabilizer::plan_backward<T>(config.convolution(), batch, arena);
    if (config.kind == Stabilizer::local_attention) Attention::plan_backward<T>(config.attention(), batch, arena);
  }

  /// dx (B*N,D) = the input's gradient; dy (B*N,2P^2), the gradient of saved.y, is overwritten on the way; parameter
  /// gradients +=.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<T, 2> dy, TensorView<const T, 2> x, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, Arena& arena) {
    B::activate_backward(context, dy, saved.y, Activation::tanh);
    switch (config.kind) {
      case Stabilizer::convolution:
        return ConvStabilizer::backward<B, T>(context, dx, gradients.convolution, dy, config.convolution(),
                                              params.convolution, saved.convolution, arena);
      case Stabilizer::linear: return Linear::backward<B, T>(context, dx, gradients.linear, dy, x, params.linear);
      case Stabilizer::local_attention:
        return Attention::backward<B, T>(context, dx, gradients.attention, dy, x, config.attention(), params.attention,
                                         saved.attention, arena);
    }
  }
};

}  // namespace icolorit
