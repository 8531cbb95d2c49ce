// B-PSNR: how visible the seams between patches are (Yun et al. 2023, sec. 4.3).
#pragma once

#include "icolorit/image/metrics/psnr.hpp"

namespace icolorit {

/// Does position i of an axis touch a boundary between two patches? The picture's own border is none.
constexpr bool at_patch_boundary(Index i, Index extent, Index patch) {
  return (i % patch == patch - 1 && i != extent - 1) || (i % patch == 0 && i != 0);
}

/// PSNR over the pixels on both sides of every boundary between patches of `patch` x `patch` pixels, in dB, at most 50.
/// a, b (C,H,W), RGB in [0,1]. Throws ArgumentError for a patch below 1, ShapeError for pictures of one patch, which
/// has no boundary.
inline double boundary_psnr(TensorView<const float, 3> a, TensorView<const float, 3> b, Index patch = 16) {
  expect_comparable("boundary_psnr", a, b);
  if (patch < 1) throw ArgumentError(concat("boundary_psnr: patch is ", patch, ", expected at least 1"));
  double sum = 0;
  Index pixels = 0;
  for (Index y = 0; y < a.extent(1); ++y)
    for (Index x = 0; x < a.extent(2); ++x) {
      if (!at_patch_boundary(y, a.extent(1), patch) && !at_patch_boundary(x, a.extent(2), patch)) continue;
      sum += squared_error(a, b, y, x);
      ++pixels;
    }
  if (pixels == 0)
    throw ShapeError(concat("boundary_psnr: a is ", a.shape(), ", expected more than one patch of ", patch, " pixels"));
  return decibels(sum / static_cast<double>(pixels));
}

}  // namespace icolorit
