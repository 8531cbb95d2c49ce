// The directories of a TIFF structure, which EXIF blocks are, too: read without trust, and extended at the end so that
// nothing that lies inside moves (TIFF 6.0, section 2; BigTIFF).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit::codec {

/// The tags that are read or written without libtiff (TIFF 6.0; EXIF 2.32; DNG 1.6; IPTC and XMP by their own parts).
namespace tiff_tag {
inline constexpr std::uint16_t subfile_type = 254, old_subfile_type = 255, width = 256, height = 257, orientation = 274,
                               x_resolution = 282, y_resolution = 283, resolution_unit = 296, description = 270,
                               software = 305, sub_directories = 330, thumbnail = 513, thumbnail_size = 514, xmp = 700,
                               iptc = 33723, photoshop = 34377, exif = 34665, profile = 34675, gps = 34853,
                               color_space = 40961, pixel_width = 40962, pixel_height = 40963, interoperability = 40965,
                               dng_version = 50706;
}  // namespace tiff_tag

/// Types of values.
namespace tiff_type {
inline constexpr std::uint16_t byte = 1, ascii = 2, short_ = 3, long_ = 4, rational = 5, undefined = 7, ifd = 13;
}  // namespace tiff_type

/// The value of one tag. Numbers in `value` are little-endian, whatever the file has.
struct TiffField {
  std::uint16_t tag = 0, type = 0;
  std::vector<std::byte> value;
};

/// Bytes of one value of a type; 0 for a type that no specification has.
constexpr std::size_t tiff_type_size(std::uint16_t type) {
  constexpr std::array<std::uint8_t, 19> sizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
  return type < sizes.size() ? sizes[type] : 0;
}

/// Writes an unsigned number of `size` bytes.
inline void put_number(std::span<std::byte> bytes, std::size_t at, std::uint64_t value, std::size_t size,
                       bool big_endian) {
  for (std::size_t i = 0; i < size; ++i)
    bytes[at + (big_endian ? size - 1 - i : i)] = static_cast<std::byte>(value >> (8 * i) & 0xff);
}

/// Turns the numbers of a field around where `big_endian`: in a rational both, in texts none.
inline void swap_numbers(std::span<std::byte> value, std::uint16_t type, bool big_endian) {
  const std::size_t whole = tiff_type_size(type);
  const std::size_t size = type == tiff_type::rational || type == 10 ? 4 : whole;
  if (!big_endian || size < 2) return;
  for (std::size_t at = 0; at + size <= value.size(); at += size)
    std::reverse(value.begin() + static_cast<std::ptrdiff_t>(at),
                 value.begin() + static_cast<std::ptrdiff_t>(at + size));
}

/// A view of a TIFF structure. Nothing throws: what lies outside the bytes does not exist.
class TiffBlock {
 public:
  /// An entry of a directory, and where its value lies in the structure.
  struct Entry {
    std::uint16_t tag = 0, type = 0;
    std::size_t position = 0;  ///< of the entry itself
    std::size_t offset = 0, size = 0;
  };
  struct Directory {
    std::vector<Entry> entries;
    std::size_t position = 0;
    std::uint64_t next = 0;
    std::size_t next_position = 0;  ///< where `next` stands

    const Entry* find(std::uint16_t tag) const {
      const auto found = std::ranges::find(entries, tag, &Entry::tag);
      return found == entries.end() ? nullptr : &*found;
    }
  };

  /// Nothing where the bytes do not begin like a TIFF structure.
  static std::optional<TiffBlock> open(std::span<const std::byte> bytes) {
    if (bytes.size() < 8) return {};
    const auto at = [&](std::size_t i) { return std::to_integer<char>(bytes[i]); };
    TiffBlock block(bytes);
    if (at(0) == 'M' && at(1) == 'M')
      block.big_endian_ = true;
    else if (at(0) != 'I' || at(1) != 'I')
      return {};
    const std::uint64_t magic = block.number(2, 2);
    if (magic != 42 && magic != 43) return {};
    block.big_ = magic == 43;
    if (block.big_ && bytes.size() < 16) return {};
    return block;
  }

