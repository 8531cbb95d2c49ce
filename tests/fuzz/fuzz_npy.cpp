// parse_npy on any bytes; one value for every element.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "icolorit/io/npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace icolorit;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const NpyArray<float> array = parse_npy<float>(bytes);
    if (array.shape.elements() != std::ssize(array.values)) std::abort();
    parse_npy<double>(bytes);
  } catch (const FormatError&) {
  }
  return 0;
}
