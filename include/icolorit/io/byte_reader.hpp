// ByteReader: walks the bytes of a binary file and never past their end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"

namespace icolorit {

static_assert(std::endian::native == std::endian::little, "weight files are little-endian and are used in place");

/// The number at `bytes`, which need not be aligned.
template <class T>
  requires std::is_trivially_copyable_v<T>
T load(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

/// The same bytes as text.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads forward through bytes it does not own; `format` starts every message. Every function throws FormatError where
/// the bytes do not suffice. Counts are unsigned 64-bit because that is what files hold.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string_view format) : bytes_(bytes), format_(format) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }

  void seek(std::uint64_t position) {
    if (position > bytes_.size()) fail_at_end(position - bytes_.size());
    position_ = position;
  }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > remaining()) fail_at_end(count - remaining());
    const auto taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }

  /// A little-endian number.
  template <class T>
  T read() {
    return load<T>(take(sizeof(T)).data());
  }

 private:
  [[noreturn]] void fail_at_end(std::uint64_t missing) const {
    throw FormatError(concat(format_, ": ", missing, " bytes are missing at the end"));
  }

  std::span<const std::byte> bytes_;
  std::string_view format_;
  std::size_t position_ = 0;
};

}  // namespace icolorit
