// HPR: how far a new hint carries its colour (Yun et al. 2023, sec. 4.3).
#pragma once

#include <cmath>

#include "icolorit/image/color_space.hpp"

namespace icolorit {

/// Two colours of L*a*b* that differ by more than this are told apart (Mahy, Van Eycken, Oosterlinck 1994).
inline constexpr double just_noticeable_difference = 2.3;

/// The distances in pixels from a hint to the pixels that it changed noticeably: how many there are, mean and unbiased
/// standard deviation; 0 where there are too few to say.
struct HintPropagation {
  Index pixels = 0;
  double mean = 0;
  double deviation = 0;
};

/// The distance between two colours given in network units, in Lab units.
inline double lab_distance(const Lab<double>& a, const Lab<double>& b) {
  return std::hypot(100 * (a.l - b.l), 110 * (a.a - b.a), 110 * (a.b - b.b));
}

/// Compares a prediction before and after the hint at pixel (row, column) was added. before, after (3,H,W), network
/// units. Throws ShapeError.
inline HintPropagation hint_propagation_range(TensorView<const float, 3> before, TensorView<const float, 3> after,
                                              Index row, Index column, double noticeable = just_noticeable_difference) {
  expect_shape("hint_propagation_range", "before", before, {3, before.extent(1), before.extent(2)});
  expect_shape("hint_propagation_range", "after", after, before.extents());
  const auto color = [](TensorView<const float, 3> lab, Index y, Index x) {
    return Lab<double>{lab(0, y, x), lab(1, y, x), lab(2, y, x)};
  };
  HintPropagation range;
  double squares = 0;  // Welford's sum of squared deviations from the running mean
  for (Index y = 0; y < before.extent(1); ++y)
    for (Index x = 0; x < before.extent(2); ++x) {
      if (!(lab_distance(color(before, y, x), color(after, y, x)) > noticeable)) continue;
      const double distance = std::hypot(static_cast<double>(y - row), static_cast<double>(x - column));
      const double step = distance - range.mean;
      range.mean += step / static_cast<double>(++range.pixels);
      squares += step * (distance - range.mean);
    }
  if (range.pixels > 1) range.deviation = std::sqrt(squares / static_cast<double>(range.pixels - 1));
  return range;
}

}  // namespace icolorit
