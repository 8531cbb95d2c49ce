// How faithfully hints are kept: the share of hinted cells that come out in the colour of their hint.
#pragma once

#include <span>

#include "icolorit/image/hints.hpp"
#include "icolorit/image/metrics/ciede2000.hpp"

namespace icolorit {

/// The farthest that a kept hint's colour may be from the hint, in CIEDE2000.
inline constexpr double kept_hint_tolerance = 5;

/// The share of `cells` whose colour in `prediction` is within `tolerance` of that in `truth`, which gave the hints;
/// colours of cells as cell_color reads them, lab (3,H,W) in Lab units at the size of the grid. At least one cell.
/// Throws ShapeError and ArgumentError.
inline double hint_fidelity(TensorView<const float, 3> truth, TensorView<const float, 3> prediction,
                            const HintGrid& grid, std::span<const Index> cells,
                            double tolerance = kept_hint_tolerance) {
  if (cells.empty()) throw ArgumentError("hint_fidelity: there are no hints");
  const auto color = [&](TensorView<const float, 3> lab, Index cell) {
    const Lab<float> found = cell_color(lab, grid, cell);
    return Lab<double>{found.l, found.a, found.b};
  };
  Index kept = 0;
  for (const Index cell : cells) kept += ciede2000(color(truth, cell), color(prediction, cell)) <= tolerance;
  return static_cast<double>(kept) / static_cast<double>(cells.size());
}

}  // namespace icolorit
