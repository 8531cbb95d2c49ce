// EXIF blocks: which way is up, what is copied into another file, and what must change there (EXIF 2.32).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "icolorit/image/picture_metadata.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/tiff_block.hpp"

namespace icolorit::codec {

/// What an EXIF block begins with in a JPEG file; other formats leave it out.
inline constexpr std::string_view exif_header("Exif\0\0", 6);

/// The TIFF structure of an EXIF block, with or without JPEG's header before it.
inline std::span<const std::byte> without_exif_header(std::span<const std::byte> block) {
  return has_text_at(block, 0, exif_header) ? block.subspan(exif_header.size()) : block;
}

/// The Orientation (1..8) in an EXIF block or TIFF file, of any whole type; 1 where it has none or cannot be read.
inline int exif_orientation(std::span<const std::byte> bytes) {
  const auto block = TiffBlock::open(without_exif_header(bytes));
  if (!block) return 1;
  const TiffBlock::Directory first = block->directory(block->first());
  const std::uint64_t orientation = block->whole(first.find(tiff_tag::orientation)).value_or(1);
  return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
}

/// The resolution that a directory states.
inline std::optional<Resolution> resolution_in(const TiffBlock& block, const TiffBlock::Directory& directory) {
  const auto x = block.ratio(directory.find(tiff_tag::x_resolution));
  const auto y = block.ratio(directory.find(tiff_tag::y_resolution));
  const std::uint64_t unit = block.whole(directory.find(tiff_tag::resolution_unit)).value_or(2);
  if (!x || !y || *x <= 0 || *y <= 0 || unit < 2 || unit > 3) return {};
  const double per_inch = unit == 3 ? 2.54 : 1;
  return Resolution{*x * per_inch, *y * per_inch};
}
inline std::optional<Resolution> exif_resolution(std::span<const std::byte> bytes) {
  const auto block = TiffBlock::open(bytes);
  return block ? resolution_in(*block, block->directory(block->first())) : std::nullopt;
}

/// What the metadata of a file say of each side of the picture, once it has been turned from lying to standing.
inline void swap_sides(PictureMetadata& metadata) {
  if (metadata.resolution) std::swap(metadata.resolution->x, metadata.resolution->y);
}

/// The file's picture and the facts about its sides, upright.
inline void set_upright(DecodedFile& file, Image stored, int orientation) {
  file.image = upright(std::move(stored), orientation);
  if (lies_on_its_side(orientation)) swap_sides(file.metadata);
}

/// Fields of numbers and bytes.
inline TiffField short_field(std::uint16_t tag, std::uint16_t value) {
  return {tag, tiff_type::short_, {static_cast<std::byte>(value & 0xff), static_cast<std::byte>(value >> 8)}};
}
inline TiffField ratio_field(std::uint16_t tag, double value) {
  const double whole = std::round(value);
  const std::uint32_t below = std::abs(value - whole) < .01 ? 1 : 10000;  // inches and metres do not convert evenly
  const auto above = static_cast<std::uint32_t>(std::clamp(std::round(below == 1 ? whole : value * below), 0., 4e9));
  TiffField field{tag, tiff_type::rational, {}};
  for (const std::uint32_t number : {above, below})
    for (int i = 0; i < 4; ++i) field.value.push_back(static_cast<std::byte>(number >> (8 * i) & 0xff));
  return field;
}
inline TiffField bytes_field(std::uint16_t tag, std::uint16_t type, std::span<const std::byte> bytes) {
  return {tag, type, {bytes.begin(), bytes.end()}};
}
inline TiffField offset_field(std::uint16_t tag, std::size_t offset) {
  TiffField field{tag, tiff_type::long_, {}};
  for (int i = 0; i < 4; ++i) field.value.push_back(static_cast<std::byte>(offset >> (8 * i) & 0xff));
  return field;
}
inline std::vector<TiffField> resolution_fields(const Resolution& resolution) {
  return {ratio_field(tiff_tag::x_resolution, resolution.x), ratio_field(tiff_tag::y_resolution, resolution.y),
          short_field(tiff_tag::resolution_unit, 2)};
}

/// An EXIF block without any field.
inline std::vector<std::byte> empty_exif() {
  constexpr std::string_view bytes("II*\0\x08\0\0\0\0\0\0\0\0\0", 14);
  const auto block = std::as_bytes(std::span(bytes));
  return {block.begin(), block.end()};
}

/// Makes a directory that states a resolution state this one, as far as its values have room for it.
inline void set_resolution(TiffEditor& edit, const TiffBlock& block, const TiffBlock::Directory& directory,
                           const Resolution& resolution) {
  const auto stated = resolution_in(block, directory);
  constexpr double rounding = .01;  // formats count in whole numbers of other units
  if (stated && std::abs(stated->x - resolution.x) < rounding && std::abs(stated->y - resolution.y) < rounding) return;
  for (const TiffField& field : resolution_fields(resolution)) {
    const TiffBlock::Entry* const entry = directory.find(field.tag);
    if (entry == nullptr || entry->type != field.type || entry->size < field.value.size()) continue;
    std::vector<std::byte> value = field.value;
    swap_numbers(value, field.type, block.big_endian());
    edit.put_bytes(entry->offset, value);
  }
}

/// The block as it fits an upright picture of another size: orientation 1, sizes, colour space and resolution stated
/// anew, and without the thumbnail, which shows the old picture. All else keeps its bytes and its place, as maker notes
/// need.
inline std::vector<std::byte> exif_for(std::vector<std::byte> bytes, const Image& image, bool is_srgb,
                                       const std::optional<Resolution>& resolution = {}) {
  const auto block = TiffBlock::open(bytes);
  if (!block) return {};
  TiffEditor edit(bytes);
  const auto set = [&](const TiffBlock::Directory& directory, std::uint16_t tag, Index value) {
    const TiffBlock::Entry* const entry = directory.find(tag);
    if (block->whole(entry)) edit.put(entry->offset, static_cast<std::uint64_t>(value), tiff_type_size(entry->type));
  };
  const TiffBlock::Directory first = block->directory(block->first());
  if (resolution)
    set_resolution(edit, *block, first, *resolution);
  else if (lies_on_its_side(exif_orientation(bytes)))
    edit.swap_values(first, tiff_tag::x_resolution, tiff_tag::y_resolution);
  set(first, tiff_tag::orientation, 1);
  set(first, tiff_tag::width, image.width());
  set(first, tiff_tag::height, image.height());
  if (const auto offset = block->whole(first.find(tiff_tag::exif))) {
    const TiffBlock::Directory exif = block->directory(*offset);
    set(exif, tiff_tag::color_space, is_srgb ? 1 : 0xffff);  // the latter: see the profile
    set(exif, tiff_tag::pixel_width, image.width());
    set(exif, tiff_tag::pixel_height, image.height());
  }
  if (first.next == 0) return bytes;
  const TiffBlock::Directory second = block->directory(first.next);
  const std::uint64_t thumbnail = block->whole(second.find(tiff_tag::thumbnail)).value_or(0);
  const std::uint64_t size = block->whole(second.find(tiff_tag::thumbnail_size)).value_or(0);
  edit.put(first.next_position, 0, block->is_big_tiff() ? 8 : 4);
  if (thumbnail >= 8 && thumbnail < bytes.size()) {
    if (size >= bytes.size() - thumbnail)
      bytes.resize(static_cast<std::size_t>(thumbnail));
    else
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(thumbnail), size, std::byte{0});
  }
  return bytes;
}

