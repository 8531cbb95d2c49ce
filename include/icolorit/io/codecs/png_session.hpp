// libpng's objects, whose errors become exceptions.
#pragma once

#include <png.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"

namespace icolorit::codec {

/// The bytes up to the first chunk, but for pixels, that claims more than is left: libpng would take the memory for it
/// before it sees that the file ends (PNG specification, section 5.3).
inline std::span<const std::byte> png_whole_chunks(std::span<const std::byte> bytes) {
  constexpr std::size_t signature = 8, head = 8, checksum = 4;  // a chunk's head is its size and its name
  std::size_t at = signature;
  while (at + head <= bytes.size()) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | std::to_integer<std::size_t>(bytes[at + i]);
    if (head + size + checksum > bytes.size() - at) return has_text_at(bytes, at + 4, "IDAT") ? bytes : bytes.first(at);
    at += head + size + checksum;
  }
  return bytes;
}

/// A libpng object and what its callbacks need. libpng never prints: errors jump to the trap, and of
/// the warnings only that about a colour profile is kept.
class PngSession {
 public:
  /// Reads from `bytes`.
  explicit PngSession(std::span<const std::byte> bytes)
      : unread_(bytes), reading_(true), png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, warn)) {
    create_info();
    // the memory that a chunk unpacks to; for what it claims see png_whole_chunks
    png_set_chunk_malloc_max(png_, 8'000'000);
    png_set_chunk_cache_max(png_, 100);
    png_set_read_fn(png_, this, read);
  }
  /// Writes to `written`.
  PngSession() : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, this, fail, warn)) {
    create_info();
    png_set_write_fn(png_, this, write, nullptr);
  }
  ~PngSession() { destroy(); }
  PngSession(const PngSession&) = delete;
  PngSession& operator=(const PngSession&) = delete;

  png_structp png() const { return png_; }
  png_infop info() const { return info_; }
  std::vector<std::byte>& written() { return written_; }
  /// Why libpng left out the file's colour profile; empty where it did not.
  std::string_view profile_warning() const { return profile_warning_.data(); }

  /// Calls f, which calls libpng. Throws FormatError.
  template <class F>
  void run(F&& f) {
    trap_.run(f);
  }

 private:
  void create_info() {
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      destroy();
      throw std::bad_alloc();
    }
    constexpr auto max_extent = static_cast<png_uint_32>(Image::max_extent);  // libpng's own is a little smaller
    png_set_user_limits(png_, max_extent, max_extent);
  }
  void destroy() {
    if (reading_)
      png_destroy_read_struct(&png_, &info_, nullptr);
    else
      png_destroy_write_struct(&png_, &info_);
  }

  static void fail(png_structp png, png_const_charp message) {
    static_cast<PngSession*>(png_get_error_ptr(png))->trap_.fail(message);
  }
  static void warn(png_structp png, png_const_charp message) {
    const std::string_view text(message);
    if (!text.starts_with("iCCP: ")) return;
    auto& kept = static_cast<PngSession*>(png_get_error_ptr(png))->profile_warning_;
    *std::copy_n(text.data() + 6, std::min(text.size() - 6, kept.size() - 1), kept.data()) = '\0';
  }
  static void read(png_structp png, png_bytep to, std::size_t size) {
    auto& unread = static_cast<PngSession*>(png_get_io_ptr(png))->unread_;
    if (size > unread.size()) png_error(png, "the file ends too early");
    std::copy_n(unread.data(), size, reinterpret_cast<std::byte*>(to));
    unread = unread.subspan(size);
  }
  static void write(png_structp png, png_bytep from, std::size_t size) {
    auto& written = static_cast<PngSession*>(png_get_io_ptr(png))->written_;
    if (!append(written, from, size)) png_error(png, "out of memory");
  }

  LongJumpTrap trap_{"PNG"};
  std::array<char, 160> profile_warning_{};
  std::span<const std::byte> unread_;
  std::vector<std::byte> written_;
  bool reading_ = false;
  png_structp png_;
  png_infop info_ = nullptr;
};

}  // namespace icolorit::codec
