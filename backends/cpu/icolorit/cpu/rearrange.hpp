// Copies of the CPU backend between pictures, patches and tokens, one row of work at a time.
#pragma once

#include <algorithm>
#include <concepts>

#include "icolorit/core/backend/rearrange.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/cpu/context.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// The patch (C,P,P) of a token in a picture (B,C,H,W).
template <class T>
TensorView<T, 3> patch_of(const TensorView<T, 4>& picture, Index P, Index token) {
  const Grid grid{picture.extent(2) / P, picture.extent(3) / P};
  const auto [y, x] = grid.position(token % grid.tokens());
  return picture[token / grid.tokens()].narrowed(1, y * P, P).narrowed(2, x * P, P);
}

/// row (C*P*P) = patch (C,P,P).
template <class T>
void copy_patch(T* row, Input<T, 3> patch) {
  for (Index c = 0; c < patch.extent(0); ++c)
    for (Index y = 0; y < patch.extent(1); ++y) row = std::copy_n(&patch(c, y, 0), patch.extent(2), row);
}

/// f(pixel of patch (2,P,P), position in the token) for each: the channel is the fastest axis of a token.
template <class T, class F>
void for_each_token_value(TensorView<T, 3> patch, F&& f) {
  const Index P = patch.extent(1);
  for (Index c = 0; c < 2; ++c)
    for (Index y = 0; y < P; ++y)
      for (Index x = 0; x < P; ++x) f(patch(c, y, x), (y * P + x) * 2 + c);
}

/// Contracts: core/backend/rearrange.hpp.
struct RearrangeOperations {
  template <std::floating_point T>
  static void copy(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    parallel_for(context.workers(), y.extent(0), [&](Index m) { std::copy_n(&x(m, 0), x.extent(1), &y(m, 0)); });
  }

  template <std::floating_point T>
  static void repeat_rows(Context& context, TensorView<T, 2> y, Input<T, 2> x) {
    parallel_for(context.workers(), y.extent(0),
                 [&](Index m) { std::copy_n(&x(m % x.extent(0), 0), x.extent(1), &y(m, 0)); });
  }

  template <std::floating_point T>
  static void transpose(Context& context, TensorView<T, 3> y, Input<T, 3> x, bool accumulate) {
    parallel_for(context.workers(), x.extent(0), [&](Index g) {
      for (Index r = 0; r < x.extent(1); ++r)
        for (Index c = 0; c < x.extent(2); ++c) y(g, c, r) = x(g, r, c) + (accumulate ? y(g, c, r) : T(0));
    });
  }

  template <std::floating_point T>
  static void extract_patches(Context& context, TensorView<T, 2> rows, Input<T, 4> picture, Index P) {
    parallel_for(context.workers(), rows.extent(0),
                 [&](Index row) { copy_patch(&rows(row, 0), patch_of(picture, P, row)); });
  }

  template <std::floating_point T>
  static void merge_patches(Context& context, TensorView<T, 4> picture, Input<T, 2> rows, Index P) {
    parallel_for(context.workers(), rows.extent(0), [&](Index row) {
      const auto patch = patch_of(picture, P, row);
      const T* from = &rows(row, 0);
      for (Index c = 0; c < patch.extent(0); ++c)
        for (Index y = 0; y < P; ++y, from += P) std::copy_n(from, P, &patch(c, y, 0));
    });
  }

  template <std::floating_point T>
  static void pixel_shuffle(Context& context, TensorView<T, 4> picture, Input<T, 2> tokens, Index P) {
    parallel_for(context.workers(), tokens.extent(0), [&](Index row) {
      for_each_token_value(patch_of(picture, P, row), [&](T& pixel, Index i) { pixel = tokens(row, i); });
    });
  }

  template <std::floating_point T>
  static void pixel_unshuffle(Context& context, TensorView<T, 2> tokens, Input<T, 4> picture, Index P) {
    parallel_for(context.workers(), tokens.extent(0), [&](Index row) {
      for_each_token_value(patch_of(picture, P, row), [&](const T& pixel, Index i) { tokens(row, i) = pixel; });
    });
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
