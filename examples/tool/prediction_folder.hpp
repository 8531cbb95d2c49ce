// Prediction folders: the pictures that evaluate reads, as infer writes them or as they are.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "icolorit/io/hint_folder.hpp"

namespace icolorit::tool {

/// Predictions made with one number of hints: PRED/h<cell>-n<count>, or PRED itself, of whose hints nothing is known.
struct PredictionFolder {
  std::filesystem::path path;
  std::optional<HintFolderName> hints;
  std::map<std::string, std::filesystem::path> pictures;  // by stem

  /// Whether hints were given, as far as is known.
  bool has_hints() const { return hints && hints->count > 0; }
};

/// Sorted by cell and number of hints. Throws FileError where there are none.
std::vector<PredictionFolder> list_predictions(const std::filesystem::path& root);

}  // namespace icolorit::tool
