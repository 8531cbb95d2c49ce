// Prediction folders: the pictures that evaluate reads, as infer writes them or as they are.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "icolorit/core/config.hpp"
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

/// What made the pictures of a prediction folder. `predictions.json` in PRED keeps it for each of
/// PRED/h<cell>-n<count>.
struct PredictionMaker {
  std::string engine, weights;  ///< the name of the weights' file; empty where the engine needs none
  Index checksum = 0;           ///< CRC-32 of that file
  std::string precision;
  Index size = 0;

  friend bool operator==(const PredictionMaker&, const PredictionMaker&) = default;
  /// `icolorit with base.pth (checksum 93084672) in f32 at 224 x 224`.
  std::string text() const;
};
using PredictionMakers = std::map<std::string, PredictionMaker>;  // by the name of the folder

/// Where a prediction folder says who made it.
std::filesystem::path prediction_manifest(const std::filesystem::path& root);
/// Empty where nothing is known. Throws FileError, and FormatError naming the file.
PredictionMakers read_prediction_makers(const std::filesystem::path& root);
/// Throws FileError.
void write_prediction_makers(const std::filesystem::path& root, const PredictionMakers& makers);

/// Sorted by cell and number of hints. Throws FileError where there are none.
std::vector<PredictionFolder> list_predictions(const std::filesystem::path& root);

}  // namespace icolorit::tool
