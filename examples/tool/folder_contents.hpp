// Folder contents: the pictures of a folder that the user gives, and what else lies there, which is said.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/core/name_list.hpp"

namespace icolorit::tool {

struct FolderContents {
  std::vector<std::filesystem::path> pictures;  ///< by path
  std::string left_out;                         ///< a sentence; empty where all are pictures
};

/// What lies in the folder itself. Hidden files, and those that belong to a picture, such as its hints and session, are
/// no pictures that were forgotten. Throws FileError where the folder cannot be read or holds no picture.
FolderContents list_folder(const std::filesystem::path& folder);

/// "left out of FOLDER: NAMES"; empty where there are none.
std::string left_out_sentence(const std::filesystem::path& folder, const NameList& names);

}  // namespace icolorit::tool
