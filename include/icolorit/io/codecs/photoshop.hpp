// Photoshop's image resources, in which JPEG and TIFF files keep IPTC records (Adobe Photoshop File Formats
// Specification, "Image Resources Section").
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"

namespace icolorit::codec {

inline constexpr std::string_view photoshop_header("Photoshop 3.0\0", 14);  ///< in JPEG's APP13
inline constexpr std::uint32_t iptc_resource = 0x0404;

/// The number of `size` bytes at the front, the highest first; 0 where there are not so many.
inline std::uint32_t big_endian_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + size; ++i)
    value = value << 8 | (i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i]) : 0);
  return value;
}

/// The IPTC records among the resources; empty where there are none.
inline std::span<const std::byte> iptc_in_resources(std::span<const std::byte> resources) {
  constexpr std::string_view signature = "8BIM";
  while (has_text_at(resources, 0, signature) && resources.size() > 7) {
    const std::uint32_t id = big_endian_at(resources, 4, 2);
    const std::size_t name = std::to_integer<std::size_t>(resources[6]);
    const std::size_t size_at = 6 + (name + 2) / 2 * 2, content = size_at + 4;  // the name has a length, and even size
    if (content > resources.size()) break;
    const std::size_t size = big_endian_at(resources, size_at, 4);
    if (size > resources.size() - content) break;
    if (id == iptc_resource) return resources.subspan(content, size);
    resources = resources.subspan(std::min(resources.size(), content + size + size % 2));
  }
  return {};
}

/// A list of resources with nothing but these IPTC records.
inline std::vector<std::byte> resources_with(std::span<const std::byte> iptc) {
  constexpr std::string_view head("8BIM\x04\x04\0\0", 8);
  std::vector<std::byte> resources;
  append(resources, head.data(), head.size());
  for (int shift = 24; shift >= 0; shift -= 8) resources.push_back(static_cast<std::byte>(iptc.size() >> shift & 0xff));
  resources.insert(resources.end(), iptc.begin(), iptc.end());
  if (iptc.size() % 2 != 0) resources.push_back(std::byte{0});
  return resources;
}

}  // namespace icolorit::codec
