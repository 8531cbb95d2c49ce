// RandomAccessFile: a file too large to read whole, read piece by piece by any number of threads.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <utility>

#include "icolorit/core/error.hpp"

namespace icolorit {

/// Open for reading as long as it lives. Not memory-mapped: a file that shrinks meanwhile is an error here, where a
/// mapping would end the program.
/// Thread-safety: any number of threads may read one.
class RandomAccessFile {
 public:
  /// Throws FileError where the file cannot be opened or is not a regular file.
  explicit RandomAccessFile(std::filesystem::path path) : path_(std::move(path)) {
    file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) throw FileError(concat("cannot open ", path_, ": ", std::strerror(errno)));
    struct stat status{};
    if (fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) {
      close(file_);
      throw FileError(concat("cannot read ", path_, ": it is not a regular file"));
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  RandomAccessFile(RandomAccessFile&& other) noexcept
      : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), size_(other.size_) {}
  RandomAccessFile& operator=(RandomAccessFile&&) = delete;
  ~RandomAccessFile() {
    if (file_ >= 0) close(file_);
  }

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return file_; }
  /// Bytes at the time of opening.
  std::uint64_t size() const { return size_; }

  /// Fills `out` from the bytes at `offset`. Any number of threads may call it. Throws FileError where they cannot be
  /// read or the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> out) const {
    while (!out.empty()) {
      const ssize_t got = pread(file_, out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw FileError(concat("cannot read ", path_, ": ", std::strerror(errno)));
      if (got == 0) throw FileError(concat("cannot read ", path_, ": ", out.size(), " bytes are missing at the end"));
      out = out.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }

 private:
  std::filesystem::path path_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace icolorit
