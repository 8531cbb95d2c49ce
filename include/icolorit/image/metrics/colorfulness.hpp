// Colourfulness without a reference (Hasler, Suesstrunk 2003, "Measuring colourfulness in natural images").
#pragma once

#include <cmath>

#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// The measure M^(3) of the paper on the scale 0..255: 0 for a grey picture, about 15 slightly, 33 moderately, 59
/// quite, 109 extremely colourful. rgb (3,H,W) in [0,1]. Throws ShapeError.
inline double colorfulness(TensorView<const float, 3> rgb) {
  expect_shape("colorfulness", "rgb", rgb, {3, rgb.extent(1), rgb.extent(2)});
  if (rgb.elements() == 0) throw ShapeError(concat("colorfulness: rgb is ", rgb.shape(), ", expected no extent of 0"));
  const auto pixels = static_cast<double>(rgb.extent(1) * rgb.extent(2));
  struct Axis {
    double sum = 0, squares = 0;

    void add(double value) {
      sum += value;
      squares += value * value;
    }
    double mean(double count) const { return sum / count; }
    double variance(double count) const { return squares / count - mean(count) * mean(count); }
  };
  Axis red_green, yellow_blue;
  for (Index y = 0; y < rgb.extent(1); ++y)
    for (Index x = 0; x < rgb.extent(2); ++x) {
      const double r = 255 * double{rgb(0, y, x)}, g = 255 * double{rgb(1, y, x)}, b = 255 * double{rgb(2, y, x)};
      red_green.add(r - g);
      yellow_blue.add((r + g) / 2 - b);
    }
  const double variance = red_green.variance(pixels) + yellow_blue.variance(pixels);
  return std::sqrt(std::max(variance, 0.)) + .3 * std::hypot(red_green.mean(pixels), yellow_blue.mean(pixels));
}

}  // namespace icolorit
