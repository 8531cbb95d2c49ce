// What icolorit train reads pictures from.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/shard_dataset.hpp"

namespace icolorit::tool {

/// A folder of pictures, or a file that `icolorit pack` wrote.
class TrainingPictures {
 public:
  /// Throws FileError, FormatError.
  explicit TrainingPictures(const std::filesystem::path& path) : pictures_(find(path)) {}

  Index size() const {
    return std::visit([](const auto& pictures) { return pictures.size(); }, pictures_);
  }
  Image load(Index i) const {
    return std::visit([&](const auto& pictures) { return pictures.load(i); }, pictures_);
  }
  OpenedImage open(Index i) const {
    return std::visit([&](const auto& pictures) { return pictures.open(i); }, pictures_);
  }
  std::string name(Index i) const {
    return std::visit([&](const auto& pictures) { return pictures.name(i); }, pictures_);
  }

 private:
  using Either = std::variant<FolderDataset, ShardDataset>;
  static Either find(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) return Either(std::in_place_type<ShardDataset>, path);
    return Either(std::in_place_type<FolderDataset>, path);
  }

  Either pictures_;
};
static_assert(OpensPictures<TrainingPictures>);

}  // namespace icolorit::tool
