// Download mistakes: what lies where a large file should be after a download that did not do what was hoped.
#pragma once

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>

#include "icolorit/core/error.hpp"
#include "icolorit/io/byte_reader.hpp"

namespace icolorit {

/// Throws FormatError, saying what to do, for an empty file, a web page and a pointer of Git LFS.
inline void refuse_download_mistakes(std::span<const std::byte> bytes) {
  if (bytes.empty()) throw FormatError("the file is empty: download or copy it again");
  const std::string_view text = as_text(bytes);
  if (text.starts_with("version https://git-lfs.github.com/spec/"))
    throw FormatError(
        "this is a pointer of Git LFS, not the file itself: run `git lfs pull` in its repository, or download the file "
        "from the repository's web page");
  constexpr std::size_t longest_start = 512;  // blanks and comments may come first
  std::string start(text.substr(0, longest_start));
  std::ranges::transform(start, start.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool is_markup = start.find_first_not_of(" \t\r\n\xef\xbb\xbf") == start.find('<');
  if (is_markup && (start.find("<!doctype html") != start.npos || start.find("<html") != start.npos))
    throw FormatError(
        "this is a web page, not the file itself: the site wanted a confirmation or a login. Open the address in a "
        "browser and save the file from there");
}

}  // namespace icolorit
