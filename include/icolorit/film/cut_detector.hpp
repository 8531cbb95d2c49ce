// Cuts: where a film goes on with another picture.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "icolorit/image/flow_field.hpp"

namespace icolorit {

/// The share of pixels that would have to change their brightness for one picture's histogram to become the other's, in
/// [0,1]. Grey pictures (h,w) of one size, 8 bits, contiguous.
inline double histogram_distance(TensorView<const std::uint8_t, 2> a, TensorView<const std::uint8_t, 2> b) {
  constexpr int bins = 32;
  std::array<Index, bins> difference{};
  const auto count = [&](TensorView<const std::uint8_t, 2> picture, Index by) {
    for (const std::uint8_t value : std::span(picture.data(), static_cast<std::size_t>(picture.elements())))
      difference[static_cast<std::size_t>(value * bins / 256)] += by;
  };
  count(a, 1);
  count(b, -1);
  double sum = 0;
  for (const Index one : difference) sum += std::abs(static_cast<double>(one));
  return sum / (2. * static_cast<double>(a.elements()));
}

/// The correlation of the brightness of two pictures, in [-1,1], where one lies over the other shifted by up to `reach`
/// pixels each way as fits best: near 1 where both show the same, however bright each is. 0 for a picture of one
/// brightness. Grey pictures (h,w) of one size, 8 bits, contiguous.
inline double shifted_correlation(TensorView<const std::uint8_t, 2> a, TensorView<const std::uint8_t, 2> b,
                                  Index reach) {
  const Index h = a.extent(0), w = a.extent(1);
  const auto correlation = [&](Index dx, Index dy) {
    double n = 0, sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
    for (Index y = std::max(Index{0}, -dy); y < std::min(h, h - dy); ++y)
      for (Index x = std::max(Index{0}, -dx); x < std::min(w, w - dx); ++x) {
        const double one = a(y, x), other = b(y + dy, x + dx);
        n += 1;
        sum_a += one;
        sum_b += other;
        sum_aa += one * one;
        sum_bb += other * other;
        sum_ab += one * other;
      }
    const double variances = (n * sum_aa - sum_a * sum_a) * (n * sum_bb - sum_b * sum_b);
    return variances > 0 ? (n * sum_ab - sum_a * sum_b) / std::sqrt(variances) : 0.;
  };
  double best = -1;
  for (Index dy = -reach; dy <= reach; ++dy)
    for (Index dx = -reach; dx <= reach; ++dx) best = std::max(best, correlation(dx, dy));
  return best;
}

/// Whether a cut lies between two frames: another distribution of brightness, motion that explains little of the later
/// frame, and another structure. None alone is enough: a flash of light changes the first, fast motion the second, and
/// both the second, but what the frame shows stays.
inline bool is_cut(TensorView<const std::uint8_t, 2> earlier, TensorView<const std::uint8_t, 2> later,
                   const Motion& motion) {
  constexpr double another_histogram = .15, explained = .4;
  double trusted = 0;
  for (const float trust : std::span(motion.trust.data(), static_cast<std::size_t>(motion.trust.size())))
    trusted += static_cast<double>(trust);
  trusted /= static_cast<double>(motion.trust.size());
  if (trusted >= explained || (trusted >= explained / 2 && histogram_distance(earlier, later) <= another_histogram))
    return false;
  // Frames of one shot differ by a few pixels of a picture of this size. The bound is chosen, not measured on films.
  constexpr Index reach = 4;
  constexpr double same_structure = .8;
  return shifted_correlation(earlier, later, reach) < same_structure;
}

}  // namespace icolorit
