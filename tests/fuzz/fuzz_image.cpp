// Any bytes: a picture or an icolorit::Error, never a crash, a leak or a large allocation; and what it says beside its
// pixels can be written into every format and read again.
#include <cstdint>
#include <span>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/provenance.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace icolorit;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const OpenedImage opened = open_image({bytes.begin(), bytes.end()}, {.max_pixels = 1 << 16});
    WriteOptions options;
    options.metadata = opened.metadata;
    if (opened.decode(1).empty()) __builtin_trap();
    options.metadata.xmp = with_provenance(std::move(options.metadata.xmp), {"fuzz", "none", 1, "2026"});
    for (const ImageFormat format : image_formats()) {
      if (format == ImageFormat::avif) continue;  // its encoder takes far longer than all else here together
      const OpenedImage again = open_image(encode_image(Image(2, 3, 3, 8), format, options));
      if (again.width != 2 || again.height != 3) __builtin_trap();
    }
  } catch (const Error&) {  // what damaged files are for
  }
  return 0;
}
