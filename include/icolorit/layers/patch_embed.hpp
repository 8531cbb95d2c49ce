// Patch embedding: a P x P convolution of stride P over the network's input, one token a patch, positions added
// (Dosovitskiy et al. 2021, eq. 1, with the fixed positions of position_encoding.hpp).
#pragma once

#include "icolorit/core/workspace.hpp"
#include "icolorit/layers/linear.hpp"

namespace icolorit {

struct PatchEmbed {
  struct Config {
    Index channels = 4;
    Index patch = 16;
    Index dim = 0;

    Linear::Config projection() const { return {channels * patch * patch, dim}; }
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
        : config(layer),
          projection(context, layer.projection(),
                     params.weight.template reshaped<2>({layer.projection().out, layer.projection().in}), params.bias) {
    }

    Config config;
    Linear::Prepared<B, T> projection;
  };

  template <class T>
  static void plan(const Config& config, Index M, Arena& arena) {
    Arena::Scope scope(arena);
    arena.take_rows<T>(M, config.projection().in);
  }

  /// tokens (B*N,D) = patches of picture (B,C,H,W) W^T + bias + positions (N,D). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> tokens, TensorView<const T, 4> picture,
                      TensorView<const T, 2> positions, const Prepared<B, T>& prepared, Arena& arena) {
    const Config& config = prepared.config;
    const Index batch = picture.extent(0), H = picture.extent(2), W = picture.extent(3), P = config.patch;
    if (picture.extent(1) != config.channels || H % P != 0 || W % P != 0)
      throw ShapeError(concat("patch_embed.forward: picture is ", picture.shape(), ", expected (B,", config.channels,
                              ",H,W) with H and W multiples of ", P));
    expect_shape("patch_embed.forward", "positions", positions, {(H / P) * (W / P), config.dim});
    expect_shape("patch_embed.forward", "tokens", tokens, {batch * positions.extent(0), config.dim});

    Arena::Scope scope(arena);
    const auto patches = arena.take_rows<T>(tokens.extent(0), config.projection().in);  // (B*N, C*P*P)
    B::extract_patches(context, patches, picture, P);
    B::repeat_rows(context, tokens, positions);
    Linear::forward<B, T>(context, tokens, patches, prepared.projection, Activation::none, tokens);
  }

  /// What backward needs: the patches (B*N,C*P*P).
  template <class T>
  struct Saved {
    TensorView<T, 2> patches;
  };
  template <class T>
  static Saved<T> take_saved(const Config& config, Index M, Arena& arena) {
    return {arena.take_rows<T>(M, config.projection().in)};
  }

  /// Training, from the raw parameters: tokens (B*N,D) from picture (B,C,H,W) and positions (N,D). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 2> tokens, TensorView<const T, 4> picture,
                      TensorView<const T, 2> positions, const Config& config, const Params<const T>& params,
                      const Saved<T>& saved, Arena& arena) {
    Arena::Scope scope(arena);
    const auto repeated = arena.take<T, 2>({tokens.extent(0), config.dim});
    B::extract_patches(context, saved.patches, picture, config.patch);
    Linear::forward<B, T>(context, tokens, saved.patches, as_linear(config, params));
    B::repeat_rows(context, repeated, positions);
    B::add(context, tokens, repeated);
  }

  /// dpicture (B,C,H,W) = the input's gradient from dtokens (B*N,D), unless it is empty; parameter gradients +=.
  template <class B, class T>
  static void backward(typename B::Context& context, TensorView<T, 4> dpicture, const Params<T>& gradients,
                       TensorView<const T, 2> dtokens, const Config& config, const Params<const T>& params,
                       const Saved<T>& saved, Arena& arena) {
    Arena::Scope scope(arena);
    TensorView<T, 2> dpatches;
    if (!dpicture.empty()) dpatches = arena.take_rows<T>(dtokens.extent(0), config.projection().in);
    Linear::backward<B, T>(context, dpatches, as_linear(config, gradients), dtokens, saved.patches,
                           as_linear(config, params));
    if (!dpicture.empty()) B::merge_patches(context, dpicture, dpatches, config.patch);
  }

 private:
  // The convolution's weight as that of a linear layer over patches.
  template <class T>
  static Linear::Params<T> as_linear(const Config& config, const Params<T>& params) {
    return {params.weight.template reshaped<2>({config.dim, config.projection().in}), params.bias};
  }
};

}  // namespace icolorit