/// Resolution and IPTC of a file whose format has no other place for them.
inline void take_from_exif(PictureMetadata& metadata) {
  const auto block = TiffBlock::open(metadata.exif);
  if (!block) return;
  const TiffBlock::Directory first = block->directory(block->first());
  metadata.resolution = resolution_in(*block, first);
  if (const TiffBlock::Entry* const iptc = first.find(tiff_tag::iptc))
    metadata.iptc.assign(block->value(*iptc).begin(), block->value(*iptc).end());
}

/// The block for a file whose format has no other place for resolution and IPTC.
inline std::vector<std::byte> exif_with_all(const PictureMetadata& metadata, const Image& image, bool is_srgb) {
  std::vector<std::byte> exif = exif_for(metadata.exif, image, is_srgb, metadata.resolution);
  std::vector<TiffField> fields;
  if (metadata.resolution && exif_resolution(exif) != metadata.resolution)
    fields = resolution_fields(*metadata.resolution);
  if (!metadata.iptc.empty()) fields.push_back(bytes_field(tiff_tag::iptc, tiff_type::undefined, metadata.iptc));
  if (fields.empty()) return exif;
  if (exif.empty()) exif = empty_exif();
  TiffEditor(exif).add_to_first(fields);
  return exif;
}

/// Whether a tag of a file's first directory describes the picture and not how its pixels lie in that file.
inline bool is_descriptive(std::uint16_t tag) {
  constexpr std::uint16_t tags[] = {269,   270,   271,   272,   285,   305,   306,   315,   316,
                                    18246, 18249, 33432, 36867, 40091, 40092, 40093, 40094, 40095};
  return std::ranges::find(tags, tag) != std::end(tags);
}

/// What describes the picture in a directory of one structure, for the first directory of another that `edit` writes:
/// texts, and the EXIF and GPS directories, which are written at once. Maker notes that count from the start of their
/// old file cannot follow.
inline std::vector<TiffField> descriptive_fields(TiffEditor& edit, const TiffBlock& block,
                                                 const TiffBlock::Directory& directory) {
  std::size_t budget = block.bytes().size();  // values of a hostile block may share their bytes a thousand times
  const auto affordable = [&](const TiffBlock::Entry& entry) {
    if (entry.size > budget) return false;
    budget -= entry.size;
    return true;
  };
  std::vector<TiffField> fields;
  for (const TiffBlock::Entry& entry : directory.entries)
    if (is_descriptive(entry.tag) && affordable(entry)) fields.push_back(block.field(entry));
  for (const std::uint16_t tag : {tiff_tag::exif, tiff_tag::gps}) {
    const auto offset = block.whole(directory.find(tag));
    const TiffBlock::Directory below = offset ? block.directory(*offset) : TiffBlock::Directory{};
    std::vector<TiffField> inner;
    for (const TiffBlock::Entry& entry : below.entries)
      if (entry.tag != tiff_tag::interoperability && affordable(entry)) inner.push_back(block.field(entry));
    if (!inner.empty()) fields.push_back(offset_field(tag, edit.append_directory(inner)));
  }
  return fields;
}

}  // namespace icolorit::codec
