// Files: read whole with a size cap, written beside and renamed, so that a full disk never costs the old file.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"

namespace icolorit {

/// All bytes of a file. Throws FileError where it cannot be read or is larger than `cap` bytes.
inline std::vector<std::byte> read_file(const std::filesystem::path& path,
                                        std::uintmax_t cap = std::uintmax_t{1} << 34) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw FileError(concat("cannot read ", path, ": it is a folder"));
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FileError(concat("cannot open ", path, ": ", std::strerror(errno)));
  std::vector<std::byte> bytes;
  // Room for the whole file and the attempt to read more, so that growing never holds it twice. Pipes have no size.
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error) bytes.reserve(static_cast<std::size_t>(std::min(size, cap)) + 1);
  while (in) {
    const std::size_t old = bytes.size(), room = bytes.capacity() - old, most = std::size_t{1} << 26;
    const std::size_t chunk = std::min(room > 0 ? room : std::max(old, std::size_t{1} << 20), most);
    bytes.resize(old + chunk);
    in.read(reinterpret_cast<char*>(bytes.data() + old), static_cast<std::streamsize>(chunk));
    bytes.resize(old + static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > cap) throw FileError(concat("cannot read ", path, ": larger than ", cap, " bytes"));
  }
  if (in.bad()) throw FileError(concat("cannot read ", path, ": ", std::strerror(errno)));
  return bytes;
}

/// Writes a new file piece by piece under a temporary name in the same folder; `commit` flushes it to the disk and
/// renames it over `path`. Without a commit, and after any failure, the temporary file is removed and an old file at
/// `path` stays as it was. Every function throws FileError.
class FileWriter {
 public:
  explicit FileWriter(std::filesystem::path path) : path_(std::move(path)), temporary_(path_.string() + ".XXXXXX") {
    file_ = mkstemp(temporary_.data());
    if (file_ < 0) fail();
  }
  ~FileWriter() {
    if (file_ >= 0) close(file_);
    if (!committed_) unlink(temporary_.c_str());
  }
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// Appends.
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_, bytes.data(), bytes.size());
      if (written >= 0)
        bytes = bytes.subspan(static_cast<std::size_t>(written));
      else if (errno != EINTR)
        fail();
    }
  }

  /// Call once, last.
  void commit() {
    const mode_t mask = umask(0);  // mkstemp makes private files; an output gets the mode that open() would give it
    umask(mask);
    if (fchmod(file_, 0666 & ~mask) != 0 || fsync(file_) != 0) fail();
    if (close(std::exchange(file_, -1)) != 0) fail();
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
    committed_ = true;
  }

 private:
  [[noreturn]] void fail() const { throw FileError(concat("cannot write ", path_, ": ", std::strerror(errno))); }

  std::filesystem::path path_;
  std::string temporary_;
  int file_ = -1;
  bool committed_ = false;
};

/// Writes a whole file, see FileWriter. Throws FileError.
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  FileWriter file(path);
  file.write(bytes);
  file.commit();
}

/// The same for text.
inline void write_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

}  // namespace icolorit
