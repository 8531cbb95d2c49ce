// Colour of network size enlarged to the picture's own size: edge-aware, guided by the full-resolution lightness, or
// plain bicubic.
//
// Guided: every cell of the network's grid holds a line ab = slope L + offset. Slopes are fitted to the network's ab
// and the equally reduced L in windows of 3 x 3 cells (He, Sun 2015, "Fast guided filter"), shrunk where lightness does
// not explain colour, and interpolated linearly. Offsets are interpolated by cubic convolution and chosen so that the
// enlarged picture, reduced again, is what the network said (iterative back-projection, Irani, Peleg 1991). Reducing
// slope L is linear in the slopes with coefficients that depend on the picture only ("moments"), so every iteration
// runs at network size.
//
// Mean gain over bicubic in PSNR of ab on eight photographs of 2048 pixels, true ab reduced to 224 x 224: 2.4 dB; a
// fast guided filter with its residual added back once: 1.5 dB; back-projection without a guide: 0.9 dB.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/guided_fit.hpp"
#include "icolorit/image/padded_planes.hpp"
#include "icolorit/image/picture_tile.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/image/upsample_axis.hpp"
#include "icolorit/image/upsampling.hpp"

namespace icolorit {

/// Enlarges ab (2,h,w) to (2,H,W), a tile or some rows at a time.
///
///   Upsampler upsampler(Upsampling::guided, 224, 224, H, W);
///   upsampler.set_guide(picture);       // once a picture; not needed for bicubic
///   upsampler.set_ab(ab);               // after every answer of the network; allocates nothing
///   upsampler.rows(out, l, 0);          // or upsampler.tile(...), by any number of threads
///
/// ab and L are in Lab units (L in [0,100], ab about [-110,110]). Where the picture is smaller than the network's grid,
/// ab is reduced first. Results do not depend on how rows are divided.
/// Thread-safety: one thread at a time sets guide and ab; any number may call rows and tile between that.
class Upsampler {
 public:
  /// Throws ShapeError unless all extents are positive.
  Upsampler(Upsampling mode, Index low_height, Index low_width, Index height, Index width)
      : mode_(mode),
        low_height_(low_height),
        low_width_(low_width),
        axes_{upsample_detail::Axis(
                  (require_positive(low_height, low_width, height, width), std::min(low_height, height)), height),
              upsample_detail::Axis(std::min(low_width, width), width)},
        target_(2 * axes_.cells()),
        slopes_(2, axes_.rows.cells(), axes_.columns.cells()),
        offsets_(2, axes_.rows.cells(), axes_.columns.cells()) {
    if (axes_.rows.cells() < low_height || axes_.columns.cells() < low_width)
      reduce_.emplace(low_height, low_width, axes_.rows.cells(), axes_.columns.cells(), TriangleKernel{});
    if (mode == Upsampling::bicubic) return;
    fit_.emplace(axes_);
    row_ = Buffer<float>(width);
  }

  /// About how many bytes an upsampler of these extents keeps.
  static Index memory_required(Upsampling mode, Index low_height, Index low_width, Index height, Index width) {
    const Index cells = std::min(low_height, height) * std::min(low_width, width);
    const Index per_cell = mode == Upsampling::bicubic ? 6 : 22;  // numbers: target, slopes, offsets; those of the fit
    const Index per_side = mode == Upsampling::bicubic ? 2 : 3;   // and for every row and column
    return (per_cell * cells + per_side * (height + width)) * static_cast<Index>(sizeof(float));
  }

  Upsampling mode() const { return mode_; }
  Index height() const { return axes_.rows.pixels(); }
  Index width() const { return axes_.columns.pixels(); }

  /// l (H,W) in [0,100], rows contiguous. Without effect for bicubic. Throws ShapeError.
  void set_guide(TensorView<const float, 2> l) {
    expect_shape("Upsampler.set_guide", "l", l, {height(), width()});
    if (fit_) fit_->set_guide(axes_, [&](Index y) { return l[y].data(); });
  }

  /// The guide is the lightness of the picture. Throws ShapeError.
  void set_guide(const ImageView& image) {
    if (image.height() != height() || image.width() != width())
      throw ShapeError(concat("Upsampler.set_guide: the picture is ", image.width(), " x ", image.height(),
                              " pixels, expected ", width(), " x ", height()));
    if (!fit_) return;
    fit_->set_guide(axes_, [&](Index y) {
      lightness_row(row_.view(width()), image, y);
      return row_.data();
    });
  }

  /// ab (2,h,w) of any strides. Throws ShapeError.
  void set_ab(TensorView<const float, 3> ab) {
    expect_shape("Upsampler.set_ab", "ab", ab, {2, low_height_, low_width_});
    const auto target = target_.view(Index{2}, axes_.rows.cells(), axes_.columns.cells());
    if (reduce_) {
      (*reduce_)(target, ab);
    } else {
      for (Index c = 0; c < 2; ++c) axes_.for_each_cell([&](Index i, Index j) { target(c, i, j) = ab(c, i, j); });
    }
    for (Index c = 0; c < 2; ++c) {
      if (fit_) {
        fit_->fit(axes_, slopes_, offsets_, c, target[c]);
      } else {
        const auto offset = offsets_.inner(c);
        axes_.for_each_cell([&](Index i, Index j) { offset(i, j) = target(c, i, j); });
        offsets_.fill_border(c);
      }
    }
  }

