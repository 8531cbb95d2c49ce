// Standard streams: "-" in the place of a file is the standard input or output.
#pragma once

#include <filesystem>
#include <span>

#include "icolorit/io/file_writer.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

inline bool is_standard_stream(const std::filesystem::path& path) { return path == "-"; }

/// What to open for reading.
inline std::filesystem::path input_of(const std::filesystem::path& path) {
  return is_standard_stream(path) ? "/dev/stdin" : path;
}

/// Where to write: /dev/stdout is the standard output, too. Opened as a file, what a shell has sent it to would be
/// taken for one that must not be replaced.
inline std::filesystem::path output_of(const std::filesystem::path& path) { return path == "/dev/stdout" ? "-" : path; }

/// Throws Misuse where the bytes of a file would fill a terminal.
inline void expect_no_terminal(const std::filesystem::path& out) {
  require(
      !is_standard_stream(out) || isatty(STDOUT_FILENO) == 0,
      "-o - writes the file to the standard output, which is a terminal: give a name, or send it into a pipe or file");
}

/// A whole file, or the standard output. Throws FileError.
inline void write_output(const std::filesystem::path& out, std::span<const std::byte> bytes) {
  FileWriter file = is_standard_stream(out) ? FileWriter(STDOUT_FILENO, "the standard output") : FileWriter(out);
  file.write(bytes);
  file.commit();
}

}  // namespace icolorit::tool
