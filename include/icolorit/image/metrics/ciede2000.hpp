// CIEDE2000, the colour difference of CIE 142-2001, as Sharma, Wu, Dalal 2005 ("The CIEDE2000 color-difference formula:
// implementation notes") write it out, with all parametric factors 1.
#pragma once

#include <cmath>
#include <numbers>

#include "icolorit/image/color_space.hpp"

namespace icolorit {

/// The difference of two colours in Lab units; about 1 is just noticeable. Equation numbers are those of the paper.
inline double ciede2000(const Lab<double>& first, const Lab<double>& second) {
  constexpr double degree = std::numbers::pi / 180;
  const auto power7_ratio = [](double chroma) {  // sqrt(C^7 / (C^7 + 25^7)) of (4) and (17)
    const double power = std::pow(chroma, 7);
    return std::sqrt(power / (power + 6103515625.));
  };

  // The axis a is stretched where colours are nearly grey: (2) to (6).
  const double mean_chroma = (std::hypot(first.a, first.b) + std::hypot(second.a, second.b)) / 2;
  const double stretch = 1.5 - .5 * power7_ratio(mean_chroma);
  const double a1 = stretch * first.a, a2 = stretch * second.a;
  const double chroma1 = std::hypot(a1, first.b), chroma2 = std::hypot(a2, second.b);

  // Hues in degrees, [0,360), 0 for grey: (7).
  const auto hue = [&](double a, double b) {
    const double angle = a == 0 && b == 0 ? 0. : std::atan2(b, a) / degree;
    return angle < 0 ? angle + 360 : angle;
  };
  const double hue1 = hue(a1, first.b), hue2 = hue(a2, second.b);
  const bool grey = chroma1 * chroma2 == 0;

  // Differences: (8) to (11).
  double hue_step = grey ? 0. : hue2 - hue1;
  if (hue_step > 180) hue_step -= 360;
  if (hue_step < -180) hue_step += 360;
  const double d_lightness = second.l - first.l, d_chroma = chroma2 - chroma1;
  const double d_hue = 2 * std::sqrt(chroma1 * chroma2) * std::sin(hue_step / 2 * degree);

  // Means: (12) to (14).
  const double lightness = (first.l + second.l) / 2, chroma = (chroma1 + chroma2) / 2;
  double mean_hue = hue1 + hue2;
  if (!grey) {
    if (std::abs(hue1 - hue2) > 180) mean_hue += mean_hue < 360 ? 360 : -360;
    mean_hue /= 2;
  }

  // Weights: (15) to (21).
  const auto cosine = [](double angle) { return std::cos(angle * degree); };
  const double t = 1 - .17 * cosine(mean_hue - 30) + .24 * cosine(2 * mean_hue) + .32 * cosine(3 * mean_hue + 6) -
                   .20 * cosine(4 * mean_hue - 63);
  const double offset = (mean_hue - 275) / 25;
  const double rotation = 30 * std::exp(-offset * offset);
  const double middle = (lightness - 50) * (lightness - 50);
  const double s_lightness = 1 + .015 * middle / std::sqrt(20 + middle);
  const double s_chroma = 1 + .045 * chroma, s_hue = 1 + .015 * chroma * t;
  const double cross = -std::sin(2 * rotation * degree) * 2 * power7_ratio(chroma);

  const double l = d_lightness / s_lightness, c = d_chroma / s_chroma, h = d_hue / s_hue;  // (22)
  return std::sqrt(l * l + c * c + h * h + cross * c * h);
}

/// The mean over the pixels. a, b (3,H,W), L*a*b*. Throws ShapeError.
inline double mean_ciede2000(TensorView<const float, 3> a, TensorView<const float, 3> b) {
  expect_shape("mean_ciede2000", "a", a, {3, a.extent(1), a.extent(2)});
  expect_shape("mean_ciede2000", "b", b, a.extents());
  if (a.elements() == 0) throw ShapeError(concat("mean_ciede2000: a is ", a.shape(), ", expected no extent of 0"));
  double sum = 0;
  for (Index y = 0; y < a.extent(1); ++y)
    for (Index x = 0; x < a.extent(2); ++x)
      sum += ciede2000({a(0, y, x), a(1, y, x), a(2, y, x)}, {b(0, y, x), b(1, y, x), b(2, y, x)});
  return sum / static_cast<double>(a.extent(1) * a.extent(2));
}

}  // namespace icolorit
