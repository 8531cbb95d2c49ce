// ZipWriter: a zip archive of uncompressed entries, written front to back (PKWARE APPNOTE 6.3.9, sections 4.3 to 4.5).
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "icolorit/core/error.hpp"
#include "icolorit/io/crc32.hpp"

namespace icolorit {

namespace zip {

/// The data of every entry start at a multiple of this: torch.save aligns storages so, that they can be mapped.
inline constexpr std::uint64_t alignment = 64;

/// From these values on a number stands in a zip64 record, and its own field holds ones. APPNOTE's limits are the ones
/// themselves, which already mean "see zip64"; smaller limits are for tests that cannot write 4 GiB.
struct Zip64Limits {
  std::uint64_t bytes = 0xffffffff;  // sizes and offsets
  std::uint64_t entries = 0xffff;
};

struct Entry {
  std::string name;  // UTF-8
  std::uint32_t crc = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // of its local header
};

/// Where the central directory lies, and of how many entries.
struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

/// The numbers, little-endian, one after the other.
template <std::unsigned_integral T>
void append(std::string& record, std::initializer_list<T> numbers) {
  record.append(reinterpret_cast<const char*>(std::data(numbers)), numbers.size() * sizeof(T));
}

/// A field of 32 bits, or of 16, for a number that may be in a zip64 record instead.
template <std::unsigned_integral T>
T narrow(std::uint64_t number, std::uint64_t limit) {
  return number < limit ? static_cast<T>(number) : std::numeric_limits<T>::max();
}

inline constexpr std::uint16_t plain_version = 20, zip64_version = 45;  // of the format, times ten (section 4.4.3)
inline constexpr std::uint16_t utf8_names = 1u << 11;
inline constexpr std::uint16_t first_day = 1u << 5 | 1u;  // 1 January 1980: equal tensors make equal files
inline constexpr std::uint16_t zip64_field = 1;
inline constexpr std::uint16_t padding_field = 0x4246;  // "FB", the one that torch.save pads with

/// The part that the local header and the directory share: from the version up to the length of the extra field.
inline void append_common(std::string& record, const Entry& entry, bool wide, std::size_t extra_size,
                          Zip64Limits limits) {
  constexpr std::uint16_t stored = 0, midnight = 0;
  append<std::uint16_t>(record, {wide ? zip64_version : plain_version, utf8_names, stored, midnight, first_day});
  const auto size = narrow<std::uint32_t>(entry.size, limits.bytes);
  append<std::uint32_t>(record, {entry.crc, size, size});
  append<std::uint16_t>(record,
                        {static_cast<std::uint16_t>(entry.name.size()), static_cast<std::uint16_t>(extra_size)});
}

/// Section 4.3.7. Ends where the data start, at a multiple of `alignment`.
inline std::string local_header(const Entry& entry, Zip64Limits limits = {}) {
  constexpr std::uint64_t fixed_bytes = 30, field_header_bytes = 4;
  const bool wide = entry.size >= limits.bytes;
  std::string extra;
  if (wide) {
    append<std::uint16_t>(extra, {zip64_field, 16});
    append<std::uint64_t>(extra, {entry.size, entry.size});
  }
  const std::uint64_t end = entry.offset + fixed_bytes + entry.name.size() + extra.size() + field_header_bytes;
  const std::uint64_t padding = (alignment - end % alignment) % alignment;
  append<std::uint16_t>(extra, {padding_field, static_cast<std::uint16_t>(padding)});
  extra.append(padding, '\0');

  std::string record = "PK\3\4";
  append_common(record, entry, wide, extra.size(), limits);
  return record + entry.name + extra;
}

/// Section 4.3.12. Its zip64 field, unlike the local one, has only the numbers that need it (section 4.5.3).
inline std::string directory_record(const Entry& entry, Zip64Limits limits = {}) {
  const bool wide_size = entry.size >= limits.bytes, wide_offset = entry.offset >= limits.bytes;
  const bool wide = wide_size || wide_offset;
  std::string numbers, extra;
  if (wide_size) append<std::uint64_t>(numbers, {entry.size, entry.size});
  if (wide_offset) append<std::uint64_t>(numbers, {entry.offset});
  if (wide) append<std::uint16_t>(extra, {zip64_field, static_cast<std::uint16_t>(numbers.size())});
  extra += numbers;

  std::string record = "PK\1\2";
  append<std::uint16_t>(record, {wide ? zip64_version : plain_version});  // made by, on no particular system
  append_common(record, entry, wide, extra.size(), limits);
  append<std::uint16_t>(record, {0, 0, 0});  // comment, disk, internal attributes
  append<std::uint32_t>(record, {0, narrow<std::uint32_t>(entry.offset, limits.bytes)});
  return record + entry.name + extra;
}

/// Sections 4.3.14 to 4.3.16: the end record, behind the zip64 one and its locator where a number needs them.
inline std::string end_records(const Directory& directory, Zip64Limits limits = {}) {
  std::string record;
  if (directory.entries >= limits.entries || directory.size >= limits.bytes || directory.offset >= limits.bytes) {
    constexpr std::uint64_t bytes_that_follow = 44;
    record += "PK\6\6";
    append<std::uint64_t>(record, {bytes_that_follow});
    append<std::uint16_t>(record, {zip64_version, zip64_version});
    append<std::uint32_t>(record, {0, 0});  // this disk and the directory's
    append<std::uint64_t>(record, {directory.entries, directory.entries, directory.size, directory.offset});
    record += "PK\6\7";
    append<std::uint32_t>(record, {0});
    append<std::uint64_t>(record, {directory.offset + directory.size});  // of the zip64 end record
    append<std::uint32_t>(record, {1});                                  // disks
  }
  const auto entries = narrow<std::uint16_t>(directory.entries, limits.entries);
  record += "PK\5\6";
  append<std::uint16_t>(record, {0, 0, entries, entries});
  append<std::uint32_t>(record, {narrow<std::uint32_t>(directory.size, limits.bytes),
                                 narrow<std::uint32_t>(directory.offset, limits.bytes)});
  append<std::uint16_t>(record, {0});  // comment
  return record;
}

}  // namespace zip

/// Calls write(bytes) with one piece of the archive after the other. The names of the entries must differ.
/// Thread-safety: one thread at a time.
template <std::invocable<std::span<const std::byte>> Write>
class ZipWriter {
 public:
  explicit ZipWriter(Write write, zip::Zip64Limits limits = {}) : write_(std::move(write)), limits_(limits) {}

  /// Appends an entry, its data aligned. Throws ArgumentError for a name longer than 65535 bytes, and what `write`
  /// throws.
  void add(std::string name, std::span<const std::byte> data) {
    if (name.size() > 0xffff)
      throw ArgumentError(concat("ZipWriter.add: a name of ", name.size(), " bytes, at most 65535 are allowed"));
    const zip::Entry entry{std::move(name), crc32(data), data.size(), position_};
    emit(zip::local_header(entry, limits_));
    write_(data);
    position_ += data.size();
    directory_ += zip::directory_record(entry, limits_);
    ++entries_;
  }
  void add(std::string name, std::string_view text) { add(std::move(name), std::as_bytes(std::span(text))); }

  /// Call once, last.
  void finish() {
    const zip::Directory directory{entries_, directory_.size(), position_};
    emit(directory_);
    emit(zip::end_records(directory, limits_));
  }

 private:
  void emit(const std::string& record) {
    write_(std::as_bytes(std::span(record)));
    position_ += record.size();
  }

  Write write_;
  zip::Zip64Limits limits_;
  std::string directory_;
  std::uint64_t entries_ = 0, position_ = 0;
};

}  // namespace icolorit
