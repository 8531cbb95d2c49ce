// The colour that a hint file holds for a hint, whose a and b count and whose lightness does not.
#pragma once

#include <algorithm>
#include <cmath>

#include "icolorit/image/gamut.hpp"

namespace icolorit::studio {

/// The colour at the lightness, as near to its own as can be, at which sRGB has its a and b: so that its 8 bits keep
/// the hue that was chosen, where the place is too light or too dark for it. Where no lightness has them, it is the one
/// at which most of the chroma is left. Lightness is tried in steps of 1, chroma found to 1/4096.
inline Lab<float> hint_file_color(const Lab<float>& color) {
  constexpr std::size_t candidates = 102;  // its own lightness, then 0 to 100
  static_assert(candidates <= static_cast<std::size_t>(color_tile));
  LabTile lab;
  LinearTile linear;
  lab.l.fill(color.l);
  for (std::size_t i = 1; i < candidates; ++i) lab.l[i] = static_cast<float>(i - 1);
  lab.a.fill(color.a);
  lab.b.fill(color.b);
  clamp_to_gamut(lab, linear);
  std::size_t best = 0;
  const auto chroma = [&](std::size_t i) { return std::hypot(lab.a[i], lab.b[i]); };
  const auto away = [&](std::size_t i) { return std::abs(color.l - lab.l[i]); };
  for (std::size_t i = 1; i < candidates; ++i) {
    const float more = chroma(i) - chroma(best);
    if (more > 0 || (more == 0 && away(i) < away(best))) best = i;
  }
  return {lab.l[best], lab.a[best], lab.b[best]};
}

}  // namespace icolorit::studio
