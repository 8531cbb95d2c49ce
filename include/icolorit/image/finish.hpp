// The last step: the original's lightness at its own depth, coloured by the enlarged ab, in one pass over the picture.
#pragma once

#include <algorithm>
#include <utility>

#include "icolorit/image/gamut.hpp"
#include "icolorit/image/guided_upsample.hpp"
#include "icolorit/image/overlap.hpp"
#include "icolorit/image/picture_tile.hpp"

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
[[nodiscard]] inline Image colored_like(const ImageView& original) {
  return Image(original.width(), original.height(), original.has_alpha() ? 4 : 3, original.bits());
}

/// Throws ShapeError unless finish() can write `out` for this original, and ArgumentError where they share memory: what
/// is written would be read as the original again.
inline void expect_finishable(const ImageView& out, const ImageView& original) {
  const int channels = original.has_alpha() ? 4 : 3;
  if (out.width() != original.width() || out.height() != original.height() || out.channels() < channels)
    throw ShapeError(concat("finish: out is ", out.width(), " x ", out.height(), " x ", out.channels(), " of ",
                            out.bits(), " bits, expected ", original.width(), " x ", original.height(), " pixels, ",
                            channels == 4 ? "4 channels" : "3 or 4 channels", ", any depth"));
  if (overlap(out, original))
    throw ArgumentError("finish: out lies in the memory of the original, which every rendering reads; give it its own");
}

/// Writes the coloured picture; a colour that sRGB cannot show at its lightness is made paler. Where sRGB can, L
/// differs from the original's only by the rounding of samples: at most 0.24 of 100 at 8 bits.
///   out        overwritten; of the original's size, 4 channels or, where the original has no alpha, 3; any depth and
///              order, floats too; must not overlap the original
///   original   grey or colour (its own colours are ignored), 8 or 16 bits; its alpha is copied; without one, a fourth
///              channel of out becomes opaque
///   colors     an Upsampler with its guide and ab set, or anything else with height(), width() and tile()
/// Allocates nothing. The result does not depend on how rows are divided. Throws as
/// expect_finishable does.
template <class Colors, class ForEachRowBlock = SerialRows>
void finish(const MutableImageView& out, const ImageView& original, const Colors& colors,
            ForEachRowBlock&& for_each_row_block = ForEachRowBlock()) {
  if (original.width() != colors.width() || original.height() != colors.height())
    throw ShapeError(concat("finish: the original is ", original.width(), " x ", original.height(),
                            " pixels, expected ", colors.width(), " x ", colors.height()));
  expect_finishable(out, original);
  for_each_row_block(original.height(), [&](Index first, Index last) {
    LinearTile linear;
    LabTile lab;
    for (Index y = first; y < last; ++y)
      for_each_tile(original.width(), [&](Index x, Index count) {
        load_linear(linear, original, y, x, count);
        linear_to_lightness(lab.l, linear);
        colors.tile(y, x, count, lab);
        clamp_to_gamut(lab, linear);
        store_srgb(out, y, x, count, linear);
        if (out.channels() == 4) copy_alpha(out, original, y, x, count);
      });
  });
}

}  // namespace icolorit
