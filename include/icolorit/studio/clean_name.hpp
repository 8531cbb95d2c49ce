// Clean names: what somebody else called a thing, so that it can be shown and written as JSON.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "icolorit/io/utf8.hpp"

namespace icolorit::studio {

/// The first `most` characters of a name. Bytes of what is not UTF-8 become '?', control characters a blank.
inline std::string clean_name(std::string_view name, std::size_t most) {
  std::string result(name);
  if (!is_utf8(result)) std::ranges::replace_if(result, [](char c) { return (c & 0x80) != 0; }, '?');
  std::size_t end = 0;
  for (std::size_t characters = 0; end < result.size(); ++end)
    if ((result[end] & 0xc0) != 0x80 && ++characters > most) break;
  result.resize(end);
  std::ranges::replace_if(result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return result;
}

}  // namespace icolorit::studio
