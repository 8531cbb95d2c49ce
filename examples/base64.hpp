// Base64 (RFC 4648, sec. 4): bytes in texts, for the studio's password and for pictures in pages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace icolorit {

inline std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t block = 0;
    for (std::size_t k = 0; k < 3; ++k)
      block = block << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : digits[block >> (18 - 6 * k) & 63];
  }
  return text;
}

}  // namespace icolorit
