// Any bytes: a picture or an icolorit::Error, never a crash, a leak or a large allocation.
#include <cstdint>
#include <span>

#include "icolorit/io/image_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const icolorit::Image image = icolorit::decode_image(std::as_bytes(std::span(data, size)), {.max_pixels = 1 << 16});
    if (image.empty()) __builtin_trap();
  } catch (const icolorit::Error&) {  // what damaged files are for
  }
  return 0;
}
