// Wording: numbers of things as English says them.
#pragma once

#include <string>
#include <string_view>

#include "icolorit/core/error.hpp"
#include "icolorit/core/shape.hpp"

namespace icolorit::tool {

/// "1 hint", "2 hints".
inline std::string counted(Index number, std::string_view thing) {
  return concat(number, ' ', thing, number == 1 ? "" : "s");
}

}  // namespace icolorit::tool
