// The RIFF container of a WebP file: its chunks, and the extended form that holds a profile and metadata (Google,
// "WebP Container Specification").
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/color_profile.hpp"
#include "icolorit/io/codecs/exif.hpp"
#include "icolorit/io/xmp.hpp"

namespace icolorit::codec {

/// The content of the first chunk of this name, empty where the file has none: after 12 bytes of header come chunks of
/// a name, a little-endian size and padding to an even size.
inline std::span<const std::byte> webp_chunk(std::span<const std::byte> bytes, std::string_view name) {
  constexpr std::size_t chunk_header = 8;
  bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), 12));
  while (bytes.size() >= chunk_header) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size |= std::to_integer<std::size_t>(bytes[4 + i]) << (8 * i);
    const auto content = bytes.subspan(chunk_header, std::min(size, bytes.size() - chunk_header));
    if (has_text_at(bytes, 0, name)) return content;
    bytes = bytes.subspan(std::min(chunk_header + size + size % 2, bytes.size()));
  }
  return {};
}

/// The blocks of a file. WebP keeps resolution and IPTC in EXIF.
inline PictureMetadata read_webp_metadata(std::span<const std::byte> bytes) {
  PictureMetadata metadata;
  const auto profile = webp_chunk(bytes, "ICCP"), xmp = webp_chunk(bytes, "XMP ");
  const auto exif = without_exif_header(webp_chunk(bytes, "EXIF"));
  metadata.profile.assign(profile.begin(), profile.end());
  metadata.exif.assign(exif.begin(), exif.end());
  metadata.xmp.assign(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  metadata.resolution = exif_resolution(metadata.exif);
  if (const auto block = TiffBlock::open(metadata.exif)) {
    const TiffBlock::Directory first = block->directory(block->first());
    if (const TiffBlock::Entry* const iptc = first.find(tiff_tag::iptc))
      metadata.iptc.assign(block->value(*iptc).begin(), block->value(*iptc).end());
  }
  return metadata;
}

/// The EXIF block for a WebP file, with resolution and IPTC in it.
inline std::vector<std::byte> webp_exif(const PictureMetadata& metadata, const Image& image, bool is_srgb) {
  std::vector<std::byte> exif = exif_for(metadata.exif, image, is_srgb);
  std::vector<TiffField> fields;
  if (metadata.resolution && exif_resolution(exif) != metadata.resolution)
    fields = resolution_fields(*metadata.resolution);
  if (!metadata.iptc.empty()) fields.push_back(bytes_field(tiff_tag::iptc, tiff_type::undefined, metadata.iptc));
  if (fields.empty()) return exif;
  if (exif.empty()) exif = empty_exif();
  TiffEditor(exif).add_to_first(fields);
  return exif;
}

/// The file of one picture with blocks around it: `simple` is a file without any. Returns it as it is where there are
/// no blocks.
inline std::vector<std::byte> with_webp_blocks(std::vector<std::byte> simple, const Image& image,
                                               std::span<const std::byte> profile, const PictureMetadata& metadata) {
  const std::vector<std::byte> exif = webp_exif(metadata, image, is_srgb_profile(profile));
  const std::string packet = with_texts(upright_xmp(metadata.xmp), metadata.texts);
  const auto xmp = std::as_bytes(std::span(packet));
  if (profile.empty() && exif.empty() && xmp.empty()) return simple;
  std::vector<std::byte> file;
  const auto put = [&](std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) file.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
  };
  const auto chunk = [&](std::string_view name, std::span<const std::byte> content) {
    if (content.empty()) return;
    append(file, name.data(), name.size());
    put(content.size(), 4);
    file.insert(file.end(), content.begin(), content.end());
    if (content.size() % 2 != 0) file.push_back(std::byte{0});
  };
  append(file, "RIFF", 4);
  put(0, 4);  // the size, below
  append(file, "WEBPVP8X", 8);
  put(10, 4);
  put((profile.empty() ? 0u : 0x20u) | (image.has_alpha() ? 0x10u : 0u) | (exif.empty() ? 0u : 0x08u) |
          (xmp.empty() ? 0u : 0x04u),
      4);
  put(static_cast<std::uint64_t>(image.width() - 1), 3);
  put(static_cast<std::uint64_t>(image.height() - 1), 3);
  chunk("ICCP", profile);
  const auto pixels = std::span<const std::byte>(simple).subspan(12);
  // with alpha libwebp writes the extended form itself: its header is replaced, the chunks behind it stay
  const auto first = pixels.begin() + (has_text_at(pixels, 0, "VP8X") ? 18 : 0);
  file.insert(file.end(), first, pixels.end());
  chunk("EXIF", exif);
  chunk("XMP ", xmp);
  const std::uint64_t size = file.size() - 8;
  for (std::size_t i = 0; i < 4; ++i) file[4 + i] = static_cast<std::byte>(size >> (8 * i) & 0xff);
  return file;
}

}  // namespace icolorit::codec
