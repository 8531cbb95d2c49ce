// The two cyclic redundancy checks of 32 bits that file formats use, both with reflected bits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "icolorit/io/byte_reader.hpp"

namespace icolorit {

/// tables[k][b]: the checksum's change by byte b followed by k zero bytes ("slicing by 8", Kounavis and Berry 2005).
template <std::uint32_t Polynomial>
inline constexpr auto crc32_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? Polynomial : 0u);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xffu];
    }
  return tables;
}();

/// The checksum of all bytes. One table look-up a byte, eight of them independent: above 1 GB/s.
template <std::uint32_t Polynomial>
std::uint32_t reflected_crc32(std::span<const std::byte> bytes) {
  constexpr auto& tables = crc32_tables<Polynomial>;
  std::uint32_t crc = 0xffffffffu;
  while (bytes.size() >= 8) {
    const std::uint64_t block = load<std::uint64_t>(bytes.data()) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= tables[7 - k][(block >> (8 * k)) & 0xffu];
    bytes = bytes.subspan(8);
  }
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ tables[0][(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xffu];
  return ~crc;
}

/// CRC-32 as zip archives and PNG use it (ISO 3309).
inline std::uint32_t crc32(std::span<const std::byte> bytes) { return reflected_crc32<0xedb88320u>(bytes); }

/// CRC-32C as TFRecord files use it (Castagnoli et al. 1993; RFC 3720, appendix B.4).
inline std::uint32_t crc32c(std::span<const std::byte> bytes) { return reflected_crc32<0x82f63b78u>(bytes); }

}  // namespace icolorit
