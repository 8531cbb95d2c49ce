// ZipArchive: the uncompressed entries of a zip file in memory (PKWARE APPNOTE 6.3.9, sections 4.3 to 4.5).
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/crc32.hpp"

namespace icolorit {

/// Whether the CRC-32 of an entry is compared before its bytes are handed out. Ignoring it is for fuzzing: a mutated
/// entry would never get past the check.
enum class Checksum : std::uint8_t { verify, ignore };

/// A view of an archive whose bytes must outlive it. Entries must have different names and must not overlap: an archive
/// that reads in two ways is refused. Compressed and encrypted entries are listed but not read. Zip64 is understood.
/// Thread-safety: any number of threads may read one.
class ZipArchive {
 public:
  /// Reads the central directory. Throws FormatError.
  explicit ZipArchive(std::span<const std::byte> bytes, Checksum checksum = Checksum::verify)
      : bytes_(bytes), checksum_(checksum) {
    const Directory directory = find_directory();
    ByteReader in(bytes_.subspan(directory.offset, directory.size), "zip: central directory");
    std::vector<Range> ranges;
    for (std::uint64_t i = 0; i < directory.entries; ++i) ranges.push_back(read_entry(in, directory.offset));
    if (in.remaining() != 0) fail("bytes after the last entry of the central directory");
    std::ranges::sort(ranges, {}, &Range::begin);
    for (std::size_t i = 1; i < ranges.size(); ++i)
      if (ranges[i].begin < ranges[i - 1].end) fail("two entries overlap");
  }

  /// Whether the bytes start like a zip file with at least one entry.
  static bool is_zip(std::span<const std::byte> bytes) {
    return bytes.size() >= 4 && load<std::uint32_t>(bytes.data()) == local_signature;
  }

  /// All names, sorted.
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> result;
    for (const auto& [name, entry] : entries_) result.push_back(name);
    return result;
  }

  bool contains(std::string_view name) const { return entries_.contains(name); }

