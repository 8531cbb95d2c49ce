// Shards: many pictures in one file, for fast reading. Little-endian:
//   8 bytes   "icoshard"
//   u32       version, 1
//   contents  of the pictures, one after the other without gaps
//   index     for each picture: u64 offset, u64 size, u32 CRC-32 of the content, u32 width, u32 height, u32 length of
//             the name, the name
//   u64, u64  offset of the index, number of pictures
// Each entry stores either the original encoded file (width = height = 0) or raw 8-bit RGB rows. The index is at the
// end so that a shard is written in one pass.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/image/image.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/io/file.hpp"

namespace icolorit {

struct ShardEntry {
  std::string name;
  std::uint64_t offset = 0, size = 0;
  std::uint32_t crc = 0;
  Index width = 0, height = 0;  ///< of 8-bit RGB; 0 for a picture file

  bool is_decoded() const { return width > 0; }
};

namespace shard {

inline constexpr std::string_view magic = "icoshard";
inline constexpr std::uint32_t version = 1;
inline constexpr std::uint64_t header_bytes = 12, footer_bytes = 16, min_entry_bytes = 32;
inline constexpr std::uint32_t max_name_bytes = 4096;

/// One entry of the index, whose content must begin at `expected`. Throws FormatError.
inline ShardEntry read_entry(ByteReader& in, std::uint64_t expected, std::uint64_t contents_end) {
  ShardEntry entry;
  entry.offset = in.read<std::uint64_t>();
  entry.size = in.read<std::uint64_t>();
  entry.crc = in.read<std::uint32_t>();
  entry.width = in.read<std::uint32_t>();
  entry.height = in.read<std::uint32_t>();
  const auto name_bytes = in.read<std::uint32_t>();
  if (name_bytes > max_name_bytes)
    throw FormatError(concat("shard: a name of ", name_bytes, " bytes, at most ", max_name_bytes, " are allowed"));
  entry.name = as_text(in.take(name_bytes));
  if (entry.offset != expected || entry.size > contents_end - expected)
    throw FormatError(concat("shard: the picture \"", entry.name, "\" has ", entry.size, " bytes at ", entry.offset,
                             ", expected them at ", expected, " and to end by ", contents_end));
  const bool decoded = entry.width > 0 && entry.width <= Image::max_extent && entry.height > 0 &&
                       entry.height <= Image::max_extent &&
                       entry.size == static_cast<std::uint64_t>(3 * entry.width * entry.height);
  if (!decoded && (entry.width != 0 || entry.height != 0))
    throw FormatError(concat("shard: the picture \"", entry.name, "\" of ", entry.width, " x ", entry.height,
                             " pixels does not fill its ", entry.size, " bytes"));
  return entry;
}

}  // namespace shard

/// The index of a shard of `size` bytes, of which read(offset, std::span<std::byte>) fetches some. Reads only the
/// header, the index and the footer, and takes no more memory than a few times the bytes of the index, which are there.
/// Contents neither overlap nor leave gaps. Throws FormatError, and what `read` throws.
template <class Read>
std::vector<ShardEntry> read_shard_index(std::uint64_t size, Read&& read) {
  if (size < shard::header_bytes + shard::footer_bytes)
    throw FormatError(concat("shard: ", size, " bytes, expected at least ", shard::header_bytes + shard::footer_bytes));
  std::array<std::byte, shard::header_bytes> header;
  read(std::uint64_t{0}, std::span<std::byte>(header));
  if (as_text(header).substr(0, shard::magic.size()) != shard::magic)
    throw FormatError(concat("shard: the file does not begin with \"", shard::magic, "\""));
  const auto version = load<std::uint32_t>(header.data() + shard::magic.size());
  if (version != shard::version) throw FormatError(concat("shard: version ", version, ", expected ", shard::version));

  std::array<std::byte, shard::footer_bytes> footer;
  const std::uint64_t index_end = size - shard::footer_bytes;
  read(index_end, std::span<std::byte>(footer));
  const auto index_begin = load<std::uint64_t>(footer.data());
  const auto count = load<std::uint64_t>(footer.data() + sizeof(std::uint64_t));
  if (index_begin < shard::header_bytes || index_begin > index_end)
    throw FormatError(concat("shard: the index begins at ", index_begin, ", expected ", shard::header_bytes, " to ",
                             index_end, "; the file may be cut off"));
  if (count > (index_end - index_begin) / shard::min_entry_bytes)
    throw FormatError(concat("shard: ", count, " pictures in an index of ", index_end - index_begin, " bytes"));

  std::vector<std::byte> index(index_end - index_begin);
  read(index_begin, std::span<std::byte>(index));
  ByteReader in(index, "shard");
  std::vector<ShardEntry> entries;
  entries.reserve(count);
  std::uint64_t end = shard::header_bytes;
  for (std::uint64_t i = 0; i < count; ++i) {
    entries.push_back(shard::read_entry(in, end, index_begin));
    end += entries.back().size;
  }
  if (end != index_begin || in.remaining() != 0)
    throw FormatError("shard: bytes that belong to no picture before or after the index");
  return entries;
}

/// Writes a shard picture by picture; the file appears, complete, with `commit`. Every function throws FileError.
/// Thread-safety: one thread at a time.
class ShardWriter {
 public:
  explicit ShardWriter(std::filesystem::path path) : file_(std::move(path)) {
    std::vector<std::byte> header;
    append(header, shard::magic);
    append(header, shard::version);
    file_.write(header);
  }

