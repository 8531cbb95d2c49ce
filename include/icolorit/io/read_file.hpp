// Files read whole, with a cap on their size.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

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

}  // namespace icolorit