  bool big_endian() const { return big_endian_; }
  bool is_big_tiff() const { return big_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::uint64_t first() const { return big_ ? number(8, 8) : number(4, 4); }

  /// The directory at an offset, as far as it lies inside; entries whose value does not, or is of no known type, are
  /// left out.
  Directory directory(std::uint64_t offset) const {
    Directory result;
    const std::size_t counter = big_ ? 8 : 2, entry = big_ ? 20 : 12, word = big_ ? 8 : 4;
    if (offset < 8 || offset > bytes_.size() || bytes_.size() - offset < counter) return result;
    result.position = static_cast<std::size_t>(offset);
    const std::size_t first = result.position + counter;
    const auto count = std::min<std::uint64_t>(number(result.position, counter), (bytes_.size() - first) / entry);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = first + i * entry;
      Entry one{static_cast<std::uint16_t>(number(at, 2)), static_cast<std::uint16_t>(number(at + 2, 2)), at};
      const std::size_t size = tiff_type_size(one.type);
      const std::uint64_t values = number(at + 4, word);
      if (size == 0 || values > bytes_.size() / size) continue;
      one.size = static_cast<std::size_t>(values) * size;
      const std::size_t here = at + 4 + word;
      const std::uint64_t where = one.size <= word ? here : number(here, word);
      if (where > bytes_.size() || bytes_.size() - where < one.size) continue;
      one.offset = static_cast<std::size_t>(where);
      result.entries.push_back(one);
    }
    result.next_position = first + static_cast<std::size_t>(count) * entry;
    result.next = number(result.next_position, word);
    return result;
  }

  /// Value i of an entry of whole numbers of any type, negative ones as 0; nothing where it has none.
  std::optional<std::uint64_t> whole(const Entry* entry, std::size_t i = 0) const {
    if (entry == nullptr) return {};
    switch (entry->type) {
      case 1:
      case 3:
      case 4:
      case 6:
      case 8:
      case 9:
      case 13:
      case 16:
      case 17:
      case 18: break;
      default: return {};
    }
    const std::size_t size = tiff_type_size(entry->type);
    if ((i + 1) * size > entry->size) return {};
    const std::uint64_t value = number(entry->offset + i * size, size);
    const bool is_signed = entry->type == 6 || entry->type == 8 || entry->type == 9 || entry->type == 17;
    return is_signed && (value >> (8 * size - 1) & 1) != 0 ? 0 : value;
  }

  /// The first rational number of an entry, if it is one.
  std::optional<double> ratio(const Entry* entry) const {
    if (entry == nullptr || entry->type != tiff_type::rational || entry->size < 8) return {};
    const auto below = static_cast<double>(number(entry->offset + 4, 4));
    if (below == 0) return {};
    return static_cast<double>(number(entry->offset, 4)) / below;
  }

  std::span<const std::byte> value(const Entry& entry) const { return bytes_.subspan(entry.offset, entry.size); }
  TiffField field(const Entry& entry) const {
    const auto raw = value(entry);
    TiffField copy{entry.tag, entry.type, {raw.begin(), raw.end()}};
    swap_numbers(copy.value, copy.type, big_endian_);
    return copy;
  }

  /// An unsigned number of `size` bytes; 0 beyond the end.
  std::uint64_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = std::to_integer<std::uint64_t>(bytes_[at + (big_endian_ ? i : size - 1 - i)]);
      value = value << 8 | byte;
    }
    return value;
  }

 private:
  explicit TiffBlock(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes_;
  bool big_endian_ = false, big_ = false;
};

