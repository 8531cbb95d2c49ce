#include "prediction_folder.hpp"

#include <algorithm>

#include "picture_folder.hpp"

namespace icolorit::tool {

std::vector<PredictionFolder> list_predictions(const std::filesystem::path& root) {
  std::error_code error;
  std::vector<PredictionFolder> folders;
  for (const auto& entry : std::filesystem::directory_iterator(root, error))
    if (const auto name = parse_hint_folder_name(entry.path().filename().string()); name && entry.is_directory(error))
      folders.push_back({entry.path(), name, {}});
  if (error) throw FileError(concat("cannot read the folder ", root, ": ", error.message()));
  if (folders.empty()) folders.push_back({root, std::nullopt, {}});
  std::ranges::sort(folders, {}, &PredictionFolder::hints);
  for (PredictionFolder& folder : folders)
    for (const PictureFile& picture : list_pictures(folder.path)) folder.pictures.emplace(picture.stem, picture.path);
  return folders;
}

}  // namespace icolorit::tool
