// The RIFF container of a WebP file: its chunks, and the extended form that holds a profile and metadata (Google,
// "WebP Container Specification").
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/metadata_blocks.hpp"
#include "icolorit/io/codecs/written_picture.hpp"

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

/// The blocks of a file.
inline PictureMetadata read_webp_metadata(std::span<const std::byte> bytes) {
  return metadata_of_blocks(webp_chunk(bytes, "ICCP"), webp_chunk(bytes, "EXIF"), webp_chunk(bytes, "XMP "));
}

/// The file of one picture with blocks around it: `simple` is a file without any. Returns it as it is where there are
/// no blocks.
inline std::vector<std::byte> with_webp_blocks(std::vector<std::byte> simple, const WrittenPicture& written,
                                               const PictureMetadata& metadata) {
  const Image& image = written.image();
  const std::span<const std::byte> profile = written.profile();
  const MetadataBlocks blocks(metadata, image, written.is_srgb());
  const std::span<const std::byte> exif = blocks.exif, xmp = blocks.xmp_bytes();
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
