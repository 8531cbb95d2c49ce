// Copies in another order of the reference backend.
#pragma once

#include "icolorit/core/backend/rearrange.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/rearrange.hpp.
struct RearrangeOperations {
  template <Element T>
  static void copy(const Context&, TensorView<T, 2> y, Input<T, 2> x) {
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) = x(m, d);
  }

  template <Element T>
  static void repeat_rows(const Context&, TensorView<T, 2> y, Input<T, 2> x) {
    for (Index m = 0; m < y.extent(0); ++m)
      for (Index d = 0; d < y.extent(1); ++d) y(m, d) = x(m % x.extent(0), d);
  }

  template <Element T>
  static void transpose(const Context&, TensorView<T, 3> y, Input<T, 3> x, bool accumulate) {
    using Sum = Accumulator<T>;
    for (Index g = 0; g < x.extent(0); ++g)
      for (Index r = 0; r < x.extent(1); ++r)
        for (Index c = 0; c < x.extent(2); ++c)
          y(g, c, r) = T(Sum(x(g, r, c)) + (accumulate ? Sum(y(g, c, r)) : Sum(0)));
  }

  template <Element T>
  static void extract_patches(const Context&, TensorView<T, 2> rows, Input<T, 4> picture, Index P) {
    const Index C = picture.extent(1), gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    for (Index row = 0; row < rows.extent(0); ++row)
      for (Index i = 0; i < C * P * P; ++i) {
        const Index b = row / (gh * gw), gy = row / gw % gh, gx = row % gw;
        rows(row, i) = picture(b, i / (P * P), gy * P + i / P % P, gx * P + i % P);
      }
  }

  template <Element T>
  static void merge_patches(const Context&, TensorView<T, 4> picture, Input<T, 2> rows, Index P) {
    const Index C = picture.extent(1), gh = picture.extent(2) / P, gw = picture.extent(3) / P;
    for (Index row = 0; row < rows.extent(0); ++row)
      for (Index i = 0; i < C * P * P; ++i)
        picture(row / (gh * gw), i / (P * P), row / gw % gh * P + i / P % P, row % gw * P + i % P) = rows(row, i);
  }

  template <Element T>
  static void pixel_shuffle(const Context&, TensorView<T, 4> picture, Input<T, 2> tokens, Index P) {
    for_each_token_value(picture, P, [&](T& pixel, Index row, Index i) { pixel = tokens(row, i); });
  }

  template <Element T>
  static void pixel_unshuffle(const Context&, TensorView<T, 2> tokens, Input<T, 4> picture, Index P) {
    for_each_token_value(picture, P, [&](const T& pixel, Index row, Index i) { tokens(row, i) = pixel; });
  }

 private:
  // f(pixel, token row, position in the token): the channel is the fastest axis of a token.
  template <class T, class F>
  static void for_each_token_value(TensorView<T, 4> picture, Index P, F f) {
    const Index H = picture.extent(2), W = picture.extent(3), gh = H / P, gw = W / P;
    for (Index b = 0; b < picture.extent(0); ++b)
      for (Index c = 0; c < 2; ++c)
        for (Index y = 0; y < H; ++y)
          for (Index x = 0; x < W; ++x)
            f(picture(b, c, y, x), (b * gh + y / P) * gw + x / P, (y % P * P + x % P) * 2 + c);
  }
};

}  // namespace icolorit::reference