  /// The bytes of an entry, checksum compared. Throws FormatError where there is no such entry, or it is damaged,
  /// compressed or encrypted.
  std::span<const std::byte> read(std::string_view name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) fail(concat("there is no entry \"", name, '"'));
    const Entry& entry = found->second;
    if (!entry.obstacle.empty()) fail(concat('"', name, "\" is ", entry.obstacle, ", expected its plain bytes"));
    if (checksum_ == Checksum::verify && crc32(entry.bytes) != entry.crc)
      fail(concat("the checksum of \"", name, "\" is wrong: the file is damaged"));
    return entry.bytes;
  }

 private:
  struct Directory {
    std::uint64_t entries, size, offset;
  };
  struct Entry {
    std::span<const std::byte> bytes;
    std::uint32_t crc;
    std::string_view obstacle;  // why `bytes` are not the content; empty where they are
  };
  /// What an entry occupies, local header included.
  struct Range {
    std::uint64_t begin, end;
  };

  static constexpr std::uint32_t local_signature = 0x04034b50;
  static constexpr std::uint32_t central_signature = 0x02014b50;
  static constexpr std::uint32_t end_signature = 0x06054b50;
  static constexpr std::uint32_t end64_signature = 0x06064b50;
  static constexpr std::uint32_t locator_signature = 0x07064b50;
  static constexpr std::uint64_t end_bytes = 22, locator_bytes = 20;
  static constexpr std::uint32_t in_zip64 = 0xffffffff;  // a 32-bit field that says: see the zip64 record

  /// Section 4.3.16; the directory must end before the record that describes it.
  Directory find_directory() const {
    const std::uint64_t end = find_end();
    ByteReader in(bytes_.subspan(end), "zip: end record");
    in.take(4);
    const auto disk = in.read<std::uint16_t>(), directory_disk = in.read<std::uint16_t>();
    const auto entries_here = in.read<std::uint16_t>(), entries = in.read<std::uint16_t>();
    Directory directory{entries, in.read<std::uint32_t>(), 0};
    directory.offset = in.read<std::uint32_t>();
    std::uint64_t limit = end;
    const bool has_locator =
        end >= locator_bytes && load<std::uint32_t>(bytes_.data() + end - locator_bytes) == locator_signature;
    if (has_locator)
      directory = read_zip64(end - locator_bytes, limit);
    else if (disk != 0 || directory_disk != 0 || entries_here != entries)
      fail("the archive is one part of several");
    if (directory.offset > limit || directory.size > limit - directory.offset)
      fail("the central directory lies outside the file");
    return directory;
  }

  /// Searched backwards, because a comment of up to 65535 bytes may follow; the comment must reach the end of the file.
  std::uint64_t find_end() const {
    if (bytes_.size() < end_bytes) fail("too short for an archive");
    const std::uint64_t last = bytes_.size() - end_bytes;
    const std::uint64_t first = last > 0xffff ? last - 0xffff : 0;
    for (std::uint64_t at = last + 1; at-- > first;)
      if (load<std::uint32_t>(bytes_.data() + at) == end_signature &&
          load<std::uint16_t>(bytes_.data() + at + 20) == last - at)
        return at;
    fail("there is no central directory: the file is cut off, download or copy it again, or it is no archive");
  }

  /// Sections 4.3.14 and 4.3.15; `limit` becomes the position of the zip64 end record.
  Directory read_zip64(std::uint64_t locator, std::uint64_t& limit) const {
    ByteReader in(bytes_.first(locator + locator_bytes), "zip: zip64 end record");
    in.seek(locator + 4);
    const auto record_disk = in.read<std::uint32_t>();
    limit = in.read<std::uint64_t>();
    const auto disks = in.read<std::uint32_t>();
    in.seek(limit);
    if (in.read<std::uint32_t>() != end64_signature) fail("the zip64 end record is not where its locator says");
    in.take(8 + 2 + 2);  // its size and two versions
    const auto disk = in.read<std::uint32_t>(), directory_disk = in.read<std::uint32_t>();
    const auto entries_here = in.read<std::uint64_t>(), entries = in.read<std::uint64_t>();
    if (record_disk != 0 || disks > 1 || disk != 0 || directory_disk != 0 || entries_here != entries)
      fail("the archive is one part of several");
    const auto size = in.read<std::uint64_t>();
    return {entries, size, in.read<std::uint64_t>()};
  }

  /// Sections 4.3.12 and 4.5.3; data must end before `limit`, where the directory starts.
  Range read_entry(ByteReader& in, std::uint64_t limit) {
    if (in.read<std::uint32_t>() != central_signature) fail("an entry of the central directory has no signature");
    in.take(2 + 2);  // versions
    const auto flags = in.read<std::uint16_t>(), method = in.read<std::uint16_t>();
    in.take(2 + 2);  // time and date
    const auto crc = in.read<std::uint32_t>();
    std::uint64_t stored_size = in.read<std::uint32_t>(), size = in.read<std::uint32_t>();
    const auto name_size = in.read<std::uint16_t>(), extra_size = in.read<std::uint16_t>();
    const auto comment_size = in.read<std::uint16_t>(), disk = in.read<std::uint16_t>();
    in.take(2 + 4);  // attributes
    std::uint64_t offset = in.read<std::uint32_t>();
    const std::string_view name = as_text(in.take(name_size));
    const auto extra = in.take(extra_size);
    in.take(comment_size);

    ByteReader wide(find_zip64_field(extra), "zip: zip64 field");
    for (std::uint64_t* field : {&size, &stored_size, &offset})
      if (*field == in_zip64) *field = wide.read<std::uint64_t>();
    constexpr unsigned encrypted = 1u | 1u << 6 | 1u << 13;  // sections 4.4.4 and 7
    const std::string_view obstacle = (flags & encrypted) != 0             ? "encrypted"
                                      : method != 0 || stored_size != size ? "compressed"
                                                                           : "";
    if (disk != 0) fail("the archive is one part of several");

    ByteReader local(bytes_.first(limit), "zip: entry");
    local.seek(offset);
    if (local.read<std::uint32_t>() != local_signature) fail(concat('"', name, "\" is not where the directory says"));
    local.take(22);  // version, flags, method, time, checksum, sizes: the directory's are the ones that count
    const auto local_name_size = local.read<std::uint16_t>(), local_extra_size = local.read<std::uint16_t>();
    if (as_text(local.take(local_name_size)) != name) fail(concat('"', name, "\" has another name at its data"));
    local.take(local_extra_size);
    if (!entries_.emplace(name, Entry{local.take(stored_size), crc, obstacle}).second)
      fail(concat('"', name, "\" comes twice"));
    return {offset, local.position()};
  }

  /// The extra field with header 1, empty where there is none.
  static std::span<const std::byte> find_zip64_field(std::span<const std::byte> extra) {
    ByteReader in(extra, "zip: extra field");
    while (in.remaining() >= 4) {
      const auto id = in.read<std::uint16_t>(), size = in.read<std::uint16_t>();
      const auto field = in.take(size);
      if (id == 1) return field;
    }
    return {};
  }

  [[noreturn]] static void fail(std::string_view complaint) { throw FormatError(concat("zip: ", complaint)); }

  std::span<const std::byte> bytes_;
  Checksum checksum_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace icolorit
