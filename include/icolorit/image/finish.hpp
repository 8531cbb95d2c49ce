// The last step: the original's lightness at its own depth, coloured by the enlarged ab, in one pass over the picture.
#pragma once

#include <algorithm>
#include <utility>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/gamut.hpp"
#include "icolorit/image/guided_upsample.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit {

/// Calls f(first, last) for disjoint ranges of rows that together are [0, rows): here one range, on this thread.
/// A caller with threads passes its own callable of this form to finish().
struct SerialRows {
  template <class F>
  void operator()(Index rows, F&& f) const {
    f(Index{0}, rows);
  }
};

/// A picture that finish() can write: size, depth and alpha of the original, three colour channels.
inline Image colored_like(const Image& original) {
  return Image(original.width(), original.height(), original.has_alpha() ? 4 : 3, original.bits());
}

/// Writes the coloured picture; a colour that sRGB cannot show at its lightness is made paler. Where sRGB can, L
/// differs from the original's only by the rounding of samples: at most 0.24 of 100 at 8 bits.
///   out       overwritten; of the form that colored_like(original) gives
///   original   grey or colour (its own colours are ignored), 8 or 16 bits; alpha is copied
///   colors     an Upsampler with its guide and ab set, or anything else with height(), width() and tile()
/// Allocates nothing. The result does not depend on how rows are divided. Throws ShapeError.
template <class Colors, class ForEachRowBlock = SerialRows>
void finish(Image& out, const Image& original, const Colors& colors,
            ForEachRowBlock&& for_each_row_block = ForEachRowBlock()) {
  const int channels = original.has_alpha() ? 4 : 3;
  if (original.width() != colors.width() || original.height() != colors.height())
    throw ShapeError(concat("finish: the original is ", original.width(), " x ", original.height(),
                            " pixels, expected ", colors.width(), " x ", colors.height()));
  if (out.width() != original.width() || out.height() != original.height() || out.channels() != channels ||
      out.bits() != original.bits())
    throw ShapeError(concat("finish: out is ", out.width(), " x ", out.height(), " x ", out.channels(), " of ",
                            out.bits(), " bits, expected ", original.width(), " x ", original.height(), " x ", channels,
                            " of ", original.bits(), " bits"));
  visit_samples(out, [&]<class S>(TensorView<S, 3> colored) {
    const auto source = original.samples<S>();
    for_each_row_block(original.height(), [&](Index first, Index last) {
      LinearTile linear;
      LabTile lab;
      for (Index y = first; y < last; ++y)
        for_each_tile(original.width(), [&](Index x, Index count) {
          const auto from = source[y].narrowed(0, x, count);
          const auto to = colored[y].narrowed(0, x, count);
          load_linear(linear, from);
          linear_to_lightness(lab.l, linear);
          colors.tile(y, x, count, lab);
          clamp_to_gamut(lab, linear);
          store_srgb(to, linear);
          if (channels == 4)
            for (Index i = 0; i < count; ++i) to(i, 3) = from(i, from.extent(1) - 1);
        });
    });
  });
}

}  // namespace icolorit
