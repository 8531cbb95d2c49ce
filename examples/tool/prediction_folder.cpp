#include "prediction_folder.hpp"

#include <algorithm>

#include "icolorit/io/json.hpp"
#include "picture_folder.hpp"

namespace icolorit::tool {

std::string PredictionMaker::text() const {
  return concat(engine, weights.empty() ? "" : concat(" with ", weights, " (checksum ", checksum, ") in ", precision),
                " at ", size, " x ", size);
}

std::filesystem::path prediction_manifest(const std::filesystem::path& root) { return root / "predictions.json"; }

PredictionMakers read_prediction_makers(const std::filesystem::path& root) {
  const std::filesystem::path path = prediction_manifest(root);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  return parse_file(path, [](const std::vector<std::byte>& bytes) {
    const json::Value document = json::parse(as_text(bytes));
    PredictionMakers makers;
    for (const auto& [folder, value] : json::as_object(document)) {
      const auto text = [&value = value](const char* name) { return json::as_string(json::at(value, name)); };
      makers[folder] = {text("engine"), text("weights"), json::as_integer(json::at(value, "checksum")),
                        text("precision"), json::as_integer(json::at(value, "size"))};
    }
    return makers;
  });
}

void write_prediction_makers(const std::filesystem::path& root, const PredictionMakers& makers) {
  json::Value document = json::Value::object();
  for (const auto& [folder, maker] : makers)
    document[folder] = {{"engine", maker.engine},
                        {"weights", maker.weights},
                        {"checksum", maker.checksum},
                        {"precision", maker.precision},
                        {"size", maker.size}};
  write_file(prediction_manifest(root), document.dump(2) + "\n");
}

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
