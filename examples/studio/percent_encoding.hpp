// Percent-encoding (RFC 3986, section 2.1), for file names in headers.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace icolorit::studio {

/// What is not of the form %XX stays as it is.
inline std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    result += escape ? static_cast<char>(16 * digit(text[i + 1]) + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return result;
}

/// All but letters, digits, '.', '-' and '_'.
inline std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (plain) {
      result += c;
    } else {
      result += '%';
      result += digits[static_cast<unsigned char>(c) >> 4];
      result += digits[static_cast<unsigned char>(c) & 15];
    }
  }
  return result;
}

/// The header that makes a browser save the answer under this name (RFC 6266).
inline std::pair<std::string, std::string> attachment(std::string_view name) {
  return {"Content-Disposition", "attachment; filename*=UTF-8''" + percent_encoded(name)};
}

}  // namespace icolorit::studio
