// parse_torch_checkpoint on any bytes, checksums ignored so that mutations reach the pickle and the tensors. Touches
// every byte of every tensor, so that a view beyond its storage shows.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "icolorit/io/torch_checkpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace icolorit;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const TensorFile file = parse_torch_checkpoint({bytes.begin(), bytes.end()}, Checksum::ignore);
    for (const auto& [name, tensor] : file.tensors) {
      if (checked_bytes(tensor.dtype, tensor.shape) != std::ssize(tensor.bytes)) std::abort();
      volatile unsigned sum = 0;
      for (const std::byte byte : tensor.bytes) sum = sum + std::to_integer<unsigned>(byte);
    }
  } catch (const FormatError&) {
  }
  return 0;
}
