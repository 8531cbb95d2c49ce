// How alike neighbouring pixels are in lightness: along these weights colour spreads, and it stops where they vanish.
//
// A. Levin, D. Lischinski, Y. Weiss, "Colorization using optimization", SIGGRAPH 2004. The paper's affinity of pixel r
// for its neighbour s in a 3 x 3 window is w_rs ~ exp(-(Y_r - Y_s)^2 / (2 sigma_r^2)), sigma_r^2 from the variance of Y
// in the window, and the affinities of one pixel sum to 1 (eq. 2). They are not symmetric. Here a pair of neighbours
// gets the smaller of its two affinities, so that either pixel alone can declare an edge.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

struct AffinityOptions {
  /// (Y_r - Y_s)^2, Y in [0,1], is divided by this times the window's variance. The authors' code has 0.6; sharper
  /// edges gain 0.1 dB at 10 hints and 0.45 dB at 50 and 100 on photographs ...
  double variance_scale = 0.15;
  /// ... but by no less than this, which keeps flat regions free of noise made into edges.
  double min_variance = 2e-6;

  /// Throws ArgumentError unless both are positive; `function` names the place.
  void validate(const char* function) const {
    if (!(variance_scale > 0 && min_variance > 0))
      throw ArgumentError(concat(function, ": variance_scale ", variance_scale, " and min_variance ", min_variance,
                                 " must be positive"));
  }
};

/// Steps (dy,dx) to the eight neighbours. Each of the first four is opposite the one at its distance from the end; the
/// last four come later in reading order, so that every pair of neighbours is met once.
inline constexpr std::array<std::array<Index, 2>, 8> neighbor_steps{
    {{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}, {0, 1}, {1, -1}, {1, 0}, {1, 1}}};

/// The affinities of one pixel for its neighbours, in the order of neighbor_steps; they sum to 1, outside the picture
/// they are 0.
using PixelAffinities = std::array<double, 8>;

/// The affinities of pixel (y,x) of lightness (h,w) in [0,100].
inline PixelAffinities pixel_affinities(TensorView<const float, 2> lightness, Index y, Index x,
                                        const AffinityOptions& options) {
  // The nearest neighbour must keep at least this much affinity before weights are normalised (authors' code).
  static const double log_least_affinity = std::log(0.01);

  const auto inside = [&](std::size_t k) {
    const Index ny = y + neighbor_steps[k][0], nx = x + neighbor_steps[k][1];
    return ny >= 0 && ny < lightness.extent(0) && nx >= 0 && nx < lightness.extent(1);
  };
  const double own = static_cast<double>(lightness(y, x)) / 100;
  PixelAffinities affinity{};
  double count = 1, sum = 0, squares = 0, nearest = 1e300;  // of the differences to the neighbours
  for (std::size_t k = 0; k < 8; ++k) {
    if (!inside(k)) continue;
    const float other = lightness(y + neighbor_steps[k][0], x + neighbor_steps[k][1]);
    const double difference = static_cast<double>(other) / 100 - own;
    affinity[k] = difference * difference;
    count += 1;
    sum += difference;
    squares += affinity[k];
    nearest = std::min(nearest, affinity[k]);
  }
  if (count == 1) return affinity;  // a picture of one pixel
  const double variance = squares / count - sum / count * (sum / count);
  const double spread =
      std::max({options.variance_scale * variance, options.min_variance, -nearest / log_least_affinity});
  double total = 0;
  for (std::size_t k = 0; k < 8; ++k)
    if (inside(k)) total += affinity[k] = std::exp(-affinity[k] / spread);
  for (double& value : affinity) value /= total;
  return affinity;
}

/// The weight of the pair that a pixel makes with its neighbour k, one of the last four, from the affinities of both.
/// Never 0: no pixel is ever cut off from every hint.
inline double pair_weight(const PixelAffinities& own, const PixelAffinities& neighbor, std::size_t k) {
  constexpr double min_weight = 1e-8;
  return std::max(min_weight, std::min(own[k], neighbor[7 - k]));
}

}  // namespace icolorit
