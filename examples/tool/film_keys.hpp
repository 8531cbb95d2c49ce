// Film keys: which frames have hints of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/core/name_list.hpp"
#include "icolorit/image/hints.hpp"

namespace icolorit::tool {

/// From a folder of NAME.hints.json, NAME that of a frame's file or, where those are no numbers, its number from 0; or
/// from one JSON file
/// `{"frames":[{"frame":0,"hints":[...]},...]}`, or one of hints for the first frame.
class FilmKeys {
 public:
  FilmKeys() = default;
  /// Throws FileError, FormatError.
  explicit FilmKeys(const std::filesystem::path& path);

  /// The hints of a frame of width x height pixels; nothing where it is no key frame. Throws FormatError.
  std::optional<std::vector<Hint>> of(Index number, const std::string& stem, Index width, Index height);

  Index count() const { return static_cast<Index>(by_name_.size() + by_number_.size()); }
  /// Those that of() has not been asked for.
  NameList unused() const;
  /// "1.hints.json" and "frame2", where a key frame was found by its number although the number in the frame's name is
  /// another one; the first such pair. Empty where there is none.
  const std::pair<std::string, std::string>& misleading() const { return misleading_; }
  /// Of all that is written in them.
  std::uint32_t checksum() const { return checksum_; }

 private:
  struct Entry {
    std::string text;
    std::filesystem::path path;
    bool used = false;
  };
  void read_folder(const std::filesystem::path& folder);
  void read_list(const std::filesystem::path& path);

  std::map<std::string, Entry> by_name_;
  std::map<Index, Entry> by_number_;
  std::pair<std::string, std::string> misleading_;
  std::uint32_t checksum_ = 0;
};

}  // namespace icolorit::tool
