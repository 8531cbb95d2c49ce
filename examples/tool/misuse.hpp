// Misuse: a command line that asks for something impossible. The tool ends with 2 instead of 1.
#pragma once

#include <filesystem>
#include <string_view>

#include "icolorit/core/error.hpp"
#include "icolorit/io/file_writer.hpp"

namespace icolorit::tool {

class Misuse : public Error {
 public:
  using Error::Error;
};

/// Throws Misuse with the joined parts unless the condition holds.
template <class... Parts>
void require(bool holds, const Parts&... parts) {
  if (!holds) throw Misuse(concat(parts...));
}

/// What f returns; a library's complaint about an argument in it is about the command line.
template <class F>
auto from_command_line(F&& f) {
  try {
    return f();
  } catch (const ArgumentError& error) {
    throw Misuse(error.what());
  }
}

/// Throws FileError where a file could not be written there, before anything is computed.
inline void expect_writable_place(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (!std::filesystem::is_directory(folder, error))
    throw FileError(concat("cannot write ", path, ": there is no folder ", folder, ", make it first"));
  if (std::filesystem::is_directory(path, error))
    throw FileError(concat("cannot write ", path, ": it is a folder, give the name of a file"));
  if (is_write_protected(path)) throw FileError(concat("cannot write ", path, ": it is write-protected"));
}

}  // namespace icolorit::tool
