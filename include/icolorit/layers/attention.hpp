// Multi-head self-attention with relative position bias (Yun et al. 2023, sec. 3; Vaswani et al. 2017, sec. 3.2).
//   x (B*N,D) -> linear -> qkv (B*N,3D) -> dot-product attention -> mixed (B*N,D) -> projection -> y (B*N,out)
#pragma once

#include <string>
#include <utility>

#include "icolorit/layers/dot_product_attention.hpp"
#include "icolorit/layers/linear.hpp"
#include "icolorit/layers/relative_position_bias.hpp"

namespace icolorit {

struct Attention : LayerDefaults {
  struct Config {
    Index dim = 0;
    Index heads = 1;
    Index out = 0;  ///< width of the projection; the network's own dim in the blocks
    Grid grid;      ///< the tokens, and so the rows of the position table
    bool position_bias = true;
    bool qkv_bias = true;                   ///< q and v have a bias, k never has
    bool local = false;                     ///< each token attends to its 3x3 neighbourhood only
    Precision precision = Precision::full;  ///< of the prepared layer

    Index head_dim() const { return dim / heads; }
    Linear::Config qkv() const { return {dim, 3 * dim, qkv_bias, precision}; }
    DotProductAttention::Config product() const { return {dim, heads, grid, local, precision}; }
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
  /// position table head by head. `follows` is the activation of every result.
  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params,
             Activation follows = Activation::none)
        : config(layer),
          qkv(make_qkv<B, T>(context, layer, params)),
          projection(context, layer.projection(), params.projection, follows),
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

  /// x (B*N,D) and, unless left out, what is added to the result: residual (B*N,out).
  template <class T>
  using Inputs = Linear::Inputs<T>;

  template <class B, class T>
  struct Scratch {
    TensorView<T, 2> qkv;    // (B*N,3D)
    TensorView<T, 2> mixed;  // (B*N,D)
    DotProductAttention::Scratch<B, T> product;
  };
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context& context, const Config& config, Index M, Arena& arena) {
    return {arena.take<T, 2>({M, 3 * config.dim}), arena.take<T, 2>({M, config.dim}),
            DotProductAttention::take_scratch<B, T>(context, config.product(), arena)};
  }

