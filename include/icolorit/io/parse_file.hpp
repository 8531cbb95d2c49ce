// A whole file through a parser of bytes, with the file's name in the parser's complaints.
#pragma once

#include <filesystem>
#include <utility>

#include "icolorit/io/file.hpp"

namespace icolorit {

/// What parse() returns; a FormatError that it throws gets the source, a path or words for something else, in front.
template <class Source, class Parse>
auto with_source(const Source& source, Parse parse) {
  try {
    return parse();
  } catch (const FormatError& error) {
    throw FormatError(concat("cannot read ", source, ": ", error.what()));
  }
}

/// The same for a file.
template <class Parse>
auto with_path(const std::filesystem::path& path, Parse parse) {
  return with_source(path, std::move(parse));
}

/// parse(bytes of the file). Throws FileError where it cannot be read; a FormatError of `parse` gets the path in front.
template <class Parse>
auto parse_file(const std::filesystem::path& path, Parse parse) {
  std::vector<std::byte> bytes = read_file(path);
  return with_path(path, [&] { return parse(std::move(bytes)); });
}

}  // namespace icolorit
