// SSIM, the structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004, "Image quality assessment").
#pragma once

#include <array>
#include <vector>

#include "icolorit/image/metrics/psnr.hpp"

namespace icolorit {

/// The window of SSIM: a Gaussian of standard deviation 1.5, cut to 11 pixels, of sum 1 (ibid., sec. III-B).
struct SsimWindow {
  static constexpr Index size = 11;
  static constexpr double deviation = 1.5;

  SsimWindow() {
    double sum = 0;
    for (Index i = 0; i < size; ++i) {
      const double t = static_cast<double>(i - size / 2) / deviation;
      sum += weights[static_cast<std::size_t>(i)] = std::exp(-t * t / 2);
    }
    for (double& weight : weights) weight /= sum;
  }

  std::array<double, size> weights;
};

/// The mean structural similarity of pictures in [0,1], 1 for equal ones: of each channel by itself over every position
/// where the window fits, then over the channels. This is scikit-image's structural_similarity(gaussian_weights=True,
/// sigma=1.5, use_sample_covariance=False, data_range=1); the authors' code also shrinks large pictures first, which is
/// left to the caller. a, b (C,H,W). Throws ShapeError for pictures smaller than the window.
inline double ssim(TensorView<const float, 3> a, TensorView<const float, 3> b) {
  constexpr double c1 = .01 * .01, c2 = .03 * .03;  // K1 and K2 of the paper, squared; the values' range is 1
  constexpr Index window = SsimWindow::size;
  expect_comparable("ssim", a, b);
  const Index H = a.extent(1), W = a.extent(2);
  if (H < window || W < window)
    throw ShapeError(concat("ssim: a is ", a.shape(), ", expected at least ", window, " x ", window, " pixels"));

  const std::array<double, window> weights = SsimWindow().weights;
  struct Moments {
    double a = 0, b = 0, aa = 0, bb = 0, ab = 0;

    void add(double weight, const Moments& other) {
      a += weight * other.a;
      b += weight * other.b;
      aa += weight * other.aa;
      bb += weight * other.bb;
      ab += weight * other.ab;
    }
  };
  std::vector<Moments> columns(static_cast<std::size_t>(W));  // one row of pictures filtered downwards
  double sum = 0;
  for (Index c = 0; c < a.extent(0); ++c)
    for (Index top = 0; top + window <= H; ++top) {
      for (Index x = 0; x < W; ++x) {
        Moments column;
        for (Index i = 0; i < window; ++i) {
          const double p = a(c, top + i, x), q = b(c, top + i, x);
          column.add(weights[static_cast<std::size_t>(i)], {p, q, p * p, q * q, p * q});
        }
        columns[static_cast<std::size_t>(x)] = column;
      }
      for (Index left = 0; left + window <= W; ++left) {
        Moments m;
        for (Index i = 0; i < window; ++i)
          m.add(weights[static_cast<std::size_t>(i)], columns[static_cast<std::size_t>(left + i)]);
        const double variances = m.aa - m.a * m.a + m.bb - m.b * m.b, covariance = m.ab - m.a * m.b;
        sum += (2 * m.a * m.b + c1) * (2 * covariance + c2) / ((m.a * m.a + m.b * m.b + c1) * (variances + c2));
      }
    }
  return sum / static_cast<double>(a.extent(0) * (H - window + 1) * (W - window + 1));
}

}  // namespace icolorit
