// The pictures of a published evaluation folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/core/config.hpp"

#include <CLI/App.hpp>

namespace icolorit::tool {

struct PictureFile {
  std::filesystem::path path;
  std::string stem;  // names its hint file and its prediction
};

/// The files with a picture's extension in ROOT/imgs, or in ROOT where there is no imgs, sorted by name.
/// Throws FileError where there are none, or two with one stem.
std::vector<PictureFile> list_pictures(const std::filesystem::path& root);

/// Adds --counts, the numbers of hints to a picture.
void add_counts(CLI::App& command, std::vector<Index>& counts);

}  // namespace icolorit::tool
