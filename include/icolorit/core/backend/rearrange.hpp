// Copies in another order, between pictures, patches and tokens; none of them computes anything.
//
//   operation         shapes                                        result    may alias  errors  cost
//   copy              y (M,D), x (M,D)                              =         none       none    MD
//   repeat_rows       y (G*N,D), x (N,D): G copies                  =         none       none    y's elements
//   transpose         y (G,C,R), x (G,R,C)                          =, +=     none       none    GRC
//   extract_patches   rows (B*N,C*P*P), picture (B,C,H,W)           =         none       none    rows' elements
//   merge_patches     picture (B,C,H,W), rows (B*N,C*P*P)           =         none       none    rows' elements
//   pixel_shuffle     picture (B,2,H,W), tokens (B*N,P*P*2)         =         none       none    tokens' elements
//   pixel_unshuffle   tokens (B*N,P*P*2), picture (B,2,H,W)         =         none       none    tokens' elements
//
// extract_patches (patchify): each row holds a patch as (channel, row in patch, column in patch); merge_patches is its
//   inverse. `size` is the patch's side P, N = (H/P)(W/P).
// pixel_shuffle: each token holds a patch as (row in patch, column in patch, channel); pixel_unshuffle is its inverse.
// transpose adds to y where its last argument says so.
#pragma once

#include <concepts>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

template <class B, class T>
concept ProvidesRearrange = requires(typename B::Context& context, TensorView<T, 2> rows, TensorView<const T, 2> from,
                                     TensorView<T, 4> picture, TensorView<const T, 4> from_picture, Index size) {
  { B::copy(context, rows, from) } -> std::same_as<void>;
  { B::repeat_rows(context, rows, from) } -> std::same_as<void>;
  { B::extract_patches(context, rows, from_picture, size) } -> std::same_as<void>;
  { B::pixel_shuffle(context, picture, from, size) } -> std::same_as<void>;
  { B::pixel_unshuffle(context, rows, from_picture, size) } -> std::same_as<void>;
};

template <class B, class T>
concept ProvidesRearrangeGradient =
    requires(typename B::Context& context, TensorView<T, 3> y, TensorView<const T, 3> x, bool accumulate,
             TensorView<T, 4> picture, TensorView<const T, 2> rows, Index size) {
      { B::transpose(context, y, x, accumulate) } -> std::same_as<void>;
      { B::merge_patches(context, picture, rows, size) } -> std::same_as<void>;
    };

}  // namespace icolorit
