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

#include "icolorit/io/codecs/cicp.hpp"
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

/// The space of a cICP chunk; none for code points that are not known here, and for samples that are no full-range RGB.
inline std::optional<CurveSpace> cicp_space(std::span<const std::byte> chunk) {
  const auto at = [&](std::size_t i) { return std::to_integer<int>(chunk[i]); };
  return chunk.size() == 4 && at(2) == 0 && at(3) == 1 ? code_point_space(at(0), at(1)) : std::nullopt;
}

/// The space of gAMA and cHRM; none where the file has no gAMA, or an sRGB chunk that counts before it.
inline std::optional<CurveSpace> gamma_space(png_const_structp png, png_infop info) {
  double gamma = 0;
  if (png_get_valid(png, info, PNG_INFO_sRGB) != 0 || png_get_gAMA(png, info, &gamma) == 0 || !(gamma > 0)) return {};
  CurveSpace space;
  space.curve.g = 1 / gamma;
  cmsCIExyY& white = space.white;
  cmsCIExyYTRIPLE& p = space.primaries;
  png_get_cHRM(png, info, &white.x, &white.y, &p.Red.x, &p.Red.y, &p.Green.x, &p.Green.y, &p.Blue.x, &p.Blue.y);
  return space;
}

/// The ICC profile of the file, empty where it has none.
inline std::span<const std::byte> png_icc_profile(png_const_structp png, png_infop info) {
  png_charp name = nullptr;
  int compression = 0;
  png_bytep icc = nullptr;
  png_uint_32 size = 0;
  if (png_get_iCCP(png, info, &name, &compression, &icc, &size) == 0) return {};
  return std::as_bytes(std::span(icc, size));
}

/// The profile of a picture whose header is read, an ICC profile in any case; empty where the samples are sRGB.
inline std::vector<std::byte> png_profile(png_const_structp png, png_infop info, ColorModel model,
                                          std::vector<std::string>& notes) {
  const auto cicp = png_raw_chunk(png, info, "cICP"), icc = png_icc_profile(png, info);
  std::optional<CurveSpace> space = cicp_space(cicp);
  if (!space && !cicp.empty())
    notes.push_back(concat("the PNG picture is of colour primaries ", std::to_integer<int>(cicp[0]),
                           " and transfer function ", cicp.size() > 1 ? std::to_integer<int>(cicp[1]) : 0,
                           " (cICP), which are not known here: what else the file says of its colours counts"));
  if (!space && !icc.empty()) return {icc.begin(), icc.end()};
  if (!space) space = gamma_space(png, info);
  if (!space) return {};
  try {
    return icc_profile(*space, model);
  } catch (const FormatError& error) {
    notes.push_back(unusable_profile(model, error.what()));
    return {};
  }
}

}  // namespace icolorit::codec
