// Any text, as either layout of a hint file: hints inside the picture that survive being written and read again, or an
// icolorit::Error.
#include <cstdint>
#include <span>

#include "icolorit/io/hint_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = icolorit::as_text(std::as_bytes(std::span(data, size)));
  try {
    const icolorit::HintGrid grid(32, 48, 2);
    const auto cells = icolorit::parse_hint_cells(text, grid);
    if (icolorit::parse_hint_cells(icolorit::format_hint_cells(cells, grid), grid) != cells) __builtin_trap();
  } catch (const icolorit::FormatError&) {  // what damaged files are for
  }
  try {
    const auto hints = icolorit::parse_hints(text, 640, 480);
    if (icolorit::parse_hints(icolorit::format_hints(hints, 640, 480), 640, 480) != hints) __builtin_trap();
  } catch (const icolorit::FormatError&) {
  }
  return 0;
}
