// Random hint masks for training.
#pragma once

#include <algorithm>
#include <cmath>

#include "icolorit/core/error.hpp"
#include "icolorit/core/random.hpp"
#include "icolorit/image/hints.hpp"

namespace icolorit {

/// How many hints a training picture gets. Published: uniform in [0,128], cells of 2 pixels.
struct HintDistribution {
  Index least = 0, most = 128;
  Index cell = 2;
  /// The count is least + floor((most - least + 1) * u^skew), u uniform in [0,1): 1 is uniform, 2 and more favour few
  /// hints, which a small network otherwise sees too rarely to learn them well.
  double skew = 1;
};

/// Throws ArgumentError unless every count it may give fits into the grid.
inline void expect_valid(const HintDistribution& hints, Index cells) {
  if (hints.least < 0 || hints.most < hints.least || hints.most > cells || !(hints.skew > 0))
    throw ArgumentError(concat("HintDistribution: ", hints.least, " to ", hints.most, " hints with skew ", hints.skew,
                               ", expected 0 <= least <= most <= ", cells, " cells and a positive skew"));
}

inline Index sample_hint_count(Random& random, const HintDistribution& hints) {
  const Index range = hints.most - hints.least;
  const double count = static_cast<double>(range + 1) * std::pow(random.uniform(), hints.skew);
  return hints.least + std::min(static_cast<Index>(count), range);
}

/// Puts `count` hints on different cells, every choice equally likely (Bentley and Floyd 1987: one random number a hint
/// and no memory). random_hint_cells also gives them an order.
///   mask  (cells)  overwritten: 0 at a hint, 1 elsewhere; count <= cells
inline void sample_hint_mask(TensorView<float, 1> mask, Random& random, Index count) {
  const Index cells = mask.extent(0);
  ICOLORIT_ASSERT(count >= 0 && count <= cells);
  for (Index cell = 0; cell < cells; ++cell) mask(cell) = 1;
  for (Index last = cells - count; last < cells; ++last) {
    const Index cell = random.below(last + 1);
    mask(mask(cell) == 0 ? last : cell) = 0;
  }
}

}  // namespace icolorit
