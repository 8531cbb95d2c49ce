#include "folder_contents.hpp"

#include <algorithm>

#include "icolorit/io/companion_files.hpp"
#include "icolorit/io/image_file.hpp"

namespace icolorit::tool {

namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

}  // namespace

FolderContents list_folder(const fs::path& folder) {
  FolderContents contents;
  std::vector<fs::path> others;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code broken_link;
    if (is_hidden(entry.path())) continue;
    if (entry.is_regular_file(broken_link) && image_format_named(entry.path()))
      contents.pictures.push_back(entry.path());
    else if (!is_companion(entry.path()))
      others.push_back(entry.path());
  }
  if (error) throw FileError(concat("cannot read the folder ", folder, ": ", error.message()));
  std::ranges::sort(contents.pictures);
  std::ranges::sort(others);
  NameList names;
  for (const fs::path& path : others)
    names.add(path.filename().string(), fs::is_directory(path, error) ? " (a folder)" : codec::reason_left_out(path));
  contents.left_out = left_out_sentence(folder, names);
  if (contents.pictures.empty())
    throw FileError(concat("no pictures in ", folder, ": give a folder of PNG, JPEG, WebP or TIFF files",
                           names.empty() ? "" : concat("; it holds ", names.text())));
  return contents;
}

std::string left_out_sentence(const fs::path& folder, const NameList& names) {
  return names.empty() ? "" : concat("left out of ", folder, ": ", names.text());
}

}  // namespace icolorit::tool
