// Scores: everything that is measured of one predicted picture against the true one.
#pragma once

#include <array>
#include <limits>

#include "icolorit/core/buffer.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/models/lpips.hpp"

namespace icolorit::tool {

using PictureLpips = LpipsMetric<CpuBackend>;

/// Stands for a number that cannot be had.
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// What is measured of one prediction; a number that cannot be had is `not_measured`.
struct Scores {
  enum Metric {
    psnr,
    ssim,
    boundary_psnr,
    patch_error_variance,
    ciede2000,
    edge_ciede2000,
    colorfulness,
    true_colorfulness,
    hints_kept,
    flicker,
    lpips,
    lpips_published,
    count
  };
  struct Column {
    const char* csv;
    const char* table;
    int digits;
  };
  static constexpr std::array<Column, count> columns{{{"psnr", "PSNR", 3},
                                                      {"ssim", "SSIM", 4},
                                                      {"b_psnr", "B-PSNR", 3},
                                                      {"pev", "PEV", 2},
                                                      {"ciede2000", "CIEDE2000", 3},
                                                      {"edge_ciede2000", "edge_ciede2000", 3},
                                                      {"colorfulness", "colourful", 2},
                                                      {"true_colorfulness", "(truth)", 2},
                                                      {"hints_kept", "kept", 4},
                                                      {"flicker", "flicker", 3},
                                                      {"lpips", "LPIPS", 4},
                                                      {"lpips_published", "LPIPS[0,1]", 4}}};

  Scores() { values.fill(not_measured); }
  double& operator[](Metric metric) { return values[metric]; }
  double operator[](Metric metric) const { return values[metric]; }

  std::array<double, count> values;
};

/// A picture in every form that a metric reads, at its own size.
struct MeasuredPicture {
  explicit MeasuredPicture(const Image& picture);

  TensorView<const float, 3> rgb() const { return rgb_.view(3, height, width); }
  TensorView<const float, 3> lab() const { return lab_.view(3, height, width); }

  void add_features(PictureLpips& metric);

  Index width, height;
  PictureLpips::Features standard, published;  // where add_features was called

 private:
  Buffer<float> rgb_, lab_;
};

/// Everything but the hints that are kept and LPIPS. Both pictures have one size; `patch` is the side of the patches of
/// B-PSNR and PEV.
Scores compare(const MeasuredPicture& truth, const MeasuredPicture& prediction, Index patch);

}  // namespace icolorit::tool
