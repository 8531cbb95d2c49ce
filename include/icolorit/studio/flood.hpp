// Flood: everything that hangs together with one place and is like it in lightness.
#pragma once

#include <cmath>
#include <vector>

#include "icolorit/image/affinity.hpp"
#include "icolorit/image/hints.hpp"

namespace icolorit::studio {

/// Marks the pixels that can be reached from (y,x) over pairs of neighbours that are alike.
///   mask       (h,w)  overwritten: 1 where reached, else 0
///   lightness  (h,w)  in [0,100]
///   tolerance         in [0,1]: a pixel may differ from the seed by 100 times this in L, and a pair of neighbours may
///                     have (1 - tolerance) of the affinity that it has where the picture is flat (image/affinity.hpp)
inline void flood(TensorView<float, 2> mask, TensorView<const float, 2> lightness, Index y, Index x, double tolerance,
                  const AffinityOptions& options) {
  const Index height = lightness.extent(0), width = lightness.extent(1);
  for (Index row = 0; row < height; ++row)
    for (Index column = 0; column < width; ++column) mask(row, column) = 0;
  const float seed = lightness(y, x);
  const double least = (1 - tolerance) / 8;
  std::vector<std::pair<Index, Index>> border{{y, x}};
  mask(y, x) = 1;
  while (!border.empty()) {
    const auto [py, px] = border.back();
    border.pop_back();
    const PixelAffinities own = pixel_affinities(lightness, py, px, options);
    for (std::size_t k = 0; k < neighbor_steps.size(); ++k) {
      const Index ny = py + neighbor_steps[k][0], nx = px + neighbor_steps[k][1];
      if (ny < 0 || ny >= height || nx < 0 || nx >= width || mask(ny, nx) != 0) continue;
      if (std::abs(lightness(ny, nx) - seed) > 100 * tolerance || own[k] < least) continue;
      mask(ny, nx) = 1;
      border.emplace_back(ny, nx);
    }
  }
}

}  // namespace icolorit::studio
