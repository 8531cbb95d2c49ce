// The one thing that a picture's EXIF block says about its pixels: which way is up. Through libexif.
#pragma once

#include <libexif/exif-data.h>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"

namespace icolorit::codec {

/// What an EXIF block begins with in a JPEG file; other formats leave it out.
inline constexpr std::string_view exif_header("Exif\0\0", 6);

/// The Orientation (1..8) in an EXIF block, with or without its header; 1 where it has none or cannot be read.
inline int exif_orientation(std::span<const std::byte> block) {
  if (has_text_at(block, 0, exif_header)) block = block.subspan(exif_header.size());
  // libexif counts in unsigned int and in JPEG's 64 KiB; without the header it would search for a JPEG file instead
  constexpr std::size_t max_size = 1 << 24;
  if (block.size() > max_size) return 1;
  std::vector<std::byte> bytes;
  append(bytes, exif_header.data(), exif_header.size());
  bytes.insert(bytes.end(), block.begin(), block.end());

  const std::unique_ptr<ExifData, void (*)(ExifData*)> data(exif_data_new(), exif_data_unref);
  if (data == nullptr) return 1;
  exif_data_unset_option(data.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);  // do not invent missing tags
  exif_data_load_data(data.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<unsigned>(bytes.size()));
  const ExifEntry* const entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return 1;
  const int orientation = exif_get_short(entry->data, exif_data_get_byte_order(data.get()));
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

}  // namespace icolorit::codec
