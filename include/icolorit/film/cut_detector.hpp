// Cuts: where a film goes on with another picture.
#pragma once

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

/// Whether a cut lies between two frames: another distribution of brightness, and motion that explains little of the
/// later frame. Neither alone is enough: a flash of light changes the first, fast motion the second.
inline bool is_cut(TensorView<const std::uint8_t, 2> earlier, TensorView<const std::uint8_t, 2> later,
                   const Motion& motion) {
  constexpr double another_histogram = .15, explained = .4;
  double trusted = 0;
  for (const float trust : std::span(motion.trust.data(), static_cast<std::size_t>(motion.trust.size())))
    trusted += static_cast<double>(trust);
  trusted /= static_cast<double>(motion.trust.size());
  return trusted < explained / 2 || (trusted < explained && histogram_distance(earlier, later) > another_histogram);
}

}  // namespace icolorit
