// Scaled dot-product attention of every head (Vaswani et al. 2017, eq. 1), with a bias for each pair of positions: the
// part of attention between its linear layers. By the backend's fused operation where it offers one for these sizes,
// else composed of required operations, one picture after the other:
//   q, k, v (H,N,D/H) of qkv (N,3D) -> logits q k^T (H,N,N) -> p = softmax(logits + bias) (H,N,N) -> p v -> mixed (N,D)
#pragma once

#include <cmath>

#include "icolorit/layers/layer.hpp"

namespace icolorit {

struct DotProductAttention {
  struct Config {
    Index dim = 0;
    Index heads = 1;
    Grid grid;                              ///< the N tokens of a picture
    bool local = false;                     ///< each token attends to its 3x3 neighbourhood only
    Precision precision = Precision::full;  ///< in inference, see B::attention

    Index head_dim() const { return dim / heads; }
    /// Of the logits: 1/sqrt(D/H).
    template <class T>
    T scale() const {
      using Sum = Accumulator<T>;
      return T(1 / std::sqrt(static_cast<Sum>(head_dim())));
    }
  };

  template <class B, class T>
  struct Scratch {
    TensorView<T, 3> logits{};  // (H,N,N), of the composed path
    TensorView<T, 1> fused{};   // of the fused one
  };
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context& context, const Config& config, Arena& arena) {
    const Index N = config.grid.tokens();
    if constexpr (FusesAttention<B, T>)
      if (fuses<B, T>(config))
        return {.fused = arena.take<T, 1>({B::template attention_scratch<T>(context, N, config.head_dim())})};
    return {.logits = arena.take<T, 3>({config.heads, N, N})};
  }

  /// Inference: mixed (B*N,D), the heads' results side by side, from qkv (B*N,3D), whose q is scaled already, and table
  /// (H,(2R-1)(2C-1)), which may be left out.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> mixed, TensorView<const T, 2> qkv,
                      const Config& config, TensorView<const T, 2> table, const Scratch<B, T>& scratch) {
    if constexpr (FusesAttention<B, T>)
      if (fuses<B, T>(config))
        return B::attention(context, mixed, qkv, table, config.grid, config.heads, config.precision, scratch.fused);
    const Index N = config.grid.tokens();
    for (Index first = 0; first < qkv.extent(0); first += N)
      attend<B, T>(context, mixed.narrowed(0, first, N), scratch.logits, qkv.narrowed(0, first, N), config, table,
                   T(1.f));
  }

  /// Training: the same from an unscaled q and table ((2R-1)(2C-1),H), any strides; p (B,H,N,N), the attention weights,
  /// is overwritten for backward.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> mixed, TensorView<const T, 2> qkv,
                      const Config& config, TensorView<const T, 2> table, TensorView<T, 4> p) {
    if constexpr (FusesAttentionGradient<B, T>)
      if (fuses<B, T>(config))
        return B::attention_forward(context, mixed, by_matrix(p), qkv, table, config.grid, config.heads,
                                    config.scale<T>());
    const Index N = config.grid.tokens();
    for (Index b = 0; b < p.extent(0); ++b)
      attend<B, T>(context, mixed.narrowed(0, b * N, N), p[b], qkv.narrowed(0, b * N, N), config,
                   table.empty() ? table : table.transposed(), config.scale<T>());
  }

  /// dqkv (B*N,3D) = from dmixed (B*N,D); dtable ((2R-1)(2C-1),H) += where there is one. dp (H,N,N) is scratch.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dqkv, TensorView<T, 2> dtable,
                       TensorView<const T, 2> dmixed, TensorView<const T, 2> qkv, const Config& config,
                       TensorView<const T, 4> p, TensorView<T, 3> dp) {
    if constexpr (FusesAttentionGradient<B, T>)
      if (fuses<B, T>(config))
        return B::attention_backward(context, dqkv, dtable, dmixed, qkv, by_matrix(p), config.grid, config.heads,
                                     config.scale<T>());
    const Index N = config.grid.tokens();
    for (Index b = 0; b < p.extent(0); ++b)
      attend_backward<B, T>(context, dqkv.narrowed(0, b * N, N), dtable, dmixed.narrowed(0, b * N, N),
                            qkv.narrowed(0, b * N, N), config, p[b], dp);
  }

 private:
  template <class B, class T>
  static bool fuses(const Config& config) {
    if constexpr (FusesAttention<B, T>)
      return !config.local && B::template fuses_attention<T>(config.grid.tokens(), config.head_dim());
    else
      return false;
  }

  // One picture: mixed (N,D) and p (H,N,N) from qkv (N,3D). table (H,(2R-1)(2C-1)), any strides; `scale` multiplies
  // q k^T.
  template <class B, class T>
  static void attend(typename B::Context& context, TensorView<T, 2> mixed, TensorView<T, 3> p,
                     TensorView<const T, 2> qkv, const Config& config, TensorView<const T, 2> table, T scale) {
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

  // Its gradient: dqkv (N,3D) = from dmixed (N,D), dtable +=. dp (H,N,N) is scratch.
  template <class B, class T>
  static void attend_backward(typename B::Context& context, TensorView<T, 2> dqkv, TensorView<T, 2> dtable,
                              TensorView<const T, 2> dmixed, TensorView<const T, 2> qkv, const Config& config,
                              TensorView<const T, 3> p, TensorView<T, 3> dp) {
    const Index D = config.dim;
    const T scale = config.scale<T>();
    const auto q = by_head(qkv.narrowed(1, 0, D), config);        // (H,N,D/H)
    const auto k = by_head(qkv.narrowed(1, D, D), config);        // (H,N,D/H)
    const auto v = by_head(qkv.narrowed(1, 2 * D, D), config);    // (H,N,D/H)
    const auto dq = by_head(dqkv.narrowed(1, 0, D), config);      // (H,N,D/H)
    const auto dk = by_head(dqkv.narrowed(1, D, D), config);      // (H,N,D/H)
    const auto dv = by_head(dqkv.narrowed(1, 2 * D, D), config);  // (H,N,D/H)
    const auto dout = by_head(dmixed, config);                    // (H,N,D/H)
    B::matmul(context, dv, p.transposed(), dout, T(1.f), false);
    B::matmul(context, dp, dout, v.transposed(), T(1.f), false);
    B::softmax_backward(context, dp.rows(), p.rows());
    if (!dtable.empty()) B::position_bias_backward(context, dtable, dp, config.grid);
    B::matmul(context, dq, dp, k, scale, false);
    B::matmul(context, dk, dp.transposed(), q, scale, false);
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
};

}  // namespace icolorit
