// PNG through libpng.
#pragma once

#include <png.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/exif.hpp"

namespace icolorit {

namespace codec {

/// A libpng object and what its callbacks need. libpng never prints: warnings are dropped, errors jump to the trap.
class PngSession {
 public:
  /// Reads from `bytes`.
  explicit PngSession(std::span<const std::byte> bytes)
      : unread_(bytes), reading_(true), png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, ignore)) {
    create_info();
    png_set_read_fn(png_, this, read);
  }
  /// Writes to `written`.
  PngSession() : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, this, fail, ignore)) {
    create_info();
    png_set_write_fn(png_, this, write, nullptr);
  }
  ~PngSession() { destroy(); }
  PngSession(const PngSession&) = delete;
  PngSession& operator=(const PngSession&) = delete;

  png_structp png() const { return png_; }
  png_infop info() const { return info_; }
  std::vector<std::byte>& written() { return written_; }

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
  static void ignore(png_structp, png_const_charp) {}
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
  std::span<const std::byte> unread_;
  std::vector<std::byte> written_;
  bool reading_ = false;
  png_structp png_;
  png_infop info_ = nullptr;
};

}  // namespace codec

/// A PNG picture of any depth, palette or transparency: 16-bit files give 16 bits, all others 8; turned upright by
/// eXIf. Throws FormatError.
inline Image decode_png(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  codec::PngSession session(bytes);
  const png_structp png = session.png();
  const png_infop info = session.info();
  session.run([&] {
    png_read_info(png, info);
    png_set_expand(png);  // palette to RGB, 1, 2 and 4 bits to 8, a transparent colour to alpha
    if constexpr (std::endian::native == std::endian::little) png_set_swap(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
  });

  const auto width = static_cast<Index>(png_get_image_width(png, info));
  const auto height = static_cast<Index>(png_get_image_height(png, info));
  // deflate shrinks at most 1032 times (zlib's technical details), and a pixel is at least a bit
  constexpr Index max_ratio = 1032;
  if (width * height / 8 / max_ratio > static_cast<Index>(bytes.size()))
    throw FormatError(concat("the PNG picture claims ", width, " x ", height, " pixels but has only ", bytes.size(),
                             " bytes: the file ends too early"));
  Image image =
      codec::blank_picture("PNG", width, height, png_get_channels(png, info), png_get_bit_depth(png, info), limits);

  std::vector<png_bytep> rows;
  for (Index y = 0; y < height; ++y)
    rows.push_back(reinterpret_cast<png_bytep>(codec::bytes_of(image) + y * codec::bytes_per_row(image)));
  png_bytep exif = nullptr;
  png_uint_32 exif_size = 0;
  session.run([&] {
    png_read_image(png, rows.data());
    png_read_end(png, info);
#ifdef PNG_eXIf_SUPPORTED
    png_get_eXIf_1(png, info, &exif_size, &exif);
#endif
  });
  return upright(std::move(image), codec::exif_orientation(std::as_bytes(std::span(exif, exif_size))));
}

/// A PNG file of the picture at its own depth and channels. Throws ArgumentError for an empty picture.
inline std::vector<std::byte> encode_png(const Image& image) {
  codec::expect_encodable("PNG", image, Image::max_extent);
  constexpr std::array<int, 5> color_types{0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                           PNG_COLOR_TYPE_RGB_ALPHA};
  codec::PngSession session;
  const png_structp png = session.png();
  const png_infop info = session.info();
  const std::byte* const pixels = codec::bytes_of(image);
  session.run([&] {
    png_set_IHDR(png, info, static_cast<png_uint_32>(image.width()), static_cast<png_uint_32>(image.height()),
                 image.bits(), color_types[static_cast<std::size_t>(image.channels())], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    if constexpr (std::endian::native == std::endian::little) png_set_swap(png);
    for (Index y = 0; y < image.height(); ++y)
      png_write_row(png, reinterpret_cast<png_const_bytep>(pixels + y * codec::bytes_per_row(image)));
    png_write_end(png, info);
  });
  return std::move(session.written());
}

}  // namespace icolorit
