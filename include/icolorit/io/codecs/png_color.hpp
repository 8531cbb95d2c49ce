// The colour space of a PNG file: cICP before iCCP before sRGB before gAMA and cHRM (PNG specification, third edition,
// section 4.3).
#pragma once

#include <png.h>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/codecs/color_profile.hpp"

namespace icolorit::codec {

/// The content of a chunk that libpng hands on without a look; empty where the file has none so far.
inline std::span<const std::byte> png_raw_chunk(png_const_structp png, png_infop info, std::string_view name) {
  png_unknown_chunkp chunks = nullptr;
  const int count = png_get_unknown_chunks(png, info, &chunks);
  for (const png_unknown_chunk& chunk : std::span(chunks, static_cast<std::size_t>(count)))
    if (name == reinterpret_cast<const char*>(chunk.name)) return std::as_bytes(std::span(chunk.data, chunk.size));
  return {};
}

/// The space that a cICP chunk names by the numbers of ITU-T H.273; none for those that are not known here, as of
/// high dynamic range, which `notes` then says.
inline std::optional<CurveSpace> cicp_space(std::span<const std::byte> chunk, std::vector<std::string>& notes) {
  constexpr cmsCIExyY c{.310, .316, 1}, e{.3333, .3333, 1}, dci{.314, .351, 1};
  CurveSpace space;
  const auto at = [&](std::size_t i) { return i < chunk.size() ? std::to_integer<int>(chunk[i]) : -1; };
  bool known = chunk.size() == 4 && at(2) == 0 && at(3) == 1;
  switch (at(0)) {
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
  switch (at(1)) {
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
  if (known) return space;
  notes.push_back(concat("the PNG picture is of colour primaries ", at(0), " and transfer function ", at(1),
                         " (cICP), which are not known here: its samples count as sRGB"));
  return {};
}

/// The profile of a picture whose header is read, an ICC profile in any case; empty where the samples are sRGB.
inline std::vector<std::byte> png_profile(png_const_structp png, png_infop info, ColorModel model,
                                          std::vector<std::string>& notes) {
  std::optional<CurveSpace> space;
  const auto cicp = png_raw_chunk(png, info, "cICP");
  if (!cicp.empty()) {
    space = cicp_space(cicp, notes);
  } else {
    png_charp name = nullptr;
    int compression = 0;
    png_bytep icc = nullptr;
    png_uint_32 icc_size = 0;
    if (png_get_iCCP(png, info, &name, &compression, &icc, &icc_size) != 0) {
      const auto bytes = std::as_bytes(std::span(icc, icc_size));
      return {bytes.begin(), bytes.end()};
    }
    double gamma = 0;
    if (png_get_valid(png, info, PNG_INFO_sRGB) == 0 && png_get_gAMA(png, info, &gamma) != 0 && gamma > 0) {
      space.emplace();
      space->curve.g = 1 / gamma;
      cmsCIExyY& white = space->white;
      cmsCIExyYTRIPLE& p = space->primaries;
      png_get_cHRM(png, info, &white.x, &white.y, &p.Red.x, &p.Red.y, &p.Green.x, &p.Green.y, &p.Blue.x, &p.Blue.y);
    }
  }
  if (!space) return {};
  try {
    return icc_profile(*space, model);
  } catch (const FormatError& error) {
    notes.push_back(
        concat("the colour space in the PNG file cannot be used, its samples count as sRGB: ", error.what()));
    return {};
  }
}

}  // namespace icolorit::codec
