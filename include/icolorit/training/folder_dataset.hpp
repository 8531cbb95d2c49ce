// FolderDataset: the picture files below a folder. Link icolorit::image_io.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/core/name_list.hpp"
#include "icolorit/io/companion_files.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/training/dataset.hpp"

namespace icolorit {

/// All files below `root`, nested or flat, whose names image_format_named knows, but for hidden ones, in the order of
/// their paths. Files are found once, when it is made, and opened only when loaded. Links to files are followed, links
/// to folders below the root are not; folders that may not be read are passed over.
/// Thread-safety: any number of threads may read one, because it never changes.
class FolderDataset {
 public:
  /// Throws FileError where the root cannot be read or holds no picture file.
  explicit FolderDataset(std::filesystem::path root, DecodeLimits limits = {})
      : root_(std::move(root)), limits_(limits) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::recursive_directory_iterator entry(root_, fs::directory_options::skip_permission_denied, error);
    if (error) throw FileError(concat("cannot read the folder ", root_, ": ", error.message()));
    std::vector<std::string> others;
    for (const fs::recursive_directory_iterator end; entry != end;) {
      std::error_code broken_link;
      if (entry->is_regular_file(broken_link) && !entry->path().filename().string().starts_with('.') &&
          !is_companion(entry->path()))
        (image_format_named(entry->path()) ? names_ : others)
            .push_back(entry->path().lexically_relative(root_).generic_string());
      entry.increment(error);
      if (error) throw FileError(concat("cannot read the folder ", root_, ": ", error.message()));
    }
    if (names_.empty())
      throw FileError(concat("no pictures in ", root_, ": give a folder of PNG, JPEG, WebP or TIFF files"));
    std::ranges::sort(names_);
    std::ranges::sort(others);
    for (const std::string& name : others) others_.add(name, codec::reason_left_out(name));
  }

  Index size() const { return std::ssize(names_); }
  const std::string& name(Index i) const { return names_[static_cast<std::size_t>(i)]; }
  /// What else lies there, and why it is none of them; without what belongs to a picture, see is_companion.
  const NameList& others() const { return others_; }
  std::filesystem::path path(Index i) const { return root_ / name(i); }

  /// Throws FileError, FormatError.
  Image load(Index i) const { return read_image(path(i), limits_); }
  OpenedImage open(Index i) const {
    OpenedImage picture =
        parse_file(path(i), [this](std::vector<std::byte> bytes) { return open_image(std::move(bytes), limits_); });
    picture.decode = [path = path(i), decode = std::move(picture.decode)](double min_scale) {
      try {
        return decode(min_scale);
      } catch (const FormatError& error) {
        throw FormatError(concat("cannot read ", path, ": ", error.what()));
      }
    };
    return picture;
  }

 private:
  std::filesystem::path root_;
  DecodeLimits limits_;
  std::vector<std::string> names_;  // relative, parts separated by /
  NameList others_;
};

static_assert(OpensPictures<FolderDataset>);

}  // namespace icolorit
