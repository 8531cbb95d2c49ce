// Means, variances and the local linear model "colour is a line in lightness" over small windows (He, Sun, Tang 2010,
// "Guided image filtering").
#pragma once

#include <algorithm>
#include <type_traits>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// Means over windows of (2 radius + 1)^2 pixels, clipped at the border, of pictures of one size.
/// Sums run in double, so they do not drift. Allocates only when made.
/// Thread-safety: one thread at a time.
class BoxMean {
 public:
  BoxMean(Index height, Index width, Index radius)
      : height_(height), width_(width), radius_(radius), columns_(std::max<Index>(width, 0)) {
    if (height < 1 || width < 1 || radius < 0)
      throw ShapeError(concat("BoxMean: cannot take means of ", height, " x ", width, " pixels with radius ", radius));
  }

  /// out (h,w) = means of value(y, x), which is called twice for each pixel and may not depend on `out`.
  template <class Value>
  void operator()(TensorView<float, 2> out, Value&& value) {
    of_rows(out, [&](Index y) { return [&value, y](Index x) { return value(y, x); }; });
  }

  /// The same of row(y)(x): sums are vectorised where that reads by a pointer.
  template <class Row>
  void of_rows(TensorView<float, 2> out, Row&& row) {
    double* const columns = columns_.data();  // sums over the window's rows
    std::fill_n(columns, width_, 0.0);
    const auto add_row = [&](Index y, double sign) {
      const auto value = row(y);
      for (Index x = 0; x < width_; ++x) columns[x] += sign * static_cast<double>(value(x));
    };
    for (Index y = 0; y < std::min(radius_, height_); ++y) add_row(y, 1);
    for (Index y = 0; y < height_; ++y) {
      if (y + radius_ < height_) add_row(y + radius_, 1);
      if (y - radius_ > 0) add_row(y - radius_ - 1, -1);
      const Index rows = std::min(y + radius_, height_ - 1) - std::max(y - radius_, Index{0}) + 1;
      if (radius_ == 1 && width_ > 1 && out.stride(1) == 1) {
        means_of_three(&out(y, 0), static_cast<double>(rows));
        continue;
      }
      double sum = 0;
      for (Index x = 0; x < std::min(radius_, width_); ++x) sum += columns[x];
      for (Index x = 0; x < width_; ++x) {
        if (x + radius_ < width_) sum += columns[x + radius_];
        if (x - radius_ > 0) sum -= columns[x - radius_ - 1];
        const Index count = std::min(x + radius_, width_ - 1) - std::max(x - radius_, Index{0}) + 1;
        out(y, x) = static_cast<float>(sum / static_cast<double>(rows * count));
      }
    }
  }

 private:
  /// One row for windows of three columns, each summed by itself, so that no sum waits for the one before.
  void means_of_three(float* out, double rows) const {
    const double* const columns = columns_.data();
    const Index last = width_ - 1;
    out[0] = static_cast<float>((columns[0] + columns[1]) / (2 * rows));
    for (Index x = 1; x < last; ++x)
      out[x] = static_cast<float>((columns[x - 1] + columns[x] + columns[x + 1]) / (3 * rows));
    out[last] = static_cast<float>((columns[last - 1] + columns[last]) / (2 * rows));
  }

  Index height_, width_, radius_;
  Buffer<double> columns_;
};

/// The guided filter at one size: every window's least-squares line ab = slope l + offset, lines averaged over the
/// windows that cover a pixel. Smooths colour inside regions of even lightness and keeps it apart across edges; as the
/// "local statistics" stabilizer it follows the network's pixel shuffle.
/// Allocates only when made.
/// Thread-safety: one thread at a time.
class LocalStatistics {
 public:
  /// eps, in squared units of l, is the variance of lightness below which a window counts as flat. Throws ShapeError.
  LocalStatistics(Index height, Index width, Index radius, float eps)
      : mean_(height, width, radius), eps_(eps), planes_(planes * height * width), height_(height), width_(width) {}

  ///   out  (2,h,w)  overwritten; may be ab itself
  ///   ab   (2,h,w)  read
  ///   l    (h,w)    read
  /// Any strides. Throws ShapeError.
  void operator()(TensorView<float, 3> out, TensorView<const float, 3> ab, TensorView<const float, 2> l) {
    expect_shape("local_statistics", "out", out, {2, height_, width_});
    expect_shape("local_statistics", "ab", ab, {2, height_, width_});
    expect_shape("local_statistics", "l", l, {height_, width_});
    const auto all = planes_.view(Index{planes}, height_, width_);
    const auto mean_l = all[0], variance = all[1], slope = all[2], offset = all[3], mean_slope = all[4];
    mean_(mean_l, l);
    mean_(variance, [&](Index y, Index x) { return double{l(y, x)} * l(y, x); });
    for_each([&](Index y, Index x) { variance(y, x) -= mean_l(y, x) * mean_l(y, x); });
    for (Index c = 0; c < 2; ++c) {
      const auto channel = ab[c];
      mean_(offset, channel);
      mean_(slope, [&](Index y, Index x) { return double{l(y, x)} * channel(y, x); });
      for_each([&](Index y, Index x) {
        const float covariance = slope(y, x) - mean_l(y, x) * offset(y, x);
        slope(y, x) = covariance / (variance(y, x) + eps_);
        offset(y, x) -= slope(y, x) * mean_l(y, x);
      });
      mean_(mean_slope, slope);
      for_each([&](Index y, Index x) { mean_slope(y, x) *= l(y, x); });
      mean_(out[c], offset);
      for_each([&](Index y, Index x) { out(c, y, x) += mean_slope(y, x); });
    }
  }

 private:
  static constexpr Index planes = 5;

  template <class F>
  void for_each(F&& f) const {
    for (Index y = 0; y < height_; ++y)
      for (Index x = 0; x < width_; ++x) f(y, x);
  }

  BoxMean mean_;
  float eps_;
  Buffer<float> planes_;
  Index height_, width_;
};

}  // namespace icolorit
