// Session search: which picture a session is about, and which session a picture has, where their names no longer say.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "icolorit/io/companion_files.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/studio/session_file.hpp"

namespace icolorit::studio {

/// Whether there is such a file and it is the picture of this checksum.
inline bool is_picture(const std::filesystem::path& path, const std::string& checksum) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) &&
         std::to_string(std::filesystem::file_size(path, error)) == checksum.substr(checksum.rfind(':') + 1) &&
         picture_checksum(read_file(path)) == checksum;
}

/// A picture in a folder that has this checksum, whatever its name is.
inline std::optional<std::filesystem::path> picture_in(const std::filesystem::path& folder,
                                                       const std::string& checksum) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (is_picture(entry.path(), checksum)) return entry.path();
  return std::nullopt;
}

/// The picture of a session that lies in `folder`: the one that it names, or else another one there with its checksum.
inline std::optional<std::filesystem::path> picture_of(const PictureReference& reference,
                                                       const std::filesystem::path& folder) {
  if (const auto named = folder / reference.path; is_picture(named, reference.checksum)) return named;
  return picture_in(folder, reference.checksum);
}

/// The sessions in a folder that are named after no file there, by the checksums of their pictures. Sessions that
/// cannot be read are left out.
inline std::map<std::string, std::filesystem::path> orphan_sessions(const std::filesystem::path& folder) {
  std::map<std::string, std::filesystem::path> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(session_ending)) continue;
    name.resize(name.size() - session_ending.size());
    if (std::error_code none; std::filesystem::exists(folder / name, none)) continue;
    try {
      if (const auto session = find_session(entry.path())) found.emplace(session->first.picture.checksum, entry.path());
    } catch (const Error&) {  // no session, or one that was not copied whole
    }
  }
  return found;
}

}  // namespace icolorit::studio
