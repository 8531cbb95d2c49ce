// What a PNG file says beside its pixels: EXIF, XMP, IPTC, texts and resolution, in its chunks.
#pragma once

#include <png.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/codecs/exif.hpp"
#include "icolorit/io/codecs/photoshop.hpp"
#include "icolorit/io/codecs/png_color.hpp"
#include "icolorit/io/codecs/texts.hpp"
#include "icolorit/io/xmp.hpp"

namespace icolorit::codec {

inline constexpr std::string_view png_xmp_keyword = "XML:com.adobe.xmp", raw_profile_keyword = "Raw profile type ";

/// The bytes in a text of the form that ImageMagick introduced for blocks without a chunk of their own: a line with the
/// kind, one with the size, and hexadecimal digits. Empty where the text is of another form.
inline std::vector<std::byte> raw_profile(std::string_view text) {
  const auto skip = [&](auto is_skipped) {
    while (!text.empty() && is_skipped(text.front())) text.remove_prefix(1);
  };
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r'; };
  skip(is_space);
  skip([&](char c) { return !is_space(c); });
  skip(is_space);
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  std::vector<std::byte> bytes;
  if (error != std::errc() || size > text.size() / 2) return bytes;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  int high = -1;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) continue;
    if (high >= 0) bytes.push_back(static_cast<std::byte>(16 * high + digit));
    high = high >= 0 ? -1 : digit;
  }
  bytes.resize(std::min(bytes.size(), size));
  return bytes;
}

inline std::string raw_profile_text(std::string_view kind, std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t bytes_a_line = 36;
  std::string text = concat('\n', kind, '\n', bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % bytes_a_line == 0) text += '\n';
    text += digits[std::to_integer<std::size_t>(bytes[i] >> 4)];
    text += digits[std::to_integer<std::size_t>(bytes[i] & std::byte{15})];
  }
  return text + '\n';
}

/// Adds a text to the metadata: as a block where it is one.
inline void take_png_text(PictureMetadata& metadata, std::string_view keyword, std::string_view text, bool is_latin1) {
  const auto fill = [](std::vector<std::byte>& block, std::span<const std::byte> bytes) {
    if (block.empty()) block.assign(bytes.begin(), bytes.end());
  };
  if (keyword == png_xmp_keyword) {
    metadata.xmp = text;
    return;
  }
  if (!keyword.starts_with(raw_profile_keyword)) {
    metadata.texts.push_back({utf8_from_latin1(keyword), is_latin1 ? utf8_from_latin1(text) : utf8_of(text)});
    return;
  }
  const std::string_view kind = keyword.substr(raw_profile_keyword.size());
  const std::vector<std::byte> raw = raw_profile(text);
  if (kind == "iptc" || kind == "8bim") {
    const auto iptc = iptc_in_resources(raw);
    fill(metadata.iptc, iptc.empty() && has_text_at(raw, 0, "\x1c") ? std::span<const std::byte>(raw) : iptc);
  } else if (kind == "exif" || (kind == "APP1" && has_text_at(raw, 0, exif_header))) {
    fill(metadata.exif, without_exif_header(raw));
  } else if (kind == "xmp" && metadata.xmp.empty()) {
    metadata.xmp = as_text(raw);
  }
}

/// The blocks of a file, but for its profile, as far as it is read.
inline void read_png_metadata(PictureMetadata& metadata, png_const_structp png, png_infop info) {
  const auto exif = without_exif_header(png_raw_chunk(png, info, "eXIf"));
  metadata.exif.assign(exif.begin(), exif.end());
  png_textp texts = nullptr;
  const int count = std::max(0, png_get_text(png, info, &texts, nullptr));
  for (const png_text& entry : std::span(texts, static_cast<std::size_t>(count))) {
    const bool is_latin1 = entry.compression < PNG_ITXT_COMPRESSION_NONE;
    const std::size_t size = is_latin1 ? entry.text_length : entry.itxt_length;
    take_png_text(metadata, entry.key, std::string_view(entry.text != nullptr ? entry.text : "", size), is_latin1);
  }
  png_uint_32 x = 0, y = 0;
  int unit = 0;
  constexpr double metres = .0254;
  if (png_get_pHYs(png, info, &x, &y, &unit) != 0 && unit == PNG_RESOLUTION_METER && x > 0 && y > 0)
    metadata.resolution = Resolution{x * metres, y * metres};
  else
    metadata.resolution = exif_resolution(metadata.exif);
}

/// The texts of a file to write, which libpng reads where they stand.
class PngTexts {
 public:
  PngTexts(const PictureMetadata& metadata, const Image& image) {
    if (!metadata.xmp.empty())
      add(std::string(png_xmp_keyword), upright_xmp(metadata, image.width(), image.height()),
          PNG_ITXT_COMPRESSION_NONE);
    if (!metadata.iptc.empty())
      add(std::string(raw_profile_keyword) + "iptc", raw_profile_text("iptc", resources_with(metadata.iptc)),
          PNG_TEXT_COMPRESSION_zTXt);
    for (const TextEntry& entry : metadata.texts) {
      const auto is_ascii = [](unsigned char c) { return c < 0x80; };
      add(is_keyword(entry.keyword) ? entry.keyword : "Comment", entry.text,
          std::ranges::all_of(entry.text, is_ascii) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE);
    }
    for (auto& [keyword, text, compression] : kept_) {
      png_text one{};
      one.compression = compression;
      one.key = keyword.data();
      one.text = text.data();
      (compression >= PNG_ITXT_COMPRESSION_NONE ? one.itxt_length : one.text_length) = text.size();
      texts_.push_back(one);
    }
  }
  PngTexts(const PngTexts&) = delete;
  PngTexts& operator=(const PngTexts&) = delete;

  png_const_textp data() const { return texts_.data(); }
  int size() const { return static_cast<int>(texts_.size()); }

 private:
  struct Kept {
    std::string keyword, text;
    int compression;
  };
  /// PNG specification, 11.3.3.2, within ASCII.
  static bool is_keyword(std::string_view text) {
    return !text.empty() && text.size() < 80 && text.front() != ' ' && text.back() != ' ' &&
           text.find("  ") == text.npos && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  }
  void add(std::string keyword, std::string text, int compression) {
    std::erase(text, '\0');
    kept_.push_back({std::move(keyword), std::move(text), compression});
  }

  std::vector<Kept> kept_;
  std::vector<png_text> texts_;
};

}  // namespace icolorit::codec
