// Multi-head self-attention with relative position bias (Yun et al. 2023, sec. 3; Vaswani et al. 2017, eq. 1).
#pragma once

#include <cmath>
#include <string>

#include "icolorit/core/workspace.hpp"
#include "icolorit/layers/linear.hpp"
#include "icolorit/layers/relative_position_bias.hpp"

namespace icolorit {

struct Attention {
  struct Config {
    Index dim = 0;
    Index heads = 1;
    Index out = 0;  ///< width of the projection; the network's own dim in the blocks
    Grid grid;      ///< the tokens, and so the rows of the position table
    bool position_bias = true;
    bool qkv_bias = true;                   ///< q and v have a bias, k never has
    bool local = false;                     ///< each token attends to its 3x3 neighbourhood only
    Precision precision = Precision::full;  ///< of the prepared linear layers; the rest runs in full

    Index head_dim() const { return dim / heads; }
    Linear::Config qkv() const { return {dim, 3 * dim, true, precision}; }
    Linear::Config projection() const { return {dim, out, true, precision}; }
  };

  /// q_bias, v_bias (D); position_table ((2R-1)(2C-1),H); qkv_weight (3D,D).
  template <class T>
  struct Params {
    TensorView<T, 1> q_bias, v_bias;
    TensorView<T, 2> position_table;
    TensorView<T, 2> qkv_weight;
    Linear::Params<T> projection;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    if (config.qkv_bias) {
      visitor(prefix + "q_bias", params.q_bias, std::array{config.dim}, Decay::no);
      visitor(prefix + "v_bias", params.v_bias, std::array{config.dim}, Decay::no);
    }
    if (config.position_bias)
      visitor(prefix + "rpb_table", params.position_table,
              std::array{RelativePositionBias::rows(config.grid), config.heads}, Decay::yes);
    visitor(prefix + "qkv.weight", params.qkv_weight, std::array{3 * config.dim, config.dim}, Decay::yes);
    Linear::visit(config.projection(), params.projection, prefix + "proj.", visitor);
  }

  /// Inference weights: 1/sqrt(D/H) multiplied into the rows and the bias of q, one 3D-long bias with zeros for k, the
  /// position table head by head.
  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params)
        : config(layer),
          qkv(make_qkv<B, T>(context, layer, params)),
          projection(context, layer.projection(), params.projection),
          position_table(make_table<B, T>(context, layer, params)) {}

    /// (H,(2R-1)(2C-1)), or empty.
    TensorView<const T, 2> table() const {
      if (!config.position_bias) return {};
      return position_table.view(config.heads, RelativePositionBias::rows(config.grid));
    }

