// Colour spaces by code points (ITU-T H.273), as PNG's cICP chunks and AVIF files name them.
#pragma once

#include <optional>

#include "icolorit/io/codecs/color_profile.hpp"

namespace icolorit::codec {

/// The space of these colour primaries and this transfer function; none for code points that are not known here, as
/// those of high dynamic range.
inline std::optional<CurveSpace> code_point_space(int primaries, int transfer) {
  constexpr cmsCIExyY c{.310, .316, 1}, e{.3333, .3333, 1}, dci{.314, .351, 1};
  CurveSpace space;
  bool known = true;
  switch (primaries) {
    case 1: break;
    case 4: space.primaries = {{.67, .33, 1}, {.21, .71, 1}, {.14, .08, 1}}, space.white = c; break;
    case 5: space.primaries = {{.64, .33, 1}, {.29, .60, 1}, {.15, .06, 1}}; break;
    case 6:
    case 7: space.primaries = {{.630, .340, 1}, {.310, .595, 1}, {.155, .070, 1}}; break;
    case 8: space.primaries = {{.681, .319, 1}, {.243, .692, 1}, {.145, .049, 1}}, space.white = c; break;
    case 9: space.primaries = {{.708, .292, 1}, {.170, .797, 1}, {.131, .046, 1}}; break;
    case 10: space.primaries = {{1, 0, 1}, {0, 1, 1}, {0, 0, 1}}, space.white = e; break;
    case 11: space.primaries = {{.680, .320, 1}, {.265, .690, 1}, {.150, .060, 1}}, space.white = dci; break;
    case 12: space.primaries = {{.680, .320, 1}, {.265, .690, 1}, {.150, .060, 1}}; break;
    default: known = false;
  }
  switch (transfer) {
    case 1:
    case 6:
    case 14:
    case 15: space.curve = {1 / .45, 1 / 1.099, .099 / 1.099, 1 / 4.5, .081}; break;
    case 4: space.curve.g = 2.2; break;
    case 5: space.curve.g = 2.8; break;
    case 7: space.curve = {1 / .45, 1 / 1.1115, .1115 / 1.1115, 1 / 4., .0912}; break;
    case 8: break;
    case 13: space.curve = CurveSpace::srgb_curve; break;
    default: known = false;
  }
  return known ? std::optional(space) : std::nullopt;
}

}  // namespace icolorit::codec
