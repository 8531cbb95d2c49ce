// parse_safetensors on any bytes; what it accepts must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "icolorit/io/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace icolorit;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const TensorFile file = parse_safetensors({bytes.begin(), bytes.end()});
    const TensorFile again = parse_safetensors(format_safetensors(file.tensors, file.metadata));
    if (again.tensors.size() != file.tensors.size() || again.metadata != file.metadata) std::abort();
  } catch (const FormatError&) {
  }
  return 0;
}
