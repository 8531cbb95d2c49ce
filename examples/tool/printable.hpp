// Printable: text that may come from anywhere, made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace icolorit::tool {

/// The text with `\xNN` for each byte of a control character, and for each byte that is no UTF-8: names in files of
/// strangers must not move the cursor, change colours or break the line.
std::string printable(std::string_view text);

}  // namespace icolorit::tool
