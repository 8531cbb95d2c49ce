// Pre-norm transformer block: x += attention(norm1(x)); x += mlp(norm2(x)) (Dosovitskiy et al. 2021, eq. 2-3).
#pragma once

#include "icolorit/layers/attention.hpp"
#include "icolorit/layers/layer_norm.hpp"
#include "icolorit/layers/mlp.hpp"

namespace icolorit {

struct TransformerBlock {
  struct Config {
    Attention::Config attention;
    Mlp::Config mlp;

    LayerNorm::Config norm() const { return {attention.dim}; }
  };

  template <class T>
  struct Params {
    LayerNorm::Params<T> norm1;
    Attention::Params<T> attention;
    LayerNorm::Params<T> norm2;
    Mlp::Params<T> mlp;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    LayerNorm::visit(config.norm(), params.norm1, prefix + "norm1.", visitor);
    Attention::visit(config.attention, params.attention, prefix + "attn.", visitor);
    LayerNorm::visit(config.norm(), params.norm2, prefix + "norm2.", visitor);
    Mlp::visit(config.mlp, params.mlp, prefix + "mlp.", visitor);
  }

  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params)
        : norm1(context, layer.norm(), params.norm1),
          norm2(context, layer.norm(), params.norm2),
          attention(context, layer.attention, params.attention),
          mlp(context, layer.mlp, params.mlp) {}

    LayerNorm::Prepared<B, T> norm1, norm2;
    Attention::Prepared<B, T> attention;
    Mlp::Prepared<B, T> mlp;
  };

  template <class B, class T>
  static void plan(const typename B::Context& context, const Config& config, Index batch, Arena& arena) {
    Arena::Scope scope(arena);
    const Index M = batch * config.attention.grid.tokens();
    arena.take<T, 2>({M, config.attention.dim});
    Attention::plan<B, T>(context, config.attention, batch, arena);
    Mlp::plan<T>(config.mlp, M, arena);
  }

  /// x (B*N,D) in place. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> x, const Prepared<B, T>& prepared, Arena& arena) {
    Arena::Scope scope(arena);
    const auto normed = arena.take<T, 2>({x.extent(0), x.extent(1)});  // (B*N,D)
    LayerNorm::forward<B, T>(context, normed, x, prepared.norm1);
    Attention::forward<B, T>(context, x, normed, prepared.attention, Activation::none, x, arena);
    LayerNorm::forward<B, T>(context, normed, x, prepared.norm2);
    Mlp::forward<B, T>(context, x, normed, prepared.mlp, x, arena);
  }
};

}  // namespace icolorit
