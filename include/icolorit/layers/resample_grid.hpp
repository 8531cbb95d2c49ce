// Bicubic interpolation of small position tables when the token grid differs from the one the weights were trained on.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// out (h,w,C) from in (H,W,C): Keys' cubic convolution (1981) with a = -0.75, half-pixel centres, the border repeated:
/// what PyTorch calls bicubic with align_corners=False, the custom for enlarging the position tables of vision
/// transformers (Dosovitskiy et al. 2021, sec. 3.2). Equal extents copy exactly.
template <Element T, Element U>
void resample_grid(TensorView<T, 3> out, TensorView<const U, 3> in) {
  struct Taps {
    std::array<Index, 4> position;
    std::array<double, 4> weight;
  };
  const auto taps = [](Index i, Index target, Index source) {
    const double centre =
        (static_cast<double>(i) + 0.5) * static_cast<double>(source) / static_cast<double>(target) - 0.5;
    const double first = std::floor(centre);
    Taps result;
    for (Index k = 0; k < 4; ++k) {
      constexpr double a = -0.75;
      const double d = std::abs(centre - (first - 1 + static_cast<double>(k)));
      const auto at = static_cast<std::size_t>(k);
      result.position[at] = std::clamp(static_cast<Index>(first) - 1 + k, Index{0}, source - 1);
      result.weight[at] = d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    }
    return result;
  };
  for (Index y = 0; y < out.extent(0); ++y)
    for (Index x = 0; x < out.extent(1); ++x) {
      const Taps rows = taps(y, out.extent(0), in.extent(0)), columns = taps(x, out.extent(1), in.extent(1));
      for (Index c = 0; c < out.extent(2); ++c) {
        double sum = 0;
        for (std::size_t i = 0; i < 4; ++i)
          for (std::size_t j = 0; j < 4; ++j)
            sum +=
                rows.weight[i] * columns.weight[j] * static_cast<double>(in(rows.position[i], columns.position[j], c));
        out(y, x, c) = static_cast<T>(sum);
      }
    }
}

}  // namespace icolorit
