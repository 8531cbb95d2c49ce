// Where the pixels of a picture lie among the cells of a coarser grid, and cubic convolution between cells.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit {

namespace upsample_detail {

/// Pixels beyond the last one that the loops in steps of `lanes` may touch.
inline constexpr Index lanes = 8;

/// Cubic convolution (Keys 1981, a = -1/2) between the cells p[1] and p[2]: coefficients of 1, t, t^2, t^3.
inline std::array<float, 4> cubic(const std::array<float, 4>& p) {
  return {p[1], .5f * (p[2] - p[0]), p[0] - 2.5f * p[1] + 2 * p[2] - .5f * p[3],
          .5f * (p[3] - p[0]) + 1.5f * (p[1] - p[2])};
}

/// The same as weights of the four cells at t.
inline std::array<float, 4> cubic_weights(float t) {
  return {t * (-.5f + t * (1 - .5f * t)), 1 + t * t * (-2.5f + 1.5f * t), t * (.5f + t * (2 - 1.5f * t)),
          t * t * (-.5f + .5f * t)};
}

/// Where the pixels of one axis lie among fewer cells, at half-pixel centres: pixel x is at cell(x) + t(x), 0 <= t < 1,
/// cell(x) in [-1, cells - 1].
class Axis {
 public:
  Axis(Index cells, Index pixels)
      : cells_(cells),
        cell_(static_cast<std::size_t>(pixels)),
        t_(static_cast<std::size_t>(pixels + lanes)),
        end_(static_cast<std::size_t>(cells + 1)),
        weight_(static_cast<std::size_t>(cells)),
        consistency_(static_cast<std::size_t>(5 * cells)) {
    for (Index x = 0; x < pixels; ++x) {
      const double position = (static_cast<double>(x) + .5) * static_cast<double>(cells) / static_cast<double>(pixels);
      const auto cell = static_cast<Index>(std::floor(position - .5));
      cell_[at(x)] = static_cast<std::int32_t>(cell);
      t_[at(x)] = static_cast<float>(position - .5 - static_cast<double>(cell));
      end_[at(cell + 1)] = x + 1;
    }
    for (std::size_t i = 1; i < end_.size(); ++i) end_[i] = std::max(end_[i], end_[i - 1]);
    for_each_hat([&](Index, Index p, float hat) { weight_[at(p)] += hat; });
    for_each_hat([&](Index x, Index p, float hat) {
      const auto w = cubic_weights(t(x));
      for (Index k = 0; k < 4; ++k)
        consistency_[at((cell(x) - 1 + k - p + 2) * cells_ + p)] += hat / weight_[at(p)] * w[at(k)];
    });
  }

  Index cells() const { return cells_; }
  Index pixels() const { return static_cast<Index>(cell_.size()); }
  Index cell(Index x) const { return cell_[at(x)]; }
  float t(Index x) const { return t_[at(x)]; }
  const float* positions() const { return t_.data(); }
  /// One past the last pixel of the interval between cell and cell + 1.
  Index end(Index cell) const { return end_[at(cell + 1)]; }
  /// The sum of the reducing triangle's weights over the pixels of a cell.
  float weight(Index p) const { return weight_[at(p)]; }
  /// Weights of the cells p-2 .. p+2 in cell p after enlarging by cubic convolution and reducing again.
  std::array<float, 5> consistency(Index p) const {
    const float* const w = consistency_.data() + p;
    return {w[0], w[cells_], w[2 * cells_], w[3 * cells_], w[4 * cells_]};
  }
  /// to[p] = the sum of that for every cell; from[0] is that of cell -2.
  void apply_consistency(float* ICOLORIT_RESTRICT to, const float* from) const {
    const Index n = cells_;
    const float* const w = consistency_.data();
    for (Index p = 0; p < n; ++p)
      to[p] = w[p] * from[p] + w[p + n] * from[p + 1] + w[p + 2 * n] * from[p + 2] + w[p + 3 * n] * from[p + 3] +
              w[p + 4 * n] * from[p + 4];
  }

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }

  /// f(x, p, weight of pixel x in cell p) for every pair; the triangle is two cells wide.
  template <class F>
  void for_each_hat(F&& f) const {
    for (Index x = 0; x < pixels(); ++x) {
      if (cell(x) >= 0) f(x, cell(x), 1 - t(x));
      if (cell(x) + 1 < cells_) f(x, cell(x) + 1, t(x));
    }
  }

  Index cells_;
  std::vector<std::int32_t> cell_;
  std::vector<float> t_;
  std::vector<Index> end_;
  std::vector<float> weight_;
  std::vector<float> consistency_;  // (5,cells)
};

/// Both axes of a picture.
struct Axes {
  Axis rows, columns;

  Index cells() const { return rows.cells() * columns.cells(); }

  /// f(i, j) for every cell.
  template <class F>
  void for_each_cell(F&& f) const {
    for (Index i = 0; i < rows.cells(); ++i)
      for (Index j = 0; j < columns.cells(); ++j) f(i, j);
  }
};

}  // namespace upsample_detail
}  // namespace icolorit
