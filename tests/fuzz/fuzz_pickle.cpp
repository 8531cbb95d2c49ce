// pickle::parse on any bytes. Touches every value, so that a dangling reference shows.
#include <cstddef>
#include <cstdint>
#include <span>

#include "icolorit/io/pickle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace icolorit;
  try {
    const pickle::Document document = pickle::parse(std::as_bytes(std::span(data, size)));
    volatile std::size_t sum = 0;
    for (const pickle::Value& value : document.values) {
      for (const char c : value.text) sum = sum + static_cast<unsigned char>(c);
      for (const char c : value.module) sum = sum + static_cast<unsigned char>(c);
      for (const pickle::Value* item : value.items) sum = sum + static_cast<std::size_t>(item->kind);
      for (const pickle::Value* part : {value.callable, value.arguments, value.state})
        if (part != nullptr) sum = sum + part->items.size();
    }
  } catch (const FormatError&) {
  }
  return 0;
}
