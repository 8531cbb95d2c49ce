// PEV: how unevenly the error is spread over the patches (Yun et al. 2023, sec. 4.3).
#pragma once

#include "icolorit/image/metrics/psnr.hpp"

namespace icolorit {

/// Unbiased variance, over the patches of `patch` x `patch` pixels, of the root mean squared error inside the patch on
/// the scale 0..255. a, b (C,H,W), RGB in [0,1]. Throws ShapeError unless the pictures consist of two or more whole
/// patches.
inline double patch_error_variance(TensorView<const float, 3> a, TensorView<const float, 3> b, Index patch = 16) {
  expect_comparable("patch_error_variance", a, b);
  const Index rows = patch < 1 ? 0 : a.extent(1) / patch, columns = patch < 1 ? 0 : a.extent(2) / patch;
  if (rows * columns < 2 || rows * patch != a.extent(1) || columns * patch != a.extent(2))
    throw ShapeError(concat("patch_error_variance: a is ", a.shape(), ", expected two or more whole patches of ", patch,
                            " x ", patch, " pixels"));
  double mean = 0, squares = 0;  // Welford's running mean and sum of squared deviations
  for (Index i = 0; i < rows * columns; ++i) {
    const Index top = i / columns * patch, left = i % columns * patch;
    const double error = 255 * std::sqrt(mean_squared_error(a.narrowed(1, top, patch).narrowed(2, left, patch),
                                                            b.narrowed(1, top, patch).narrowed(2, left, patch)));
    const double deviation = error - mean;
    mean += deviation / static_cast<double>(i + 1);
    squares += deviation * (error - mean);
  }
  return squares / static_cast<double>(rows * columns - 1);
}

}  // namespace icolorit