/// Writes into a TIFF structure that is held in a vector.
class TiffEditor {
 public:
  /// `bytes` must outlive the editor and open as a TiffBlock.
  explicit TiffEditor(std::vector<std::byte>& bytes)
      : bytes_(bytes), big_endian_(TiffBlock::open(bytes)->big_endian()), big_(TiffBlock::open(bytes)->is_big_tiff()) {}

  void put(std::size_t at, std::uint64_t value, std::size_t size) { put_number(bytes_, at, value, size, big_endian_); }

  void put_bytes(std::size_t at, std::span<const std::byte> value) {
    std::ranges::copy(value, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  /// Exchanges the values of two tags, where the directory has both and they are of one type and size.
  void swap_values(const TiffBlock::Directory& directory, std::uint16_t one, std::uint16_t other) {
    const TiffBlock::Entry *const a = directory.find(one), *const b = directory.find(other);
    if (a == nullptr || b == nullptr || a->type != b->type || a->size != b->size) return;
    for (std::size_t i = 0; i < a->size; ++i) std::swap(bytes_[a->offset + i], bytes_[b->offset + i]);
  }

  /// A directory of these fields at the end, behind their values. Returns its offset.
  std::size_t append_directory(const std::vector<TiffField>& fields) { return append({}, fields, 0); }

  /// Puts fields into the first directory, in place of those of the same tags: the directory is written anew at the
  /// end, everything else stays where it is.
  void add_to_first(const std::vector<TiffField>& fields) {
    const auto block = TiffBlock::open(bytes_);
    const TiffBlock::Directory old = block->directory(block->first());
    std::vector<TiffBlock::Entry> kept;
    for (const TiffBlock::Entry& entry : old.entries)
      if (std::ranges::find(fields, entry.tag, &TiffField::tag) == fields.end()) kept.push_back(entry);
    const std::size_t offset = append(kept, fields, old.next);
    put(big_ ? 8 : 4, offset, big_ ? 8 : 4);
  }

 private:
  std::size_t append(const std::vector<TiffBlock::Entry>& kept, const std::vector<TiffField>& fields,
                     std::uint64_t next) {
    const std::size_t word = big_ ? 8 : 4, entry = 4 + 2 * word;
    std::multimap<std::uint16_t, std::vector<std::byte>> entries;  // by tag, as a directory must be
    for (const TiffBlock::Entry& one : kept) {
      const auto first = bytes_.begin() + static_cast<std::ptrdiff_t>(one.position);
      entries.emplace(one.tag, std::vector(first, first + static_cast<std::ptrdiff_t>(entry)));
    }
    for (const TiffField& field : fields) {
      std::vector<std::byte> value = field.value;
      swap_numbers(value, field.type, big_endian_);
      std::vector<std::byte> written(entry);
      put_number(written, 0, field.tag, 2, big_endian_);
      put_number(written, 2, field.type, 2, big_endian_);
      put_number(written, 4, value.size() / tiff_type_size(field.type), word, big_endian_);
      if (value.size() <= word) {
        std::ranges::copy(value, written.begin() + static_cast<std::ptrdiff_t>(4 + word));
      } else {
        bytes_.resize(bytes_.size() + bytes_.size() % 2);
        put_number(written, 4 + word, bytes_.size(), word, big_endian_);
        bytes_.insert(bytes_.end(), value.begin(), value.end());
      }
      entries.emplace(field.tag, std::move(written));
    }

    bytes_.resize(bytes_.size() + bytes_.size() % 2);
    const std::size_t offset = bytes_.size(), counter = big_ ? 8 : 2;
    bytes_.resize(offset + counter);
    put(offset, entries.size(), counter);
    for (const auto& [tag, written] : entries) bytes_.insert(bytes_.end(), written.begin(), written.end());
    bytes_.resize(bytes_.size() + word);
    put(bytes_.size() - word, next, word);
    return offset;
  }

  std::vector<std::byte>& bytes_;
  bool big_endian_, big_;
};

}  // namespace icolorit::codec
