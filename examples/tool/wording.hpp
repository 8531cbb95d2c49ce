// Wording: numbers of things, and times, as people read them.
#pragma once

#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>

#include "icolorit/core/error.hpp"
#include "icolorit/core/shape.hpp"

namespace icolorit::tool {

/// "1 hint", "2 hints".
inline std::string counted(Index number, std::string_view thing) {
  return concat(number, ' ', thing, number == 1 ? "" : "s");
}

/// "1:02:03".
inline std::string hours_minutes_seconds(double seconds) {
  const auto whole = static_cast<Index>(seconds);
  std::ostringstream text;
  text << whole / 3600 << ':' << std::setfill('0') << std::setw(2) << whole / 60 % 60 << ':' << std::setw(2)
       << whole % 60;
  return text.str();
}

}  // namespace icolorit::tool
