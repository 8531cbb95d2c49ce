// MappedFile: a file's bytes as memory, without a copy.
#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <utility>

#include "icolorit/io/random_access_file.hpp"

namespace icolorit {

/// Read-only, as long as it lives. Use it for files that nobody shortens meanwhile: the system ends a program that
/// reads beyond the new end (SIGBUS). Files that are replaced by renaming, as this library writes them, are safe.
/// Thread-safety: any number of threads may read one.
class MappedFile {
 public:
  /// Throws FileError where the file cannot be opened or mapped, or is not a regular file.
  explicit MappedFile(const std::filesystem::path& path) {
    const RandomAccessFile file(path);
    size_ = static_cast<std::size_t>(file.size());
    if (size_ == 0) return;  // nothing to map, which the system would refuse
    memory_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (memory_ == MAP_FAILED) throw FileError(concat("cannot map ", path, " into memory: ", std::strerror(errno)));
  }
  MappedFile(MappedFile&& other) noexcept
      : memory_(std::exchange(other.memory_, MAP_FAILED)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedFile() {
    if (memory_ != MAP_FAILED) munmap(memory_, size_);
  }

  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(size_ == 0 ? nullptr : memory_), size_};
  }

 private:
  void* memory_ = MAP_FAILED;
  std::size_t size_ = 0;
};

}  // namespace icolorit
