// ProtobufMessage: a protocol buffer message, written field by field (protobuf.dev/programming-guides/encoding).
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace icolorit {

/// Grows by one field at a time.
class ProtobufMessage {
 public:
  void add_integer(int field, std::uint64_t value) {
    add_tag(field, 0);
    add_varint(value);
  }
  void add_double(int field, double value) {
    add_tag(field, 1);
    add_fixed(std::bit_cast<std::uint64_t>(value));
  }
  void add_float(int field, float value) {
    add_tag(field, 5);
    add_fixed(std::bit_cast<std::uint32_t>(value));
  }
  /// Text, bytes, or another message.
  void add_bytes(int field, std::string_view value) {
    add_tag(field, 2);
    add_varint(value.size());
    bytes_ += value;
  }

  std::string_view bytes() const { return bytes_; }

 private:
  void add_tag(int field, unsigned wire_type) { add_varint(static_cast<unsigned>(field) << 3 | wire_type); }
  void add_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  template <class T>
  void add_fixed(T value) {  // little-endian, as this library's machines are
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  std::string bytes_;
};

}  // namespace icolorit
