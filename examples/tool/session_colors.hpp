// Session colors: the picture that a session of the studio describes, without the studio.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine_options.hpp"
#include "icolorit/core/config.hpp"
#include "icolorit/core/progress.hpp"
#include "icolorit/image/image.hpp"
#include "picture_options.hpp"

namespace icolorit::tool {

struct SessionColors {
  std::shared_ptr<const Image> image;
  Index hints = 0;                 ///< hints and strokes that act
  std::string model;               ///< that rendered it
  PictureMetadata metadata;        ///< of the picture's file
  std::vector<std::string> notes;  ///< on what the user may not expect
};

/// Where the picture of a session is. Throws FileError and FormatError.
std::filesystem::path picture_of_session(const std::filesystem::path& session);

/// The same pixels that the studio exports. The session's own engine renders, unless the options name another. Throws
/// FileError, FormatError, and as make_full_colors does.
SessionColors color_session(const std::filesystem::path& session, const std::filesystem::path& picture,
                            EngineOptions options, const PictureOptions& pictures, const ProgressCallback& progress);

}  // namespace icolorit::tool
