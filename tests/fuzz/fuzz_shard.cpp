// read_shard_index on any bytes; every content lies in the file, and no two share a byte.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "icolorit/training/shard.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace icolorit;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const auto entries = read_shard_index(size, [&](std::uint64_t offset, std::span<std::byte> out) {
      if (offset > size || out.size() > size - offset) std::abort();
      std::ranges::copy(bytes.subspan(offset, out.size()), out.begin());
    });
    std::uint64_t end = 0;
    for (const ShardEntry& entry : entries) {
      if (entry.offset < end || entry.offset > size || entry.size > size - entry.offset) std::abort();
      if (entry.is_decoded() && entry.size != static_cast<std::uint64_t>(3 * entry.width * entry.height)) std::abort();
      end = entry.offset + entry.size;
    }
  } catch (const FormatError&) {
  }
  return 0;
}
