#include "printable.hpp"

#include "icolorit/io/utf8.hpp"

namespace icolorit::tool {

namespace {

/// U+0000 to U+001F, U+007F, U+0080 to U+009F.
bool is_control(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character[0]);
  return byte < 0x20 || byte == 0x7f || (byte == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0);
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    if (length > 0 && !is_control(character)) {
      result += character;
    } else {
      for (const char c : character) {
        const auto byte = static_cast<unsigned char>(c);
        result += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
      }
    }
    text.remove_prefix(character.size());
  }
  return result;
}

}  // namespace icolorit::tool
