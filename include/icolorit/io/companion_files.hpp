// Companion files: what lies beside a picture and belongs to it, by its name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace icolorit {

/// NAME.hints.json has the hints of the picture NAME.png, NAME.jpg, and so on.
inline constexpr std::string_view hint_file_ending = ".hints.json";
/// PICTURE.icolorit.json is the studio's session of PICTURE, and with another ending the journal of what followed.
inline constexpr std::string_view session_ending = ".icolorit.json", journal_ending = ".journal";

inline bool is_hint_file(const std::filesystem::path& path) {
  return path.filename().string().ends_with(hint_file_ending);
}

/// Whether this is a file of hints, of a studio's session, or the one that says how a folder of hints was made: none of
/// them is a picture that was forgotten.
inline bool is_companion(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  if (name.ends_with(journal_ending)) name.resize(name.size() - journal_ending.size());
  return name == "hints.json" || name.ends_with(hint_file_ending) || name.ends_with(session_ending);
}

}  // namespace icolorit
