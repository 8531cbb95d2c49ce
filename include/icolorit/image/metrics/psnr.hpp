// How close a picture is to another, pixel by pixel.
#pragma once

#include <algorithm>
#include <cmath>

#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// Mean squared errors below this count as this: 50 dB is the ceiling of the published PSNR.
inline constexpr double least_squared_error = 1e-5;

/// Throws ShapeError unless a and b (C,H,W) have the same extents and at least one element.
inline void expect_comparable(const char* function, TensorView<const float, 3> a, TensorView<const float, 3> b) {
  expect_shape(function, "b", b, a.extents());
  if (a.elements() == 0) throw ShapeError(concat(function, ": a is ", a.shape(), ", expected no extent of 0"));
}

/// The squared difference of a pixel, mean over its channels. a, b (C,H,W).
inline double squared_error(TensorView<const float, 3> a, TensorView<const float, 3> b, Index y, Index x) {
  double sum = 0;
  for (Index c = 0; c < a.extent(0); ++c) {
    const double difference = double{a(c, y, x)} - double{b(c, y, x)};
    sum += difference * difference;
  }
  return sum / static_cast<double>(a.extent(0));
}

/// Mean squared difference, summed in double. a, b (C,H,W) of any strides. Throws ShapeError.
inline double mean_squared_error(TensorView<const float, 3> a, TensorView<const float, 3> b) {
  expect_comparable("mean_squared_error", a, b);
  double sum = 0;
  for (Index y = 0; y < a.extent(1); ++y)
    for (Index x = 0; x < a.extent(2); ++x) sum += squared_error(a, b, y, x);
  return sum / static_cast<double>(a.extent(1) * a.extent(2));
}

/// A mean squared error of values in [0,1] in dB, at most 50.
inline double decibels(double squared_error) { return -10 * std::log10(std::max(squared_error, least_squared_error)); }

/// Peak signal-to-noise ratio of RGB in [0,1] in dB, at most 50 (the published evaluation of iColoriT).
/// a, b (C,H,W). Throws ShapeError.
inline double psnr(TensorView<const float, 3> a, TensorView<const float, 3> b) {
  return decibels(mean_squared_error(a, b));
}

}  // namespace icolorit
