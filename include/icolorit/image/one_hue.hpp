// Whether all colours of a picture are of one hue, as those of a toned print.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/fast_color.hpp"

namespace icolorit {

/// True where the picture's colours are those of a toned print, as in a scan of a sepia or cyanotype: they are the
/// paper's and the toner's, and tell nothing of the things that are shown. Grey pictures count, too.
///
/// The colours of such a picture have one hue, or depend on the lightness alone. So one of the two holds:
/// - in the ab plane they lie on a ray from grey: the root mean square distance from their principal line through grey
///   is at most 1.5, and of their spread along it no more than 1 % points the other way;
/// - within each of 50 steps of L they are the same: the root mean square distance from the step's mean is at most 1.5.
/// Lossy compression moves ab of a toned scan by less than 1 in the mean; photographs of things of one colour, a forest
/// or a sunset, lie 3 and more away, because their hues vary with the light.
inline bool is_one_hue(const Image& image) {
  if (!image.has_colour()) return true;
  const Image rgb = converted(image, 3, 8);
  const Index h = rgb.height(), w = rgb.width();
  Buffer<float> row(3 * w);
  const auto for_each_pixel = [&](auto&& f) {
    const auto samples = rgb.samples<std::uint8_t>();
    for (Index y = 0; y < h; ++y) {
      rgb_row_to_lab<std::uint8_t>(row.view(3, w), samples[y]);
      for (Index x = 0; x < w; ++x) f(Lab<double>{row.data()[x], row.data()[w + x], row.data()[2 * w + x]});
    }
  };

  constexpr std::size_t steps = 50;
  struct Sums {
    double count = 0, a = 0, b = 0, squares = 0;
  };
  std::array<Sums, steps> by_lightness;
  double aa = 0, ab = 0, bb = 0;  // their eigenvector of the larger eigenvalue is the principal line
  for_each_pixel([&](const Lab<double>& color) {
    aa += color.a * color.a;
    ab += color.a * color.b;
    bb += color.b * color.b;
    Sums& sums = by_lightness[static_cast<std::size_t>(std::clamp(color.l / 2, 0., steps - 1.))];
    sums.count += 1;
    sums.a += color.a;
    sums.b += color.b;
    sums.squares += color.a * color.a + color.b * color.b;
  });
  constexpr double max_distance = 1.5, max_backwards = .01;
  const double max_squares = max_distance * max_distance * static_cast<double>(h * w);

  double within = 0;
  for (const Sums& sums : by_lightness)
    if (sums.count > 0) within += sums.squares - (sums.a * sums.a + sums.b * sums.b) / sums.count;
  if (within <= max_squares) return true;

  const double angle = .5 * std::atan2(2 * ab, aa - bb);
  double across = 0, forwards = 0, backwards = 0;
  for_each_pixel([&](const Lab<double>& color) {
    const double along = color.a * std::cos(angle) + color.b * std::sin(angle);
    const double off = color.b * std::cos(angle) - color.a * std::sin(angle);
    across += off * off;
    (along > 0 ? forwards : backwards) += along * along;
  });
  return across <= max_squares && std::min(forwards, backwards) <= max_backwards * std::max(forwards, backwards);
}

}  // namespace icolorit
