// json::parse on any bytes; what it accepts must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "icolorit/io/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace icolorit;
  try {
    const std::string text = json::write(json::parse({reinterpret_cast<const char*>(data), size}));
    if (json::write(json::parse(text)) != text) std::abort();
  } catch (const FormatError&) {
  }
  return 0;
}
