// The lines ab = slope L + offset of every cell of a coarse grid, fitted to a coarse ab and the fine lightness.
#pragma once

#include <algorithm>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/local_statistics.hpp"
#include "icolorit/image/padded_planes.hpp"
#include "icolorit/image/upsample_axis.hpp"

namespace icolorit::upsample_detail {

/// Slopes and offsets of one channel at a time; what depends on the lightness alone is kept between them. Allocates in
/// the constructor only.
class GuidedFit {
 public:
  explicit GuidedFit(const Axes& axes)
      : mean_(axes.rows.cells(), axes.columns.cells(), radius),
        row_moments_(3 * (axes.columns.cells() + 2 * PaddedPlanes::border)),
        moments_(9 * axes.cells()),
        guide_(axes.cells()),
        statistics_(statistics * axes.cells()),
        between_((axes.rows.cells() + 2 * PaddedPlanes::border) * axes.columns.cells()) {
    std::fill_n(moments_.data(), moments_.size(), 0.0f);
    std::fill_n(guide_.data(), guide_.size(), 0.0f);
  }

  /// Moments and reduced guide from all rows of lightness; row(y) points to W values.
  ///   moments(p, dy, dx) = sum over pixels of (weight of the pixel in cell p when reducing) x (weight of cell
  ///   p + (dy,dx) in the pixel when enlarging linearly) x L. Their sum over (dy,dx) is the reduced L.
  template <class Row>
  void set_guide(const Axes& axes, Row&& row) {
    const Index width = axes.columns.cells();
    const auto moments = moments_.view(axes.rows.cells(), Index{3}, 3 * width);
    std::fill_n(moments_.data(), moments_.size(), 0.0f);
    for (Index y = 0; y < axes.rows.pixels(); ++y) {
      add_row_moments(axes.columns, row(y));
      const float* const row_moments = row_moments_.data() + 3;  // without cell -1
      const Index cell = axes.rows.cell(y);
      const float t = axes.rows.t(y);
      const auto add = [&](Index p, Index dy, float weight) {
        float* const sums = &moments(p, dy + 1, 0);
        for (Index k = 0; k < 3 * width; ++k) sums[k] += weight * row_moments[k];
      };
      if (cell >= 0) {
        add(cell, 0, (1 - t) * (1 - t));
        add(cell, 1, (1 - t) * t);
      }
      if (cell + 1 < axes.rows.cells()) {
        add(cell + 1, -1, t * (1 - t));
        add(cell + 1, 0, t * t);
      }
    }
    const auto guide = guide_.view(axes.rows.cells(), width);
    axes.for_each_cell([&](Index i, Index j) {
      const float scale = 1 / (axes.rows.weight(i) * axes.columns.weight(j));
      guide(i, j) = 0;
      for (Index dy = 0; dy < 3; ++dy)
        for (Index dx = 0; dx < 3; ++dx) guide(i, j) += moments(i, dy, 3 * j + dx) *= scale;
    });
  }

  /// The lines whose enlarged picture, reduced again, is ab (h,w).
  void fit(const Axes& axes, PaddedPlanes& slopes, PaddedPlanes& offsets, Index channel,
           TensorView<const float, 2> ab) {
    fit_slope(axes, slopes, channel, ab);
    fit_offset(axes, offsets, slopes.padded(channel), channel, ab);
  }

 private:
  // In Lab units; found on the photographs named in guided_upsample.hpp, flat optimum: a factor of 3 costs less than
  // 0.05 dB.
  static constexpr Index radius = 1;
  static constexpr float flat_variance = 1;     // of lightness: shrinks slopes in flat windows
  static constexpr float noise_variance = .1f;  // of lightness and colour: keeps the correlation of nothing at 0
  static constexpr int back_projections = 5;    // the fifth gains 0.01 dB
  static constexpr Index statistics = 5;        // planes of scratch

  /// The same along one row: (cell, dx) for the cells -1 .. w, whose outermost are not cells and are ignored.
  void add_row_moments(const Axis& columns, const float* l) {
    std::fill_n(row_moments_.data(), 3 * (columns.cells() + 2), 0.0f);
    const float* const t = columns.positions();
    Index x = 0;
    for (Index cell = -1; cell < columns.cells(); ++cell) {
      float both_left = 0, mixed = 0, both_right = 0;
      for (const Index end = columns.end(cell); x < end; ++x) {
        const float right = t[x], left = 1 - right;
        both_left += left * left * l[x];
        mixed += left * right * l[x];
        both_right += right * right * l[x];
      }
      float* const moments = row_moments_.data() + 3 * (cell + 1);
      moments[1] += both_left;
      moments[2] += mixed;
      moments[3] += mixed;  // of cell + 1
      moments[4] += both_right;
    }
  }

