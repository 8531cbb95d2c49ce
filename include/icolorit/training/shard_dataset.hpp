// ShardDataset: the pictures of a shard. Link icolorit::image_io.
#pragma once

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/random_access_file.hpp"
#include "icolorit/training/dataset.hpp"
#include "icolorit/training/shard.hpp"

namespace icolorit {

/// Keeps the index in memory and the file open; reads a picture when it is loaded.
/// Thread-safety: any number of threads may read one, because it never changes.
class ShardDataset {
 public:
  /// Throws FileError where the file cannot be read or holds no picture, FormatError where it is no shard.
  explicit ShardDataset(std::filesystem::path path, DecodeLimits limits = {})
      : file_(std::move(path)), limits_(limits) {
    try {
      entries_ = read_shard_index(file_.size(),
                                  [this](std::uint64_t offset, std::span<std::byte> out) { file_.read(offset, out); });
    } catch (const FormatError& error) {
      throw FormatError(concat("cannot read ", file_.path(), ": ", error.what()));
    }
    if (entries_.empty()) throw FileError(concat("no pictures in ", file_.path(), ": pack some first"));
  }

  Index size() const { return std::ssize(entries_); }
  const std::string& name(Index i) const { return entry(i).name; }
  const ShardEntry& entry(Index i) const { return entries_[static_cast<std::size_t>(i)]; }

  /// The bytes of a picture as they are stored. Throws FileError, and FormatError where they changed since they were
  /// written.
  std::vector<std::byte> read(Index i) const {
    std::vector<std::byte> bytes(entry(i).size);
    file_.read(entry(i).offset, bytes);
    if (crc32(bytes) != entry(i).crc)
      throw FormatError(concat("cannot read ", file_.path(), ": the bytes of \"", name(i), "\" are damaged"));
    return bytes;
  }

  /// Throws FileError, FormatError.
  Image load(Index i) const { return open(i).decode(1); }
  OpenedImage open(Index i) const {
    std::vector<std::byte> bytes = read(i);
    if (!entry(i).is_decoded()) return open_image(std::move(bytes), limits_);
    Image image(entry(i).width, entry(i).height, 3, 8);
    std::ranges::copy(bytes, reinterpret_cast<std::byte*>(image.samples<std::uint8_t>().data()));
    return opened(std::move(image));
  }

 private:
  RandomAccessFile file_;
  DecodeLimits limits_;
  std::vector<ShardEntry> entries_;
};

static_assert(OpensPictures<ShardDataset>);

}  // namespace icolorit
