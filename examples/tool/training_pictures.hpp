// What icolorit train and finetune read pictures from.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "folder_contents.hpp"
#include "icolorit/image/grey.hpp"
#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/shard_dataset.hpp"
#include "report.hpp"

namespace icolorit::tool {

/// A folder of pictures, or a file that `icolorit pack` wrote, or some of the pictures there.
class TrainingPictures {
 public:
  /// Throws FileError, FormatError.
  explicit TrainingPictures(const std::filesystem::path& path) : all_(find(path)) {
    for (Index i = 0; i < std::visit([](const auto& all) { return all.size(); }, *all_); ++i) chosen_.push_back(i);
  }
  /// Those of these numbers.
  TrainingPictures part(const std::vector<Index>& numbers) const {
    TrainingPictures some = *this;
    some.chosen_.clear();
    for (const Index i : numbers) some.chosen_.push_back(number(i));
    return some;
  }

  Index size() const { return std::ssize(chosen_); }
  Image load(Index i) const {
    return std::visit([&](const auto& all) { return all.load(number(i)); }, *all_);
  }
  OpenedImage open(Index i) const {
    return std::visit([&](const auto& all) { return all.open(number(i)); }, *all_);
  }
  std::string name(Index i) const {
    return std::visit([&](const auto& all) { return std::string(all.name(number(i))); }, *all_);
  }

 private:
  using Either = std::variant<FolderDataset, ShardDataset>;
  static std::shared_ptr<const Either> find(const std::filesystem::path& path) {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error))
      return std::make_shared<const Either>(std::in_place_type<ShardDataset>, path);
    auto found = std::make_shared<const Either>(std::in_place_type<FolderDataset>, path);
    if (const NameList& others = std::get<FolderDataset>(*found).others(); !others.empty())
      note(left_out_sentence(path, others));
    return found;
  }
  Index number(Index i) const { return chosen_[static_cast<std::size_t>(i)]; }

  std::shared_ptr<const Either> all_;
  std::vector<Index> chosen_;
};
static_assert(OpensPictures<TrainingPictures>);

/// Throws FormatError for an album of at most 64 pictures that are all grey. Usually the first picture is looked at
/// alone; all of a large album would take too long.
inline void expect_colors(const TrainingPictures& album) {
  constexpr Index most = 64;
  if (album.size() > most) return;
  for (Index i = 0; i < album.size(); ++i) {
    try {
      if (!is_grey(album.load(i))) return;
    } catch (const Error&) {  // told as unreadable later
      return;
    }
  }
  throw FormatError(concat("all ", counted(album.size(), "picture"),
                           " are grey: a training learns colours from pictures that have them"));
}

}  // namespace icolorit::tool
