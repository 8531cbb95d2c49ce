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

  /// What backward needs: the block's input, what each half reads and the value between the halves, all (B*N,D), and
  /// what the halves save.
  template <class T>
  struct Saved {
    TensorView<T, 2> x, normed1, middle, normed2;
    Attention::Saved<T> attention;
    Mlp::Saved<T> mlp;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index batch, Arena& arena) {
    const Index M = batch * config.attention.grid.tokens(), D = config.attention.dim;
    const auto rows = [&] { return arena.take<T, 2>({M, D}); };
    return {rows(),
            rows(),
            rows(),
            rows(),
            Attention::take_saved<T>(config.attention, batch, arena),
            Mlp::take_saved<T>(config.mlp, M, arena)};
  }

  /// Factors of the two residual branches for each picture of the batch, (B): 0 or 1/(1-rate) under drop path (Huang et
  /// al. 2016, stochastic depth). Empty views: nothing is dropped.
  template <class T>
  struct DropPath {
    TensorView<const T, 1> attention, mlp;
  };

  /// Training, from the raw parameters: y (B*N,D) from saved.x. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved, const DropPath<T>& drop, Arena& arena) {
    // A branch joins its residual in its last product, unless it is scaled before.
    const auto half = [&](TensorView<T, 2> sum, TensorView<const T, 2> residual, TensorView<const T, 1> factors,
                          auto&& branch) {
      branch(sum, factors.empty() ? residual : TensorView<const T, 2>{});
      if (factors.empty()) return;
      B::scale_rows(context, sum, factors);
      B::add(context, sum, residual);
    };
    LayerNorm::forward<B, T>(context, saved.normed1, saved.x, config.norm(), params.norm1);
    half(saved.middle, saved.x, drop.attention, [&](TensorView<T, 2> sum, TensorView<const T, 2> residual) {
      Attention::forward<B, T>(context, sum, saved.normed1, config.attention, params.attention, saved.attention,
                               residual);
    });
    LayerNorm::forward<B, T>(context, saved.normed2, saved.middle, config.norm(), params.norm2);
    half(y, saved.middle, drop.mlp, [&](TensorView<T, 2> sum, TensorView<const T, 2> residual) {
      Mlp::forward<B, T>(context, sum, saved.normed2, params.mlp, residual, saved.mlp, arena);
    });
  }

  /// The scratch of one training forward or backward.
  template <class T>
  static void plan_backward(const Config& config, Index batch, Arena& arena) {
    Arena::Scope scope(arena);
    const Index M = batch * config.attention.grid.tokens();
    arena.take<T, 2>({M, config.attention.dim});
    Mlp::plan_backward<T>(config.mlp, M, arena);
    Attention::plan_backward<T>(config.attention, batch, arena);
    LayerNorm::plan_backward<T>(M, arena);
  }

  /// dx (B*N,D), holding the gradient of y, becomes the gradient of saved.x; parameter gradients +=.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       const Config& config, const Params<const T>& params, const Saved<T>& saved,
                       const DropPath<T>& drop, Arena& arena) {
    Arena::Scope scope(arena);
    const auto branch = arena.take<T, 2>({dx.extent(0), dx.extent(1)});
    // The gradient reaches the branch's output scaled as the output was, and its input's gradient joins the residual's.
    const auto half = [&](TensorView<const T, 1> factors, auto&& layer, const LayerNorm::Params<T>& norm_gradients,
                          const LayerNorm::Params<const T>& norm, TensorView<const T, 2> input) {
      B::repeat_rows(context, branch, dx);
      if (!factors.empty()) B::scale_rows(context, branch, factors);
      layer(branch);
      LayerNorm::backward<B, T>(context, branch, norm_gradients, branch, input, config.norm(), norm, arena);
      B::add(context, dx, branch);
    };
    half(
        drop.mlp,
        [&](TensorView<T, 2> d) {
          Mlp::backward<B, T>(context, d, gradients.mlp, d, saved.normed2, params.mlp, saved.mlp, arena);
        },
        gradients.norm2, params.norm2, saved.middle);
    half(
        drop.attention,
        [&](TensorView<T, 2> d) {
          Attention::backward<B, T>(context, d, gradients.attention, d, saved.normed1, config.attention,
                                    params.attention, saved.attention, arena);
        },
        gradients.norm1, params.norm1, saved.x);
  }
};

}  // namespace icolorit
