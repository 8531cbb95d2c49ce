// The colour error beside strong edges of lightness, where colour that bleeds over the edge shows as a halo.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "icolorit/image/metrics/ciede2000.hpp"

namespace icolorit {

/// The least slope of a strong edge, in L a pixel as lightness_slope measures it: that of a sharp step of 40 L. At
/// 224 x 224 pixels this leaves about a quarter of a photograph beside strong edges (median of 600).
inline constexpr double strong_edge_slope = 20;
/// How far a halo reaches: pixels up to this distance from a strong edge count.
inline constexpr Index halo_reach = 8;

/// The magnitude of the gradient of a plane (H,W) at one pixel, by Sobel's operator divided by 8: units a pixel. A ramp
/// has its own slope; a sharp step of height h has h/2 at the two rows of pixels that touch it. Outside, the plane goes
/// on as its border.
inline double lightness_slope(TensorView<const float, 2> lightness, Index y, Index x) {
  const auto at = [&](Index dy, Index dx) {
    return double{lightness(std::clamp(y + dy, Index{0}, lightness.extent(0) - 1),
                            std::clamp(x + dx, Index{0}, lightness.extent(1) - 1))};
  };
  const double across = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
  const double down = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
  return std::hypot(across, down) / 8;
}

/// For each pixel of a plane of L in [0,100], row by row, 1 where a pixel with a strong edge lies within halo_reach
/// (Euclidean, from centre to centre), else 0.
inline std::vector<std::uint8_t> beside_strong_edges(TensorView<const float, 2> lightness) {
  const Index height = lightness.extent(0), width = lightness.extent(1), far = halo_reach + 1;
  // The distance to the nearest edge pixel of the same row first, then the best of the rows around.
  std::vector<Index> in_row(static_cast<std::size_t>(height * width));
  for (Index y = 0; y < height; ++y) {
    Index* const row = in_row.data() + y * width;
    for (Index x = 0, distance = far; x < width; ++x) {
      distance = lightness_slope(lightness, y, x) >= strong_edge_slope ? 0 : std::min(distance + 1, far);
      row[x] = distance;
    }
    for (Index x = width - 2; x >= 0; --x) row[x] = std::min(row[x], row[x + 1] + 1);
  }
  std::vector<std::uint8_t> beside(in_row.size());
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      bool near = false;
      for (Index other = std::max(y - halo_reach, Index{0}); other <= std::min(y + halo_reach, height - 1); ++other) {
        const Index dx = in_row[static_cast<std::size_t>(other * width + x)], dy = other - y;
        near = near || dx * dx + dy * dy <= halo_reach * halo_reach;
      }
      beside[static_cast<std::size_t>(y * width + x)] = near;
    }
  return beside;
}

/// The mean CIEDE2000 over the pixels beside strong edges of `truth`; nothing where it has no strong edge. truth,
/// prediction (3,H,W), L*a*b*. Throws ShapeError.
inline std::optional<double> edge_ciede2000(TensorView<const float, 3> truth, TensorView<const float, 3> prediction) {
  expect_shape("edge_ciede2000", "truth", truth, {3, truth.extent(1), truth.extent(2)});
  expect_shape("edge_ciede2000", "prediction", prediction, truth.extents());
  const Index width = truth.extent(2);
  const std::vector<std::uint8_t> beside = beside_strong_edges(truth[0]);
  double sum = 0;
  Index pixels = 0;
  for (Index i = 0; i < std::ssize(beside); ++i) {
    if (beside[static_cast<std::size_t>(i)] == 0) continue;
    const Index y = i / width, x = i % width;
    sum += ciede2000({truth(0, y, x), truth(1, y, x), truth(2, y, x)},
                     {prediction(0, y, x), prediction(1, y, x), prediction(2, y, x)});
    ++pixels;
  }
  if (pixels == 0) return std::nullopt;
  return sum / static_cast<double>(pixels);
}

}  // namespace icolorit
