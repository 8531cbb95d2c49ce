// The page of the studio: the files below page/, which are part of the program.
#pragma once

#include <span>
#include <string_view>

namespace icolorit::studio {

struct PageFile {
  std::string_view path;  ///< "/index.html"
  std::string_view bytes;
};

/// All of them. Defined in a file that cmake/embed_page.cmake writes.
std::span<const PageFile> page_files();

}  // namespace icolorit::studio
