// Whether text is UTF-8: names and strings of files are checked before anything prints or writes them.
#pragma once

#include <cstddef>
#include <string_view>

namespace icolorit {

/// What some editors of Windows put in front of a text in UTF-8.
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// The bytes of the character that begins the text: 1 to 4, or 0 where the text is empty or does not begin with
/// well-formed UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing above U+10FFFF.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  // Only the second byte has a range of its own after these four leads.
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (length > 1 && (byte(1) < low || byte(1) > high)) return 0;
  for (std::size_t k = 2; k < length; ++k)
    if ((byte(k) & 0xc0u) != 0x80u) return 0;
  return length;
}

/// Whether the bytes are well-formed UTF-8, see utf8_length.
inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// The longest beginning of at most `size` bytes, size > 3, that does not end within a character.
inline std::string_view utf8_prefix(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  std::size_t end = size;
  while (size - end < 3 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return text.substr(0, end);
}

}  // namespace icolorit
