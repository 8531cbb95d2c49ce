// Texts of picture files as UTF-8, whatever they were.
#pragma once

#include <string>
#include <string_view>

#include "icolorit/io/utf8.hpp"

namespace icolorit::codec {

/// Latin-1, as PNG's plain texts are, to UTF-8; without the zeros that end some programs' texts.
inline std::string utf8_from_latin1(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x80) result += static_cast<char>(0xc0 | code >> 6);
    if (code != 0) result += static_cast<char>(code >= 0x80 ? 0x80 | (code & 0x3f) : code);
  }
  return result;
}

/// Text of no stated encoding: UTF-8 where it can be that, else Latin-1.
inline std::string utf8_of(std::string_view text) {
  while (text.ends_with('\0')) text.remove_suffix(1);
  return is_utf8(text) && text.find('\0') == text.npos ? std::string(text) : utf8_from_latin1(text);
}

}  // namespace icolorit::codec