  /// a and b of `count` <= color_tile pixels of row y from pixel x on, for the lightness in lab.l.
  void tile(Index y, Index x, Index count, LabTile& lab) const {
    ICOLORIT_ASSERT(count >= 1 && count <= color_tile && x + count <= width());
    enlarge(y, x, count, 0, lab.l, lab.a);
    enlarge(y, x, count, 1, lab.l, lab.b);
  }

  /// Rows first, first + 1, ... of the enlarged ab.
  ///   ab  (2,n,W)  overwritten; rows contiguous
  ///   l   (n,W)    those rows of the lightness; contiguous rows
  /// Throws ShapeError.
  void rows(TensorView<float, 3> ab, TensorView<const float, 2> l, Index first) const {
    expect_shape("Upsampler.rows", "ab", ab, {2, l.extent(0), width()});
    if (first < 0 || first + l.extent(0) > height() || l.extent(1) != width())
      throw ShapeError(concat("Upsampler.rows: l is ", l.shape(), " from row ", first, ", expected rows of ",
                              Shape({height(), width()})));
    LabTile lab;
    for (Index y = 0; y < l.extent(0); ++y)
      for_each_tile(width(), [&](Index x, Index count) {
        std::copy_n(l[y].data() + x, count, lab.l.data());
        tile(first + y, x, count, lab);
        std::copy_n(lab.a.data(), count, ab[0][y].data() + x);
        std::copy_n(lab.b.data(), count, ab[1][y].data() + x);
      });
  }

 private:
  static void require_positive(Index low_height, Index low_width, Index height, Index width) {
    if (low_height < 1 || low_width < 1 || height < 1 || width < 1)
      throw ShapeError(
          concat("Upsampler: cannot enlarge ", Shape({low_height, low_width}), " to ", Shape({height, width})));
  }

  /// One channel of tile().
  void enlarge(Index y, Index x, Index count, Index c, const TilePlane& l, TilePlane& out) const {
    constexpr Index border = PaddedPlanes::border;
    constexpr std::size_t size = static_cast<std::size_t>(color_tile + upsample_detail::lanes);
    const auto slope = slopes_.padded(c), offset = offsets_.padded(c);

    // down the columns of the cells that this tile reaches; the first one is first_cell
    std::array<float, size> slopes, offsets;
    const Index cell_y = axes_.rows.cell(y), first_cell = axes_.columns.cell(x) - 1;
    const Index reached = axes_.columns.cell(x + count - 1) + 3 - first_cell;
    const float t_y = axes_.rows.t(y);
    const auto w = upsample_detail::cubic_weights(t_y);
    const Index top = cell_y + border, left = first_cell + border;
    const float *s0 = &slope(top, left), *s1 = &slope(top + 1, left);
    const float *o0 = &offset(top - 1, left), *o1 = &offset(top, left), *o2 = &offset(top + 1, left),
                *o3 = &offset(top + 2, left);
    for (Index j = 0; j < reached; ++j) {
      const auto at = static_cast<std::size_t>(j);
      slopes[at] = s0[j] + t_y * (s1[j] - s0[j]);
      offsets[at] = w[0] * o0[j] + w[1] * o1[j] + w[2] * o2[j] + w[3] * o3[j];
    }

    // along the row, cell by cell, in whole steps of `lanes` pixels: what is too much, the next cell overwrites
    std::array<float, size> pixel_slopes{}, pixel_offsets{};
    const float* const t = axes_.columns.positions() + x;
    for (Index first = 0, j = 1; first < count; ++j) {
      const Index end = std::min(axes_.columns.end(first_cell + j) - x, count);
      const auto at = static_cast<std::size_t>(j);
      const auto p = upsample_detail::cubic({offsets[at - 1], offsets[at], offsets[at + 1], offsets[at + 2]});
      const float start = slopes[at], rise = slopes[at + 1] - start;
      for (; first < end; first += upsample_detail::lanes)
        for (Index k = first; k < first + upsample_detail::lanes; ++k) {
          const auto pixel = static_cast<std::size_t>(k);
          pixel_slopes[pixel] = start + rise * t[k];
          pixel_offsets[pixel] = p[0] + t[k] * (p[1] + t[k] * (p[2] + t[k] * p[3]));
        }
      first = end;
    }
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = pixel_slopes[i] * l[i] + pixel_offsets[i];
  }

  Upsampling mode_;
  Index low_height_, low_width_;
  upsample_detail::Axes axes_;
  Buffer<float> target_;           // (2,h,w) the network's ab, no larger than the picture
  PaddedPlanes slopes_, offsets_;  // (2,h,w)
  std::optional<PlanarResizer<float>> reduce_;
  std::optional<upsample_detail::GuidedFit> fit_;  // nothing for bicubic
  Buffer<float> row_;                              // (W)
};

}  // namespace icolorit