  /// y (B*N,out) = activation(residual + projection(softmax(q k^T / sqrt(D/H) + bias) v)) of x (B*N,D), N the tokens of
  /// the prepared grid; the residual may be y. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs,
                      const Prepared<B, T>& prepared, const Scratch<B, T>& scratch) {
    const auto& [qkv, mixed, product] = scratch;
    validate(inputs.x, prepared.config);
    Linear::forward<B, T>(context, qkv, {inputs.x}, prepared.qkv);  // (B*N,3D)
    DotProductAttention::forward<B, T>(context, mixed, qkv, prepared.config.product(), prepared.table(), product);
    Linear::forward<B, T>(context, y, {mixed, inputs.residual}, prepared.projection);  // (B*N,out)
  }

  /// What backward needs besides x.
  template <class T>
  struct Saved {
    TensorView<T, 2> qkv;    // (B*N,3D)
    TensorView<T, 4> p;      // (B,H,N,N), the attention weights
    TensorView<T, 2> mixed;  // (B*N,D), the heads' results side by side
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    const Index N = config.grid.tokens();
    return {arena.take<T, 2>({M, 3 * config.dim}), arena.take<T, 4>({M / N, config.heads, N, N}),
            arena.take<T, 2>({M, config.dim})};
  }

  /// The bias of forward, with zeros for k, and the gradients of what is saved, that of p for one picture at a time.
  template <class T>
  struct TrainingScratch {
    TensorView<T, 1> bias;    // (3D), or (0) without a bias
    TensorView<T, 2> dqkv;    // (B*N,3D)
    TensorView<T, 3> dp;      // (H,N,N)
    TensorView<T, 2> dmixed;  // (B*N,D)
  };
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config& config, Index M, Arena& arena) {
    const Index N = config.grid.tokens();
    return {arena.take<T, 1>({config.qkv_bias ? 3 * config.dim : 0}), arena.take<T, 2>({M, 3 * config.dim}),
            arena.take<T, 3>({config.heads, N, N}), arena.take<T, 2>({M, config.dim})};
  }

  /// Training, from the raw parameters: y (B*N,out) = residual + the attention of x (B*N,D). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    const auto& [qkv, p, mixed] = saved;
    validate(inputs.x, config);
    const Linear::Params<const T> qkv_params{params.qkv_weight,
                                             joined_bias<B, T>(context, scratch.bias, config, params)};
    Linear::forward<B, T>(context, qkv, {inputs.x}, config.qkv(), qkv_params);  // (B*N,3D)
    DotProductAttention::forward<B, T>(context, mixed, qkv, config.product(), params.position_table, p);
    Linear::forward<B, T>(context, y, {mixed, inputs.residual}, config.projection(), params.projection);  // (B*N,out)
  }

  /// dx (B*N,D) = the input's gradient from dy (B*N,out); parameter gradients +=. dx may be dy. Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, const Inputs<T>& inputs, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    const Index D = config.dim;
    const auto& [bias, dqkv, dp, dmixed] = scratch;
    Linear::backward<B, T>(context, dmixed, gradients.projection, dy, {saved.mixed}, config.projection(),
                           params.projection);  // (B*N,D)
    DotProductAttention::backward<B, T>(context, dqkv, gradients.position_table, dmixed, saved.qkv, config.product(),
                                        saved.p, dp);  // (B*N,3D)
    if (config.qkv_bias) {
      B::sum_rows(context, gradients.q_bias, dqkv.narrowed(1, 0, D));
      B::sum_rows(context, gradients.v_bias, dqkv.narrowed(1, 2 * D, D));
    }
    Linear::backward<B, T>(context, dx, {gradients.qkv_weight, {}}, dqkv, {inputs.x}, config.qkv(),
                           {params.qkv_weight, {}});  // (B*N,D)
  }

 private:
  template <class T>
  static void validate(TensorView<const T, 2> x, const Config& config) {
    const Index N = config.grid.tokens();
    expect_shape("attention.forward", "x", x, {x.extent(0) / N * N, config.dim});
  }

  // The bias of q, k and v (3D), that of k 0; empty where the layer has none.
  template <class B, class T>
  static TensorView<const T, 1> joined_bias(typename B::Context& context, TensorView<T, 1> bias, const Config& config,
                                            const Params<const T>& params) {
    if (!config.qkv_bias) return {};
    const Index D = config.dim;
    B::fill(context, bias, T(0.f));
    B::copy(context, bias.narrowed(0, 0, D).as_batch(), params.q_bias.as_batch());
    B::copy(context, bias.narrowed(0, 2 * D, D).as_batch(), params.v_bias.as_batch());
    return bias;
  }

  template <class B, class T>
  static Linear::Prepared<B, T> make_qkv(typename B::Context& context, const Config& config,
                                         const Params<const T>& params) {
    using Sum = Accumulator<T>;
    const Index D = config.dim;
    const auto scale = static_cast<Sum>(config.product().scale<T>());
    Buffer<T> weight(3 * D * D), bias(3 * D);
    for (Index i = 0; i < 3 * D; ++i) {
      const Sum row_scale = i < D ? scale : Sum(1);
      for (Index j = 0; j < D; ++j) weight.data()[i * D + j] = T(Sum(params.qkv_weight(i, j)) * row_scale);
      bias.data()[i] = T(0.f);
      if (config.qkv_bias && i < D) bias.data()[i] = T(Sum(params.q_bias[i]) * scale);
      if (config.qkv_bias && i >= 2 * D) bias.data()[i] = params.v_bias[i - 2 * D];
    }
    return {context, config.qkv(), {std::as_const(weight).view(3 * D, D), std::as_const(bias).view()}};
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
