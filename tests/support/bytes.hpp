// Files built by hand in memory: little-endian numbers and text, one after the other, and a minimal zip archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/crc32.hpp"

inline std::vector<std::byte> to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// The bytes of a number, little-endian.
template <class T>
std::string little(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

struct ZipPart {
  std::string name, data;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint32_t claimed_size = 0;  // in the directory, where not 0
};

/// A local header and the data for each part, then the directory and the end record.
inline std::string zip(const std::vector<ZipPart>& parts, std::string_view comment = "") {
  std::string file, directory;
  for (const ZipPart& part : parts) {
    const auto crc = icolorit::crc32(std::as_bytes(std::span(part.data)));
    const auto size = part.claimed_size != 0 ? part.claimed_size : static_cast<std::uint32_t>(part.data.size());
    const auto name_size = static_cast<std::uint16_t>(part.name.size());
    const std::string common = little<std::uint16_t>(20) + little(part.flags) + little(part.method) +
                               little<std::uint32_t>(0) + little(crc) + little(size) + little(size) + little(name_size);
    directory += "PK\1\2" + little<std::uint16_t>(20) + common + little<std::uint16_t>(0) + little<std::uint16_t>(0) +
                 little<std::uint16_t>(0) + little<std::uint16_t>(0) + little<std::uint32_t>(0) +
                 little(static_cast<std::uint32_t>(file.size())) + part.name;
    file += "PK\3\4" + common + little<std::uint16_t>(0) + part.name + part.data;
  }
  const auto count = little(static_cast<std::uint16_t>(parts.size()));
  return file + directory + "PK\5\6" + little<std::uint32_t>(0) + count + count +
         little(static_cast<std::uint32_t>(directory.size())) + little(static_cast<std::uint32_t>(file.size())) +
         little(static_cast<std::uint16_t>(comment.size())) + std::string(comment);
}
