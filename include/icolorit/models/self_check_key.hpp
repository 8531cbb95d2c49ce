// Where weights keep their self-check.
#pragma once

#include <string_view>

namespace icolorit {

/// Where weights_metadata's file keeps the sample of self_check.hpp: numbers separated by commas, network units.
inline constexpr std::string_view self_check_key = "icolorit.selfcheck";

}  // namespace icolorit