  /// A picture file as it is. Throws ArgumentError for a name of more than 4096 bytes.
  void add_file(std::string_view name, std::span<const std::byte> bytes) { add(name, bytes, 0, 0); }

  /// A decoded picture. Throws ArgumentError unless it has 3 channels of 8 bits.
  void add_picture(std::string_view name, const Image& image) {
    if (image.channels() != 3 || image.bits() != 8)
      throw ArgumentError(concat("ShardWriter: \"", name, "\" has ", image.channels(), " channels of ", image.bits(),
                                 " bits, expected 3 of 8"));
    const auto samples = image.samples<std::uint8_t>();
    add(name, std::as_bytes(std::span(samples.data(), static_cast<std::size_t>(samples.elements()))), image.width(),
        image.height());
  }

  /// Pictures so far.
  Index size() const { return static_cast<Index>(count_); }

  /// Writes the index. Call once, last.
  void commit() {
    append(index_, end_);
    append(index_, count_);
    file_.write(index_);
    file_.commit();
  }

 private:
  static void append(std::vector<std::byte>& bytes, std::string_view text) {
    const auto more = std::as_bytes(std::span(text));
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  static void append(std::vector<std::byte>& bytes, std::unsigned_integral auto value) {
    append(bytes, std::string_view(reinterpret_cast<const char*>(&value), sizeof(value)));
  }

  void add(std::string_view name, std::span<const std::byte> bytes, Index width, Index height) {
    if (name.size() > shard::max_name_bytes)
      throw ArgumentError(
          concat("ShardWriter: a name of ", name.size(), " bytes, at most ", shard::max_name_bytes, " are allowed"));
    file_.write(bytes);
    append(index_, end_);
    append(index_, std::uint64_t{bytes.size()});
    append(index_, crc32(bytes));
    append(index_, static_cast<std::uint32_t>(width));
    append(index_, static_cast<std::uint32_t>(height));
    append(index_, static_cast<std::uint32_t>(name.size()));
    append(index_, name);
    end_ += bytes.size();
    ++count_;
  }

  FileWriter file_;
  std::vector<std::byte> index_;
  std::uint64_t end_ = shard::header_bytes;  // of the contents
  std::uint64_t count_ = 0;
};

}  // namespace icolorit
