// Steady colours: each frame's new colours, drawn towards those that the same places had in the frame before.
#pragma once

#include <cmath>
#include <utility>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/flow_field.hpp"

namespace icolorit {

struct SteadyColorsOptions {
  /// How much of a colour is the one from the frame before, where the motion is certain and the new colour near: in
  /// [0,1). 0 colours every frame alone.
  float smoothing = .85f;
  /// Distance in a and b, Lab units, at which 37 % of that is left: a colour that changed much has a reason.
  float near = 14;
};

/// A recursive filter along the motion.
///   colors   ab (2,h,w), Lab units, those of the frame before; overwritten with the new ones
///   fresh    ab (2,h,w), what the engine says of this frame
///   motion   from the frame before to this one, at a size of its own
template <class ForEachRow>
void steady_colors(Buffer<float>& colors, TensorView<const float, 3> fresh, const Motion& motion,
                   const SteadyColorsOptions& options, ForEachRow&& for_each_row) {
  const Index h = fresh.extent(1), w = fresh.extent(2);
  const Index fh = motion.to_previous.height(), fw = motion.to_previous.width();
  Buffer<float> result(colors.size());
  const auto before = std::as_const(colors).view(Index{2}, h, w);
  const auto out = result.view(Index{2}, h, w);
  for_each_row(h, [&](Index y) {
    for (Index x = 0; x < w; ++x) {
      const Point here{rescale_place(static_cast<float>(x), w, fw), rescale_place(static_cast<float>(y), h, fh)};
      const Point there = motion.to_previous.follow(here);
      const Point place{rescale_place(there.x, fw, w), rescale_place(there.y, fh, h)};
      const float old_a = bilinear(before[0], place), old_b = bilinear(before[1], place);
      const float new_a = fresh(0, y, x), new_b = fresh(1, y, x);
      const float da = (old_a - new_a) / options.near, db = (old_b - new_b) / options.near;
      const float share = options.smoothing * bilinear(motion.trust_view(), here) * std::exp(-(da * da + db * db));
      out(0, y, x) = new_a + share * (old_a - new_a);
      out(1, y, x) = new_b + share * (old_b - new_b);
    }
  });
  colors = std::move(result);
}

}  // namespace icolorit
