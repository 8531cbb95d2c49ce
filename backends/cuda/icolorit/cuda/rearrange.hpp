// Copies of the CUDA backend between pictures, patches and tokens.
#pragma once

#include "icolorit/core/backend/rearrange.hpp"
#include "icolorit/cuda/kernel/convert.hpp"
#include "icolorit/cuda/kernel/row_team.hpp"

namespace icolorit::cuda {

/// y (G*N,D) = copies of x (N,D).
template <class T>
struct RepeatRow {
  TensorView<T, 2> y;
  TensorView<const T, 2> x;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index m, const Team& team) const {
    T* to = y[m].data();
    const T* from = x[m % x.extent(0)].data();
    for_lanes(team, y.extent(1), [&](Index d) { to[d] = from[d]; });
  }
};

/// One row of y (G,C,R) = or += the transpose of x (G,R,C).
template <class T>
struct TransposeRow {
  TensorView<T, 3> y;
  TensorView<const T, 3> x;
  bool accumulate;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index row, const Team& team) const {
    using Sum = Accumulator<T>;
    const Index C = y.extent(1), g = row / C, c = row % C;
    T* to = y[g][c].data();
    const T* from = x.data() + g * x.stride(0) + c * x.stride(2);
    for_lanes(team, y.extent(2),
              [&](Index r) { to[r] = as<T>(as<Sum>(from[r * x.stride(1)]) + (accumulate ? as<Sum>(to[r]) : Sum(0))); });
  }
};

/// The corner of the patch of one token in a picture (B,C,H,W), and how its elements are numbered.
template <class T>
struct Patch {
  T* corner;
  Index channel_stride, row_stride;

  ICOLORIT_HOST_DEVICE Patch(const TensorView<T, 4>& picture, Index P, Index token) {
    const Index gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    corner = picture.data() + token / (gh * gw) * picture.stride(0) + token / gw % gh * P * picture.stride(2) +
             token % gw * P;
    channel_stride = picture.stride(1);
    row_stride = picture.stride(2);
  }
  ICOLORIT_HOST_DEVICE T& at(Index channel, Index y, Index x) const {
    return corner[channel * channel_stride + y * row_stride + x];
  }
};

/// rows (B*N, C*P*P) from picture, channel by channel.
template <class T>
struct ExtractPatchRow {
  TensorView<T, 2> rows;
  TensorView<const T, 4> picture;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<const T> patch(picture, P, token);
    T* to = rows[token].data();
    for_lanes(team, rows.extent(1), [&](Index i) { to[i] = patch.at(i / (P * P), i / P % P, i % P); });
  }
};

/// The inverse of ExtractPatchRow.
template <class T>
struct MergePatchRow {
  TensorView<T, 4> picture;
  TensorView<const T, 2> rows;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<T> patch(picture, P, token);
    const T* from = rows[token].data();
    for_lanes(team, rows.extent(1), [&](Index i) { patch.at(i / (P * P), i / P % P, i % P) = from[i]; });
  }
};

/// picture (B,2,H,W) from tokens (B*N, P*P*2): the channel is the fastest axis of a token.
template <class T>
struct PixelShuffleRow {
  TensorView<T, 4> picture;
  TensorView<const T, 2> tokens;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<T> patch(picture, P, token);
    const T* from = tokens[token].data();
    for_lanes(team, tokens.extent(1), [&](Index i) { patch.at(i % 2, i / 2 / P, i / 2 % P) = from[i]; });
  }
};

/// The inverse of PixelShuffleRow.
template <class T>
struct PixelUnshuffleRow {
  TensorView<T, 2> tokens;
  TensorView<const T, 4> picture;
  Index P;

  template <class Team>
  ICOLORIT_HOST_DEVICE void operator()(Index token, const Team& team) const {
    const Patch<const T> patch(picture, P, token);
    T* to = tokens[token].data();
    for_lanes(team, tokens.extent(1), [&](Index i) { to[i] = patch.at(i % 2, i / 2 / P, i / 2 % P); });
  }
};

/// Contracts: core/backend/rearrange.hpp; Context: operations.hpp.
template <class Context>
struct RearrangeOperations {
  template <Element T>
  static void copy(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    context.for_each_row(y.extent(0), RepeatRow<T>{y, x});
  }

  template <Element T>
  static void repeat_rows(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    context.for_each_row(y.extent(0), RepeatRow<T>{y, x});
  }

  template <Element T>
  static void transpose(Context& context, TensorView<T, 3> y, Input<T, 3> x, bool accumulate) {
    context.for_each_row(y.extent(0) * y.extent(1), TransposeRow<T>{y, x, accumulate});
  }

  template <Element T>
  static void extract_patches(Context& context, TensorView<T, 2> rows, Input<T, 4> picture, Index P) {
    context.for_each_row(rows.extent(0), ExtractPatchRow<T>{rows, picture, P});
  }

  template <Element T>
  static void merge_patches(Context& context, TensorView<T, 4> picture, Input<T, 2> rows, Index P) {
    context.for_each_row(rows.extent(0), MergePatchRow<T>{picture, rows, P});
  }

  template <Element T>
  static void pixel_shuffle(Context& context, TensorView<T, 4> picture, Input<T, 2> tokens, Index P) {
    context.for_each_row(tokens.extent(0), PixelShuffleRow<T>{picture, tokens, P});
  }

  template <Element T>
  static void pixel_unshuffle(Context& context, TensorView<T, 2> tokens, Input<T, 4> picture, Index P) {
    context.for_each_row(tokens.extent(0), PixelUnshuffleRow<T>{tokens, picture, P});
  }
};

}  // namespace icolorit::cuda
