// Patch embedding: a P x P convolution of stride P over the network's input, one token a patch, positions added
// (Dosovitskiy et al. 2021, eq. 1, with the fixed positions of position_encoding.hpp).
//   picture (B,C,H,W) -> patches (B*N,C*P*P) -> linear, plus positions (N,D) -> tokens (B*N,D)
#pragma once

#include "icolorit/layers/linear.hpp"

namespace icolorit {

struct PatchEmbed : LayerDefaults {
  struct Config {
    Index channels = 4;
    Index patch = 16;
    Index dim = 0;
    Precision precision = Precision::full;  ///< of the prepared layer

    Linear::Config projection() const { return {channels * patch * patch, dim, true, precision}; }
  };

  /// weight (D,C,P,P), bias (D).
  template <class T>
  struct Params {
    TensorView<T, 4> weight;
    TensorView<T, 1> bias;
  };

  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    visitor(prefix + "proj.weight", params.weight, std::array{config.dim, config.channels, config.patch, config.patch},
            Decay::yes);
    visitor(prefix + "proj.bias", params.bias, std::array{config.dim}, Decay::no);
  }

  template <class B, class T>
  struct Prepared {
    Prepared(typename B::Context& context, const Config& layer, const Params<const T>& params)
        : config(layer), projection(context, layer.projection(), as_linear(layer, params)) {}

    Config config;
    Linear::Prepared<B, T> projection;
  };

  template <class T>
  struct Inputs {
    TensorView<const T, 4> picture;    // (B,C,H,W)
    TensorView<const T, 2> positions;  // (N,D)
  };
  template <class T>
  using InputGradient = TensorView<T, 4>;  // (B,C,H,W)

  template <class B, class T>
  struct Scratch {
    TensorView<T, 2> patches;  // (B*N,C*P*P)
  };
  template <class B, class T>
  static Scratch<B, T> take_scratch(const typename B::Context&, const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.projection().in)};
  }

  /// tokens (B*N,D) = patches of picture (B,C,H,W) W^T + bias + positions (N,D). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> tokens, const Inputs<T>& inputs,
                      const Prepared<B, T>& prepared, const Scratch<B, T>& scratch) {
    gather<B, T>(context, tokens, scratch.patches, inputs, prepared.config);
    Linear::forward<B, T>(context, tokens, {scratch.patches, tokens}, prepared.projection);  // (B*N,D)
  }

  /// What backward needs.
  template <class T>
  struct Saved {
    TensorView<T, 2> patches;  // (B*N,C*P*P)
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.projection().in)};
  }

  template <class T>
  struct TrainingScratch {
    TensorView<T, 2> dpatches;  // (B*N,C*P*P), backward only
  };
  template <class T>
  static TrainingScratch<T> take_training_scratch(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.projection().in)};
  }

  /// The same in training, from the raw parameters. Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> tokens, const Inputs<T>& inputs,
                      const Config& config, const Params<const T>& params, const Saved<T>& saved,
                      const TrainingScratch<T>&) {
    gather<B, T>(context, tokens, saved.patches, inputs, config);
    Linear::forward<B, T>(context, tokens, {saved.patches, tokens}, config.projection(), as_linear(config, params));
  }

  /// dpicture (B,C,H,W) = the input's gradient from dtokens (B*N,D), unless it is left out; parameter gradients +=.
  /// The positions are fixed and get none. Throws ShapeError.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 4> dpicture, const Params<T>& gradients,
                       TensorView<const T, 2> dtokens, const Inputs<T>&, const Config& config,
                       const Params<const T>& params, const Saved<T>& saved, const TrainingScratch<T>& scratch) {
    const auto dpatches = dpicture.empty() ? TensorView<T, 2>{} : scratch.dpatches;  // (B*N,C*P*P)
    Linear::backward<B, T>(context, dpatches, as_linear(config, gradients), dtokens, {saved.patches},
                           config.projection(), as_linear(config, params));
    if (!dpicture.empty()) B::merge_patches(context, dpicture, dpatches, config.patch);
  }

 private:
  // What the linear layer starts from: patches (B*N,C*P*P) of the picture, and in tokens (B*N,D) the positions.
  template <class B, class T>
  static void gather(typename B::Context& context, TensorView<T, 2> tokens, TensorView<T, 2> patches,
                     const Inputs<T>& inputs, const Config& config) {
    const auto& [picture, positions] = inputs;
    const Index batch = picture.extent(0), H = picture.extent(2), W = picture.extent(3), P = config.patch;
    if (picture.extent(1) != config.channels || H % P != 0 || W % P != 0)
      throw ShapeError(concat("patch_embed.forward: picture is ", picture.shape(), ", expected (B,", config.channels,
                              ",H,W) with H and W multiples of ", P));
    expect_shape("patch_embed.forward", "positions", positions, {(H / P) * (W / P), config.dim});
    expect_shape("patch_embed.forward", "tokens", tokens, {batch * positions.extent(0), config.dim});
    expect_shape("patch_embed.forward", "patches", patches, {tokens.extent(0), config.projection().in});
    B::extract_patches(context, patches, picture, P);
    B::repeat_rows(context, tokens, positions);
  }

  // The convolution's weight as that of a linear layer over patches.
  template <class T>
  static Linear::Params<T> as_linear(const Config& config, const Params<T>& params) {
    return {params.weight.template reshaped<2>({config.dim, config.projection().in}), params.bias};
  }
};

}  // namespace icolorit
