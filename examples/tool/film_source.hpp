// Film source: the frames of a film, from picture files or from Y4M.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "icolorit/io/y4m.hpp"
#include "picture_options.hpp"

namespace icolorit::tool {

struct SourceFrame {
  std::string stem;  ///< names its hint file and its result
  InputPicture picture;
};

class FilmSource {
 public:
  virtual ~FilmSource() = default;

  /// Nothing at the film's end. Throws FileError, FormatError.
  virtual std::optional<SourceFrame> next() = 0;
  /// Leaves out so many frames.
  virtual void skip(Index count) = 0;
  /// What names the frame of this number, which is below count() where that is known.
  virtual std::string stem(Index number) const = 0;
  /// How many frames there are; 0 where that is seen at the end only.
  virtual Index count() const { return 0; }
  /// The name of each frame, where they are files.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
  /// Where the film is Y4M.
  virtual const Y4mHeader* header() const { return nullptr; }
};

/// Whether a path names Y4M: "-", or a file NAME.y4m.
bool is_y4m(const std::filesystem::path& path);
/// Whether the name is one of a film that only other programs read and write.
bool is_video(const std::filesystem::path& path);

/// A folder, a pattern with %d or %04d, one with * and ?, or files in this order; or Y4M. Frames of folders and
/// patterns come in the order of the numbers in their names. Throws FileError where there are none.
std::unique_ptr<FilmSource> open_film(const std::vector<std::filesystem::path>& frames, const PictureOptions& options);

}  // namespace icolorit::tool
