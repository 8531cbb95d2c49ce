// Whole files: read with a size cap, written beside and renamed, so that a full disk never costs the old file.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
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
  for (std::size_t chunk = std::size_t{1} << 20; in; chunk = std::min(chunk * 2, std::size_t{1} << 26)) {
    const std::size_t old = bytes.size();
    bytes.resize(old + chunk);
    in.read(reinterpret_cast<char*>(bytes.data() + old), static_cast<std::streamsize>(chunk));
    bytes.resize(old + static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > cap) throw FileError(concat("cannot read ", path, ": larger than ", cap, " bytes"));
  }
  if (in.bad()) throw FileError(concat("cannot read ", path, ": ", std::strerror(errno)));
  return bytes;
}

/// Writes a new file under a temporary name in the same folder, flushes it to the disk and renames it over `path`.
/// On any failure the temporary file is removed, an old file at `path` stays as it was, and FileError is thrown.
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::string temporary = path.string() + ".XXXXXX";
  const auto fail = [&](int error) { throw FileError(concat("cannot write ", path, ": ", std::strerror(error))); };

  const int file = mkstemp(temporary.data());
  if (file < 0) fail(errno);
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written >= 0)
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      error = errno;
  }
  const mode_t mask = umask(0);  // mkstemp makes private files; an output gets the mode that open() would have given it
  umask(mask);
  if (error == 0 && (fchmod(file, 0666 & ~mask) != 0 || fsync(file) != 0)) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return;
  unlink(temporary.c_str());
  fail(error);
}

/// The same for text.
inline void write_file(const std::filesystem::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

}  // namespace icolorit
