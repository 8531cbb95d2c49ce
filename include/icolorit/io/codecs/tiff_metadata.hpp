// What a TIFF file says beside its pixels, in the tags of the picture's directory.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/codecs/exif.hpp"
#include "icolorit/io/codecs/photoshop.hpp"
#include "icolorit/io/codecs/tiff_block.hpp"
#include "icolorit/io/codecs/written_picture.hpp"
#include "icolorit/io/xmp.hpp"

namespace icolorit::codec {

/// IPTC records as bytes: some programs wrote them as 32-bit numbers, turned around in files of the other byte order.
inline std::vector<std::byte> iptc_bytes(std::span<const std::byte> stored) {
  std::vector<std::byte> bytes(stored.begin(), stored.end());
  constexpr std::byte record{0x1c};
  if (bytes.size() >= 4 && bytes[0] != record && bytes[3] == record)
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4)
      std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   bytes.begin() + static_cast<std::ptrdiff_t>(at + 4));
  return bytes;
}

/// The blocks of the directory at an offset.
inline PictureMetadata read_tiff_metadata(std::span<const std::byte> bytes, std::uint64_t offset) {
  PictureMetadata metadata;
  const auto block = TiffBlock::open(bytes);
  if (!block) return metadata;
  const TiffBlock::Directory directory = block->directory(offset);
  const auto content = [&](std::uint16_t tag) {
    const TiffBlock::Entry* const entry = directory.find(tag);
    return entry != nullptr ? block->value(*entry) : std::span<const std::byte>();
  };
  const auto profile = content(tiff_tag::profile);
  metadata.profile.assign(profile.begin(), profile.end());
  metadata.xmp = as_text(content(tiff_tag::xmp));
  metadata.iptc = iptc_bytes(content(tiff_tag::iptc));
  if (metadata.iptc.empty()) {
    const auto iptc = iptc_in_resources(content(tiff_tag::photoshop));
    metadata.iptc.assign(iptc.begin(), iptc.end());
  }
  metadata.resolution = resolution_in(*block, directory);
  std::vector<std::byte> exif = empty_exif();
  TiffEditor edit(exif);
  const std::vector<TiffField> fields = descriptive_fields(edit, *block, directory);
  if (fields.empty()) return metadata;
  edit.add_to_first(fields);
  metadata.exif = std::move(exif);
  return metadata;
}

/// Adds the blocks to a finished file, and the resolution that baseline TIFF requires: 1 without a unit where none is
/// known.
inline void add_tiff_metadata(std::vector<std::byte>& file, const PictureMetadata& metadata,
                              const WrittenPicture& written) {
  const Image& image = written.image();
  TiffEditor edit(file);
  std::vector<TiffField> fields;
  const std::vector<std::byte> exif = exif_for(metadata.exif, image, written.is_srgb());
  if (const auto block = TiffBlock::open(exif))
    fields = descriptive_fields(edit, *block, block->directory(block->first()));
  const auto add = [&](std::uint16_t tag, std::uint16_t type, std::span<const std::byte> bytes) {
    if (!bytes.empty()) fields.push_back(bytes_field(tag, type, bytes));
  };
  const std::string xmp = with_texts(upright_xmp(metadata, image.width(), image.height()), metadata.texts);
  add(tiff_tag::xmp, tiff_type::byte, std::as_bytes(std::span(xmp)));
  add(tiff_tag::iptc, tiff_type::undefined, metadata.iptc);
  add(tiff_tag::profile, tiff_type::undefined, written.profile());
  for (TiffField& field : resolution_fields(metadata.resolution.value_or(Resolution{1, 1})))
    fields.push_back(std::move(field));
  if (!metadata.resolution) fields.back() = short_field(tiff_tag::resolution_unit, 1);
  edit.add_to_first(fields);
}

}  // namespace icolorit::codec
