// Colorize many: pictures of folders and lists, each with its own hints, several at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "engine_options.hpp"
#include "picture_options.hpp"
#include "report.hpp"

namespace icolorit::tool {

/// What the command line says of them.
struct ManyPictures {
  std::vector<std::filesystem::path> in;  ///< pictures, and folders of pictures
  std::filesystem::path out;              ///< the folder of the results; made where missing
  std::filesystem::path hints_folder;     ///< holds NAME.hints.json; empty: beside each picture
  std::string format;                     ///< of the results; empty: each that of its picture
  PictureOptions pictures;                ///< how they are read and written
  bool bicubic = false, resume = false, overwrite = false;
  Report report;

  /// Whether the command line asks for this, and not for one picture and its file.
  bool are_meant() const;
};

/// Colours each picture with the hints in its NAME.hints.json, or with none. As many pictures are worked on at a time
/// as there are threads, each by one, so that reading, colouring and writing overlap; no more are in memory. A line
/// tells each result or failure, a bar the time that is left.
///
/// Throws Misuse before the first picture where two results would have one name, or where results exist already and
/// neither `resume`, which keeps them, nor `overwrite` is set; after the last one FileError where any failed.
void colorize_many(const ManyPictures& many, const EngineOptions& engine);

}  // namespace icolorit::tool
