// Colorize many: pictures of folders and lists, each with its own hints, several at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "engine_options.hpp"
#include "picture_options.hpp"
#include "report.hpp"
#include "work_share.hpp"

namespace icolorit::tool {

/// Where the hints of a picture are, unless the user says otherwise: NAME.hints.json beside it.
std::filesystem::path hints_path_for(const std::filesystem::path& picture);
/// How the result of a picture is called in a folder of results: as the picture, with the ending of `format` if given.
std::filesystem::path result_name(const std::filesystem::path& picture, const std::string& format);
/// Whether --out names a folder: one that is there, or a name that ends in a slash.
bool is_folder(const std::filesystem::path& out);

/// What the command line says of them.
struct ManyPictures {
  std::vector<std::filesystem::path> in;  ///< pictures, and folders of pictures
  std::filesystem::path out;              ///< the folder of the results; made where missing
  std::filesystem::path hints_folder;     ///< holds NAME.hints.json; empty: beside each picture
  std::string format;                     ///< of the results; empty: each that of its picture
  PictureOptions pictures;                ///< how they are read and written
  bool bicubic = false, resume = false, overwrite = false;
  WorkShareOption shard;  ///< a part of the pictures, with a manifest in `out`
  Report report;

  /// Whether the command line asks for this, and not for one picture and its file.
  bool are_meant() const;
};

/// Colours each picture with the hints in its NAME.hints.json, else as the studio's session beside it says, else
/// without hints. As many pictures are worked on at a time as there are threads, each by one, so that reading,
/// colouring and writing overlap; no more are in memory. A line tells each result or failure, a bar the time that is
/// left.
///
/// With a shard, only its pictures; what its manifest lists as done is left as it is.
///
/// Throws Misuse before the first picture where two results would have one name, where a result would replace what it
/// is made from, or where results exist already and neither `resume`, which keeps them, nor `overwrite` is set; after
/// the last one FileError where any failed.
void colorize_many(const ManyPictures& many, EngineOptions engine);

}  // namespace icolorit::tool
