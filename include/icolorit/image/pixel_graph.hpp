// Pixels joined to their eight neighbours by weights, each held to a colour of its own by a mass: the matrix of a
// screened Poisson equation, stored as planes so that loops over a row are vectorised.
#pragma once

#include <algorithm>
#include <array>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/config.hpp"

namespace icolorit {

/// The symmetric matrix A with (A x)_r = mass_r x_r + sum over the neighbours s of w_rs (x_r - x_s), on a picture of
/// h x w pixels. All planes, also those of vectors, have a border of one pixel in which everything is 0, so that no
/// loop asks where the picture ends. A vector holds two channels, one plane after the other.
class PixelGraph {
 public:
  static constexpr Index channels = 2;

  /// A pair of neighbours, by the step from the pixel that comes first in reading order to the other one.
  enum Step { east, south_west, south, south_east };
  static constexpr std::array<Step, 4> steps{east, south_west, south, south_east};

  /// Without weights and masses. Allocates once and for all.
  PixelGraph(Index height, Index width)
      : height_(height),
        width_(width),
        weights_(zeros(4 * plane())),
        mass_(zeros(plane())),
        diagonal_(zeros(plane())) {}

  Index height() const { return height_; }
  Index width() const { return width_; }
  /// From a pixel to the one below it.
  Index stride() const { return width_ + 2; }
  /// Numbers in a plane, border included.
  Index plane() const { return (height_ + 2) * stride(); }
  /// Where pixel (y,x) lies in a plane.
  Index at(Index y, Index x) const { return (y + 1) * stride() + x + 1; }
  /// From a pixel to its neighbour.
  Index offset(Step step) const {
    constexpr std::array<Index, 4> down{0, 1, 1, 1}, right{1, -1, 0, 1};
    return down[step] * stride() + right[step];
  }

  /// A plane of weights; that of a pair is stored at its first pixel. The planes of all steps, east first, lie one
  /// after another.
  float* weights(Step step) { return weights_.data() + step * plane(); }
  const float* weights(Step step) const { return weights_.data() + step * plane(); }
  float* mass() { return mass_.data(); }
  const float* mass() const { return mass_.data(); }
  /// mass_r + sum of w_rs, of the last update_diagonal().
  const float* diagonal() const { return diagonal_.data(); }
  /// After changes of weights or masses.
  void update_diagonal() {
    for_each_row([&](Index first) {
      const Row w = row(first);
      float* const diagonal = diagonal_.data() + first;
      const float* const mass = mass_.data() + first;
      for (Index i = 0; i < width_; ++i)
        diagonal[i] = mass[i] + w.east[i] + w.west[i] + w.south[i] + w.north[i] + w.south_east[i] + w.north_west[i] +
                      w.south_west[i] + w.north_east[i];
    });
  }

  /// A plane or a vector of zeros.
  Buffer<float> new_plane() const { return zeros(plane()); }
  Buffer<float> new_vector() const { return zeros(channels * plane()); }

  /// f(first) for every row of pixels, the first of which lies at `first` in a plane.
  template <class F>
  void for_each_row(F&& f) const {
    for (Index y = 0; y < height_; ++y) f(at(y, 0));
  }

  /// One row of a plane that is computed from A x: y[i] = value(i, (A x)_i) for i in [0,width). x is a plane, `first`
  /// the place of the row's first pixel in it; y is that pixel's place in another one. `value` should hold its pointers
  /// by value: the loop is vectorised then.
  template <class F>
  void multiply_row(float* ICOLORIT_RESTRICT y, const float* x, Index first, F value) const {
    const Row w = row(first);
    const float *const center = x + first, *const above = center - stride(), *const below = center + stride();
    const float* const diagonal = diagonal_.data() + first;
    const Index count = width_;
    for (Index i = 0; i < count; ++i) {
      const float neighbors = w.east[i] * center[i + 1] + w.west[i] * center[i - 1] + w.south[i] * below[i] +
                              w.north[i] * above[i] + w.south_east[i] * below[i + 1] + w.north_west[i] * above[i - 1] +
                              w.south_west[i] * below[i - 1] + w.north_east[i] * above[i + 1];
      y[i] = value(i, diagonal[i] * center[i] - neighbors);
    }
  }

 private:
  /// The weights of one row's pixels with all their neighbours.
  struct Row {
    const float *east, *south_west, *south, *south_east, *west, *north_east, *north, *north_west;
  };
  Row row(Index first) const {
    const float *const e = weights(east) + first, *const sw = weights(south_west) + first,
                       *const s = weights(south) + first, *const se = weights(south_east) + first;
    return {e, sw, s, se, e - offset(east), sw - offset(south_west), s - offset(south), se - offset(south_east)};
  }

  static Buffer<float> zeros(Index size) {
    Buffer<float> buffer(size);
    std::fill_n(buffer.data(), size, 0.f);
    return buffer;
  }

  Index height_, width_;
  Buffer<float> weights_, mass_, diagonal_;
};

}  // namespace icolorit
