// A new session with the hints of a file of demo_icolorit_lora.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "icolorit/io/demo_file.hpp"
#include "icolorit/studio/session.hpp"

namespace icolorit::studio {

/// Where the picture of such a file, which lies in `folder`, is: the original, else the copy. Throws FormatError.
inline std::filesystem::path demo_picture(const DemoFile& file, const std::filesystem::path& folder) {
  std::error_code error;
  for (const std::string& name : {file.original, file.copy}) {
    // the original may lie beside the session now; its path may be one of Windows
    const std::string last = name.substr(name.find_last_of("/\\") + 1);
    for (const std::filesystem::path& path : {folder / name, folder / last})
      if (!name.empty() && std::filesystem::is_regular_file(path, error)) return path;
  }
  throw FormatError(concat("its picture, ", file.original.empty() ? file.copy : file.original,
                           ", is not there: put it beside the session, or name it"));
}

/// Throws FormatError where there are more hints than a session holds.
inline Session session_of(const DemoFile& file, PictureReference picture) {
  if (file.hints.size() > DocumentLimits::hints)
    throw FormatError(concat("it has ", file.hints.size(), " hints, at most ", DocumentLimits::hints, " are possible"));
  Session session;
  session.history = History(picture.width, picture.height);
  Json commands = Json::array();
  std::size_t number = 0;
  const auto finish_step = [&] {
    if (!commands.empty()) session.history.apply(std::exchange(commands, Json::array()));
  };
  for (const Hint& hint : demo_hints(file, picture.width, picture.height)) {
    if (commands.size() == DocumentLimits::commands) finish_step();
    commands.push_back({{"do", "add_hint"},
                        {"id", concat("h", ++number)},
                        {"x", static_cast<double>(hint.x) + .5},
                        {"y", static_cast<double>(hint.y) + .5},
                        {"color", {{"a", hint.color.a}, {"b", hint.color.b}}},
                        {"radius", hint.radius}});
  }
  finish_step();
  session.picture = std::move(picture);
  return session;
}

}  // namespace icolorit::studio