    Config config;
    Linear::Prepared<B, T> qkv, projection;
    Buffer<T, typename B::Memory> position_table;
  };

  template <class B, class T>
  static void plan(const typename B::Context& context, const Config& config, Index batch, Arena& arena) {
    Arena::Scope scope(arena);
    take_scratch<B, T>(context, config, batch, arena);
  }

  /// y (B*N,out) = activation(residual + projection(softmax(q k^T / sqrt(D/H) + bias) v)) for x (B*N,D), N the tokens
  /// of the prepared grid; residual may be y or empty. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x,
                      const Prepared<B, T>& prepared, Activation activation, TensorView<const T, 2> residual,
                      Arena& arena) {
    const Config& config = prepared.config;
    const Index N = config.grid.tokens(), batch = x.extent(0) / N;
    expect_shape("attention.forward", "x", x, {batch * N, config.dim});

    Arena::Scope scope(arena);
    const auto scratch = take_scratch<B, T>(context, config, batch, arena);
    Linear::forward<B, T>(context, scratch.qkv, x, prepared.qkv);
    if (fuses<B, T>(config)) {
      if constexpr (FusesAttention<B, T>)
        B::attention(context, scratch.mixed, scratch.qkv, prepared.table(), config.grid, config.heads, scratch.fused);
    } else {
      for (Index b = 0; b < batch; ++b)
        attend<B, T>(context, scratch.mixed.narrowed(0, b * N, N), scratch.logits, scratch.qkv.narrowed(0, b * N, N),
                     prepared.table(), T(1.f), config);
    }
    Linear::forward<B, T>(context, y, scratch.mixed, prepared.projection, activation, residual);
  }

  /// What backward needs besides x: qkv (B*N,3D), the attention weights p (B,H,N,N), the heads' results side by side
  /// (B*N,D). The bias (3D), with zeros for k, is made anew by every forward.
  template <class T>
  struct Saved {
    TensorView<T, 1> bias;
    TensorView<T, 2> qkv;
    TensorView<T, 4> p;
    TensorView<T, 2> mixed;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index batch, Arena& arena) {
    const Index N = config.grid.tokens(), M = batch * N;
    return {arena.take<T, 1>({config.qkv_bias ? 3 * config.dim : 0}), arena.take<T, 2>({M, 3 * config.dim}),
            arena.take<T, 4>({batch, config.heads, N, N}), arena.take<T, 2>({M, config.dim})};
  }

  /// Training, from the raw parameters: y (B*N,out) = residual + the attention of x (B*N,D); residual may be empty.
  /// Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved, TensorView<const T, 2> residual = {}) {
    const Index D = config.dim;
    expect_shape("attention.forward", "x", x, {saved.qkv.extent(0), D});
    TensorView<const T, 1> bias;
    if (config.qkv_bias) {
      B::fill(context, saved.bias, T(0.f));
      const auto as_row = []<class E>(TensorView<E, 1> v) { return v.template reshaped<2>({1, v.extent(0)}); };
      B::repeat_rows(context, as_row(saved.bias.narrowed(0, 0, D)), as_row(params.q_bias));
      B::repeat_rows(context, as_row(saved.bias.narrowed(0, 2 * D, D)), as_row(params.v_bias));
      bias = saved.bias;
    }
    Linear::forward<B, T>(context, saved.qkv, x, Linear::Params<const T>{params.qkv_weight, bias});
    attend_all<B, T>(context, saved, params.position_table, config);
    Linear::forward<B, T>(context, y, saved.mixed, params.projection, residual);
  }

  /// The scratch of one backward over a batch of pictures.
  template <class T>
  static void plan_backward(const Config& config, Index batch, Arena& arena) {
    Arena::Scope scope(arena);
    take_gradients<T>(config, batch, arena);
  }

  /// dx (B*N,D) = the input's gradient from dy (B*N,out); parameter gradients +=.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, TensorView<const T, 2> x, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, Arena& arena) {
    Arena::Scope scope(arena);
    const Index D = config.dim;
    const auto [dmixed, dqkv, dp] = take_gradients<T>(config, saved.p.extent(0), arena);
    Linear::backward<B, T>(context, dmixed, gradients.projection, dy, saved.mixed, params.projection);
    attend_all_backward<B, T>(context, {dmixed, dqkv, dp}, gradients.position_table, saved, config);
    if (config.qkv_bias) {
      B::sum_rows(context, gradients.q_bias, dqkv.narrowed(1, 0, D));
      B::sum_rows(context, gradients.v_bias, dqkv.narrowed(1, 2 * D, D));
    }
    Linear::backward<B, T>(context, dx, Linear::Params<T>{gradients.qkv_weight, {}}, dqkv, x,
                           Linear::Params<const T>{params.qkv_weight, {}});
  }

 private:
  template <class T>
  struct Scratch {
    TensorView<T, 2> qkv;     // (B*N,3D)
    TensorView<T, 2> mixed;   // (B*N,D): the heads' results side by side
    TensorView<T, 3> logits;  // (H,N,N), composed path only
    TensorView<T, 1> fused;   // fused path only
  };

  // The gradients of what forward saved; of p for one picture at a time.
  template <class T>
  struct Gradients {
    TensorView<T, 2> dmixed;  // (B*N,D)
    TensorView<T, 2> dqkv;    // (B*N,3D)
    TensorView<T, 3> dp;      // (H,N,N)
  };
  template <class T>
  static Gradients<T> take_gradients(const Config& config, Index batch, Arena& arena) {
    const Index N = config.grid.tokens(), M = batch * N;
    return {arena.take<T, 2>({M, config.dim}), arena.take<T, 2>({M, 3 * config.dim}),
            arena.take<T, 3>({config.heads, N, N})};
  }

  template <class B, class T>
  static bool fuses(const Config& config) {
    if constexpr (FusesAttention<B, T>)
      return !config.local && B::template fuses_attention<T>(config.grid.tokens(), config.head_dim());
    else
      return false;
  }

  template <class B, class T>
  static Scratch<T> take_scratch(const typename B::Context& context, const Config& config, Index batch, Arena& arena) {
    const Index N = config.grid.tokens();
    Scratch<T> scratch{
        arena.take<T, 2>({batch * N, 3 * config.dim}), arena.take<T, 2>({batch * N, config.dim}), {}, {}};
    if constexpr (FusesAttention<B, T>)
      if (fuses<B, T>(config)) {
        scratch.fused = arena.take<T, 1>({B::template attention_scratch<T>(context, N, config.head_dim())});
        return scratch;
      }
    scratch.logits = arena.take<T, 3>({config.heads, N, N});
    return scratch;
  }

  // All pictures, in training: saved.mixed and saved.p from saved.qkv.
  template <class B, class T>
  static void attend_all(typename B::Context& context, const Saved<T>& saved, TensorView<const T, 2> table,
                         const Config& config) {
    if constexpr (FusesAttentionGradient<B, T>)
      if (fuses<B, T>(config))
        return B::attention_forward(context, saved.mixed, by_matrix(saved.p), saved.qkv, table, config.grid,
                                    config.heads, logit_scale<T>(config));
    const Index N = config.grid.tokens();
    for (Index b = 0; b < saved.p.extent(0); ++b)
      attend<B, T>(context, saved.mixed.narrowed(0, b * N, N), saved.p[b], saved.qkv.narrowed(0, b * N, N),
                   table.empty() ? table : table.transposed(), logit_scale<T>(config), config);
  }

  // Their gradient: dqkv = from dmixed; dtable += where there is one.
  template <class B, class T>
  static void attend_all_backward(typename B::Context& context, const Gradients<T>& gradients, TensorView<T, 2> dtable,
                                  const Saved<T>& saved, const Config& config) {
    const auto& [dmixed, dqkv, dp] = gradients;
    if constexpr (FusesAttentionGradient<B, T>)
      if (fuses<B, T>(config))
        return B::attention_backward(context, dqkv, dtable, dmixed, saved.qkv, by_matrix(saved.p), config.grid,
                                     config.heads, logit_scale<T>(config));
    const Index N = config.grid.tokens();
    for (Index b = 0; b < saved.p.extent(0); ++b)
      attend_backward<B, T>(context, dqkv.narrowed(0, b * N, N), dtable, dp, dmixed.narrowed(0, b * N, N),
                            saved.qkv.narrowed(0, b * N, N), saved.p[b], logit_scale<T>(config), config);
  }

  // One picture, composed of required operations: mixed (N,D) from qkv (N,3D); p (H,N,N) becomes the attention weights.
  // table (H,(2R-1)(2C-1)) of any strides, or empty; `scale` multiplies q k^T.
  template <class B, class T>
  static void attend(typename B::Context& context, TensorView<T, 2> mixed, TensorView<T, 3> p, Input<T, 2> qkv,
                     Input<T, 2> table, T scale, const Config& config) {
    const Index D = config.dim;
    const auto q = by_head(qkv.narrowed(1, 0, D), config);      // (H,N,D/H)
    const auto k = by_head(qkv.narrowed(1, D, D), config);      // (H,N,D/H)
    const auto v = by_head(qkv.narrowed(1, 2 * D, D), config);  // (H,N,D/H)
    B::matmul(context, p, q, k.transposed(), scale, false);
    if (config.local) B::mask_distant(context, p, config.grid);
    if (!table.empty()) B::add_position_bias(context, p, table.transposed(), config.grid);
    B::softmax(context, p.rows());
    B::matmul(context, by_head(mixed, config), p, v, T(1.f), false);
  }

  // Its gradient: dqkv (N,3D) = from dmixed (N,D); dtable += where there is one. dp (H,N,N) is scratch.
  template <class B, class T>
  static void attend_backward(typename B::Context& context, TensorView<T, 2> dqkv, TensorView<T, 2> dtable,
                              TensorView<T, 3> dp, Input<T, 2> dmixed, Input<T, 2> qkv, Input<T, 3> p, T scale,
                              const Config& config) {
    const Index D = config.dim;
    const auto q = by_head(qkv.narrowed(1, 0, D), config);
    const auto k = by_head(qkv.narrowed(1, D, D), config);
    const auto v = by_head(qkv.narrowed(1, 2 * D, D), config);
    const auto dout = by_head(dmixed, config);  // (H,N,D/H)
    B::matmul(context, by_head(dqkv.narrowed(1, 2 * D, D), config), p.transposed(), dout, T(1.f), false);
    B::matmul(context, dp, dout, v.transposed(), T(1.f), false);
    B::softmax_backward(context, dp.rows(), p.rows());
    if (!dtable.empty()) B::position_bias_backward(context, dtable, dp, config.grid);
    B::matmul(context, by_head(dqkv.narrowed(1, 0, D), config), dp, k, scale, false);
    B::matmul(context, by_head(dqkv.narrowed(1, D, D), config), dp.transposed(), q, scale, false);
  }

  template <class T>
  static T logit_scale(const Config& config) {
    using Sum = Accumulator<T>;
    return T(1 / std::sqrt(static_cast<Sum>(config.head_dim())));
  }

  // (B,H,N,N) as (B*H,N,N).
  template <class T>
  static TensorView<T, 3> by_matrix(TensorView<T, 4> p) {
    return p.template reshaped<3>({p.extent(0) * p.extent(1), p.extent(2), p.extent(3)});
  }

  // (N,D) as (H,N,D/H) without moving anything.
  template <class T>
  static TensorView<T, 3> by_head(TensorView<T, 2> x, const Config& config) {
    return {x.data(), {config.heads, x.extent(0), config.head_dim()}, {config.head_dim(), x.stride(0), 1}};
  }

  template <class B, class T>
  static Linear::Prepared<B, T> make_qkv(typename B::Context& context, const Config& config,
                                         const Params<const T>& params) {
    using Sum = Accumulator<T>;
    const Index D = config.dim;
    const auto scale = static_cast<Sum>(logit_scale<T>(config));
    Buffer<T> weight(3 * D * D), bias(3 * D);
    for (Index i = 0; i < 3 * D; ++i) {
      const Sum row_scale = i < D ? scale : Sum(1);
      for (Index j = 0; j < D; ++j) weight.data()[i * D + j] = T(Sum(params.qkv_weight(i, j)) * row_scale);
      bias.data()[i] = T(0.f);
      if (config.qkv_bias && i < D) bias.data()[i] = T(Sum(params.q_bias[i]) * scale);
      if (config.qkv_bias && i >= 2 * D) bias.data()[i] = params.v_bias[i - 2 * D];
    }
    return {context, config.qkv(), std::as_const(weight).view(3 * D, D), std::as_const(bias).view()};
  }

  template <class B, class T>
  static Buffer<T, typename B::Memory> make_table(typename B::Context& context, const Config& config,
                                                  const Params<const T>& params) {
    if (!config.position_bias) return {};
    const Index rows = RelativePositionBias::rows(config.grid);
    Buffer<T> by_head(config.heads * rows);
    for (Index head = 0; head < config.heads; ++head)
      for (Index row = 0; row < rows; ++row)
        by_head.view(config.heads, rows)(head, row) = params.position_table(row, head);
    return upload<B>(context, by_head);
  }
};

}  // namespace icolorit