  /// Least-squares slopes of ab over the reduced guide, times the local mean of the squared determination coefficient
  /// (the share of colour's variance that lightness explains), smoothed over the windows.
  void fit_slope(const Axes& axes, PaddedPlanes& slopes, Index channel, TensorView<const float, 2> ab) {
    const auto planes = statistics_.view(Index{statistics}, axes.rows.cells(), axes.columns.cells());
    const auto mean_l = planes[0], mean_ab = planes[1], covariance = planes[2], l_variance = planes[3],
               ab_variance = planes[4];
    const auto l = guide_.view(axes.rows.cells(), axes.columns.cells());
    // Rows are read by pointers, so that loops over them are vectorised.
    const auto mean_of = [&](TensorView<float, 2> mean, auto a) {
      mean_.of_rows(mean, [=](Index i) { return [row = &a(i, 0)](Index j) { return row[j]; }; });
    };
    const auto mean_of_product = [&](TensorView<float, 2> mean, auto a, auto b) {
      mean_.of_rows(mean, [=](Index i) {
        return [x = &a(i, 0), y = &b(i, 0)](Index j) { return double{x[j]} * static_cast<double>(y[j]); };
      });
    };
    mean_of(mean_l, l);
    mean_of(mean_ab, ab);
    mean_of_product(l_variance, l, l);
    mean_of_product(ab_variance, ab, ab);
    mean_of_product(covariance, l, ab);
    for (Index i = 0; i < axes.rows.cells(); ++i) {
      const float *const ml = &mean_l(i, 0), *const mab = &mean_ab(i, 0);
      float *const c = &covariance(i, 0), *const vl = &l_variance(i, 0), *const vab = &ab_variance(i, 0);
      for (Index j = 0; j < axes.columns.cells(); ++j) {
        c[j] -= ml[j] * mab[j];
        vl[j] -= ml[j] * ml[j];
        vab[j] -= mab[j] * mab[j];
      }
    }
    const auto trust = mean_ab;
    mean_.of_rows(trust, [=](Index i) {
      return [c = &covariance(i, 0), vl = &l_variance(i, 0), vab = &ab_variance(i, 0)](Index j) {
        const float share = std::min(c[j] * c[j] / (vl[j] + noise_variance) / (vab[j] + noise_variance), 1.0f);
        return share * share;  // of the determination
      };
    });
    mean_.of_rows(slopes.inner(channel), [=](Index i) {
      return [c = &covariance(i, 0), vl = &l_variance(i, 0), t = &trust(i, 0)](Index j) {
        return c[j] / (vl[j] + flat_variance) * t[j];
      };
    });
    slopes.fill_border(channel);
  }

  /// Offsets with which the enlarged picture, reduced again, is ab.
  void fit_offset(const Axes& axes, PaddedPlanes& offsets, TensorView<const float, 2> slope, Index channel,
                  TensorView<const float, 2> ab) {
    constexpr Index border = PaddedPlanes::border;
    const TensorView<float, 2> offset = offsets.padded(channel);
    const auto l = guide_.view(axes.rows.cells(), axes.columns.cells());
    const auto moments = moments_.view(axes.rows.cells(), Index{3}, 3 * axes.columns.cells());
    const auto wanted = statistics_.view(axes.rows.cells(), axes.columns.cells());  // of the reduced offsets
    const auto estimate = offsets.inner(channel);
    axes.for_each_cell([&](Index i, Index j) {
      float guided = 0;  // the reduced slope L
      for (Index dy = 0; dy < 3; ++dy)
        for (Index dx = 0; dx < 3; ++dx)
          guided += moments(i, dy, 3 * j + dx) * slope(i + border - 1 + dy, j + border - 1 + dx);
      wanted(i, j) = ab(i, j) - guided;
      estimate(i, j) = ab(i, j) - slope(i + border, j + border) * l(i, j);
    });
    const auto between = between_.view(axes.rows.cells() + 2 * border, axes.columns.cells());
    for (int pass = 0; pass < back_projections; ++pass) {
      offsets.fill_border(channel);
      for (Index i = 0; i < between.extent(0); ++i) axes.columns.apply_consistency(&between(i, 0), &offset(i, 0));
      for (Index i = 0; i < axes.rows.cells(); ++i) {
        const std::array<float, 5> w = axes.rows.consistency(i);
        const float* const from = &between(i, 0);
        const float* const goal = &wanted(i, 0);
        float* const to = &estimate(i, 0);
        const Index n = axes.columns.cells();
        for (Index j = 0; j < n; ++j)
          to[j] += goal[j] - (w[0] * from[j] + w[1] * from[j + n] + w[2] * from[j + 2 * n] + w[3] * from[j + 3 * n] +
                              w[4] * from[j + 4 * n]);
      }
    }
    offsets.fill_border(channel);
  }

  BoxMean mean_;
  Buffer<float> row_moments_;  // (w+4,3)
  Buffer<float> moments_;      // (h,3,w,3): row, dy, column, dx
  Buffer<float> guide_;        // (h,w) the reduced lightness
  Buffer<float> statistics_;   // (5,h,w)
  Buffer<float> between_;      // (h+4,w)
};

}  // namespace icolorit::upsample_detail
