// How close a picture is to another.
#pragma once

#include <algorithm>
#include <cmath>

#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// Mean squared errors below this count as this: 50 dB is the ceiling of the published PSNR.
inline constexpr double least_squared_error = 1e-5;

/// Mean squared difference, summed in double. a, b (C,H,W) of any strides. Throws ShapeError.
inline double mean_squared_error(TensorView<const float, 3> a, TensorView<const float, 3> b) {
  expect_shape("mean_squared_error", "b", b, {a.extent(0), a.extent(1), a.extent(2)});
  if (a.elements() == 0) throw ShapeError(concat("mean_squared_error: a is ", a.shape(), ", expected no extent of 0"));
  double sum = 0;
  for (Index c = 0; c < a.extent(0); ++c)
    for (Index y = 0; y < a.extent(1); ++y)
      for (Index x = 0; x < a.extent(2); ++x) {
        const double difference = double{a(c, y, x)} - double{b(c, y, x)};
        sum += difference * difference;
      }
  return sum / static_cast<double>(a.elements());
}

/// Peak signal-to-noise ratio of RGB in [0,1] in dB, at most 50 (the published evaluation of iColoriT).
/// a, b (C,H,W). Throws ShapeError.
inline double psnr(TensorView<const float, 3> a, TensorView<const float, 3> b) {
  return -10 * std::log10(std::max(mean_squared_error(a, b), least_squared_error));
}

}  // namespace icolorit
