// Tokens to pixels and back. A token holds its patch as (row, column, channel), the channel fastest: not the order of
// PyTorch's PixelShuffle.
#pragma once

#include "icolorit/core/backend.hpp"

namespace icolorit {

struct PixelShuffle {
  /// picture (B,2,H,W) from tokens (B*N,2P^2). Throws ShapeError.
  template <class B, class T>
  static void forward(typename B::Context& context, TensorView<T, 4> picture, TensorView<const T, 2> tokens,
                      Index patch) {
    validate("pixel_shuffle.forward", picture, tokens, patch);
    B::pixel_shuffle(context, picture, tokens, patch);
  }

  /// The inverse: tokens (B*N,2P^2) from picture (B,2,H,W). It is also the gradient of forward. Throws ShapeError.
  template <class B, class T>
  static void inverse(typename B::Context& context, TensorView<T, 2> tokens, TensorView<const T, 4> picture,
                      Index patch) {
    validate("pixel_shuffle.inverse", picture, tokens, patch);
    B::pixel_unshuffle(context, tokens, picture, patch);
  }

 private:
  template <class P, class Q>
  static void validate(const char* function, TensorView<P, 4> picture, TensorView<Q, 2> tokens, Index patch) {
    const Index batch = picture.extent(0), H = picture.extent(2), W = picture.extent(3);
    if (picture.extent(1) != 2 || H % patch != 0 || W % patch != 0)
      throw ShapeError(
          concat(function, ": picture is ", picture.shape(), ", expected (B,2,H,W) with H and W multiples of ", patch));
    expect_shape(function, "tokens", tokens, {batch * (H / patch) * (W / patch), 2 * patch * patch});
  }
};

}  // namespace icolorit
