// Files: read whole, and written so that a full disk never costs the old file.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "icolorit/io/file_writer.hpp"
#include "icolorit/io/read_file.hpp"

namespace icolorit {

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
