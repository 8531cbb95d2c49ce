// Pre-norm transformer block (Dosovitskiy et al. 2021, eq. 2-3), all (B*N,D):
//   middle = x + attention(norm1(x));  y = middle + mlp(norm2(middle))
#pragma once

#include "icolorit/layers/attention.hpp"
#include "icolorit/layers/layer_norm.hpp"
#include "icolorit/layers/mlp.hpp"

namespace icolorit {

struct TransformerBlock : LayerDefaults {
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

  /// Factors of the two residual branches for each picture of the batch, (B): 0 or 1/(1-rate) under drop path (Huang et
  /// al. 2016, stochastic depth). Left out: nothing is dropped.
  template <class T>
  struct DropPath {
    TensorView<const T, 1> attention{}, mlp{};
  };

  /// x (B*N,D); drop path in training only.
  template <class T>
  struct Inputs {
    TensorView<const T, 2> x;
    DropPath<T> drop{};
  };

  template <class B, class T>
  struct Scratch {
    TensorView<T, 2> normed;  // (B*N,D)
    Attention::Scratch<B, T> attention;
    Mlp::Scratch<B, T> mlp;
  };
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context& context, const Config& config, Index M, Arena& arena) {
    Scratch<B, T> scratch;
    scratch.normed = arena.take<T, 2>({M, config.attention.dim});
    Arena::Overlay halves(arena);
    scratch.attention = Attention::take_scratch<B, T>(context, config.attention, M, arena);
    halves.next();
    scratch.mlp = Mlp::take_scratch<B, T>(context, config.mlp, M, arena);
    return scratch;
  }

  /// y (B*N,D) from x (B*N,D); y may be x. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs,
                      const Prepared<B, T>& prepared, const Scratch<B, T>& scratch) {
    ICOLORIT_ASSERT(inputs.drop.attention.empty() && inputs.drop.mlp.empty());
    const auto& [normed, attention, mlp] = scratch;
    LayerNorm::forward<B, T>(context, normed, inputs.x, prepared.norm1);                      // (B*N,D)
    Attention::forward<B, T>(context, y, {normed, inputs.x}, prepared.attention, attention);  // (B*N,D)
    LayerNorm::forward<B, T>(context, normed, y, prepared.norm2);                             // (B*N,D)
    Mlp::forward<B, T>(context, y, {normed, y}, prepared.mlp, mlp);                           // (B*N,D)
  }

  /// What backward needs besides x: what each half reads and the value between the halves, and what the halves save.
  template <class T>
  struct Saved {
    TensorView<T, 2> normed1, middle, normed2;  // (B*N,D)
    Attention::Saved<T> attention;
    Mlp::Saved<T> mlp;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    const auto rows = [&] { return arena.take<T, 2>({M, config.attention.dim}); };
    return {rows(), rows(), rows(), Attention::take_saved<T>(config.attention, M, arena),
            Mlp::take_saved<T>(config.mlp, M, arena)};
  }

  template <class T>
  struct TrainingScratch {
    TensorView<T, 2> branch;  // (B*N,D), the gradient on its way through a half; backward only
    Attention::TrainingScratch<T> attention;
    Mlp::TrainingScratch<T> mlp;
    LayerNorm::TrainingScratch<T> norm;
  };
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config& config, Index M, Arena& arena) {
    TrainingScratch<T> scratch;
    scratch.branch = arena.take<T, 2>({M, config.attention.dim});
    Arena::Overlay parts(arena);
    scratch.attention = Attention::take_training_scratch<T>(config.attention, M, arena);
    parts.next();
    scratch.mlp = Mlp::take_training_scratch<T>(config.mlp, M, arena);
    parts.next();
    scratch.norm = LayerNorm::take_training_scratch<T>(config.norm(), M, arena);
    return scratch;
  }

  /// Training, from the raw parameters: y (B*N,D) from x (B*N,D), which y must not overlap. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> y, const Inputs<T>& inputs, const Config& config,
                      const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    const auto& [normed1, middle, normed2, attention, mlp] = saved;
    const auto& [x, drop] = inputs;
    LayerNorm::forward<B, T>(context, normed1, x, config.norm(), params.norm1);  // (B*N,D)
    Attention::forward<B, T>(context, middle, {normed1, residual_of(x, drop.attention)}, config.attention,
                             params.attention, attention, scratch.attention);  // (B*N,D)
    scale_and_add<B, T>(context, middle, x, drop.attention);
    LayerNorm::forward<B, T>(context, normed2, middle, config.norm(), params.norm2);  // (B*N,D)
    Mlp::forward<B, T>(context, y, {normed2, residual_of<T>(middle, drop.mlp)}, config.mlp, params.mlp, mlp,
                       scratch.mlp);  // (B*N,D)
    scale_and_add<B, T>(context, y, middle, drop.mlp);
  }

  /// dx (B*N,D) = the gradient of x from dy (B*N,D); parameter gradients +=. dx may be dy. Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 2> dx, const Params<T>& gradients,
                       TensorView<const T, 2> dy, const Inputs<T>& inputs, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    const auto& [x, drop] = inputs;
    const TensorView<T, 2> branch = scratch.branch;  // (B*N,D)
    expect_shape("transformer_block.backward", "dy", dy, branch.extents());
    expect_shape("transformer_block.backward", "dx", dx, branch.extents());
    if (dx.data() != dy.data()) B::copy(context, dx, dy);

    begin_branch<B, T>(context, branch, dx, drop.mlp);
    Mlp::backward<B, T>(context, branch, gradients.mlp, branch, {saved.normed2}, config.mlp, params.mlp, saved.mlp,
                        scratch.mlp);
    LayerNorm::backward<B, T>(context, branch, gradients.norm2, branch, saved.middle, config.norm(), params.norm2, {},
                              scratch.norm);
    B::add(context, dx, branch);

    begin_branch<B, T>(context, branch, dx, drop.attention);
    Attention::backward<B, T>(context, branch, gradients.attention, branch, {saved.normed1}, config.attention,
                              params.attention, saved.attention, scratch.attention);
    LayerNorm::backward<B, T>(context, branch, gradients.norm1, branch, x, config.norm(), params.norm1, {},
                              scratch.norm);
    B::add(context, dx, branch);
  }

 private:
  // A branch adds its residual in its last product, unless drop path scales the branch first: then `scale_and_add`
  // does.
  template <class T>
  static TensorView<const T, 2> residual_of(TensorView<const T, 2> residual, TensorView<const T, 1> factors) {
    return factors.empty() ? residual : TensorView<const T, 2>{};
  }
  template <class B, class T>
  static void scale_and_add(typename B::Context& context, TensorView<T, 2> branch, TensorView<const T, 2> residual,
                            TensorView<const T, 1> factors) {
    if (factors.empty()) return;
    B::scale_rows(context, branch, factors);
    B::add(context, branch, residual);
  }

  // The gradient of a sum reaches the branch's output scaled as that output was.
  template <class B, class T>
  static void begin_branch(typename B::Context& context, TensorView<T, 2> branch, TensorView<const T, 2> dsum,
                           TensorView<const T, 1> factors) {
    B::copy(context, branch, dsum);
    if (!factors.empty()) B::scale_rows(context, branch, factors);
  }
};

}  // namespace icolorit
