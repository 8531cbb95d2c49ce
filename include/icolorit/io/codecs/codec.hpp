// What the picture codecs share: limits, options, access to bytes, and the errors of C libraries.
#pragma once

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/image/color_space.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/image/picture_metadata.hpp"

namespace icolorit {

/// What a picture file may ask for. Checked before memory is taken.
struct DecodeLimits {
  Index max_pixels = Index{1} << 28;
};

/// How a picture file is written. A format ignores what it does not have.
struct WriteOptions {
  int quality = 95;                             ///< of a file with loss (JPEG, WebP, JPEG XL, AVIF), 1..100
  bool subsample_chroma = false;                ///< JPEG: colour at half resolution (4:2:0) instead of full (4:4:4)
  bool lossless = false;                        ///< WebP, JPEG XL and AVIF; PNG and TIFF always are
  Rgb<std::uint8_t> background{255, 255, 255};  ///< JPEG: what shows through where the picture is transparent
  PictureMetadata metadata{};  ///< written where the format has a place for it; see keep_profile for its profile
  bool embed_profile = true;   ///< say in the file that a colour picture is sRGB, by a profile of 600 bytes
  bool keep_profile = false;   ///< convert to metadata.profile, where that is one of RGB, and embed it instead
};

namespace codec {

/// Throws FormatError where the file asks for more than is allowed.
inline void expect_allowed(std::string_view format, Index width, Index height, int channels,
                           const DecodeLimits& limits) {
  if (width < 1 || height < 1 || width > Image::max_extent || height > Image::max_extent)
    throw FormatError(concat("the ", format, " picture claims ", width, " x ", height, " pixels, expected 1 to ",
                             Image::max_extent, " a side"));
  const Index allowed = std::min(limits.max_pixels, Image::max_samples / channels);
  if (width * height > allowed)
    throw FormatError(
        concat("the ", format, " picture claims ", width, " x ", height, " pixels, at most ", allowed, " are allowed"));
}

/// What a decoder makes of a file.
struct DecodedFile {
  Image image;  ///< sRGB, upright
  PictureMetadata metadata{};
  std::vector<std::string> notes{};
};

/// A picture for the decoder of `format` to fill. Throws FormatError where the file asks for more than is allowed.
inline Image blank_picture(std::string_view format, Index width, Index height, int channels, int bits,
                           const DecodeLimits& limits) {
  expect_allowed(format, width, height, channels, limits);
  return Image(width, height, channels, bits);
}

/// Throws ArgumentError where `format` cannot hold a picture this large, or there is none.
inline void expect_encodable(std::string_view format, const Image& image, Index max_extent) {
  if (image.empty()) throw ArgumentError(concat("cannot write a ", format, " file: the picture is empty"));
  if (image.width() > max_extent || image.height() > max_extent)
    throw ArgumentError(concat("cannot write a ", format, " file of ", image.width(), " x ", image.height(),
                               " pixels: the format ends at ", max_extent, " a side, PNG and TIFF do not"));
}

/// Throws ArgumentError for a quality that no encoder has.
inline void expect_quality(const WriteOptions& options) {
  if (options.quality < 1 || options.quality > 100)
    throw ArgumentError(concat("cannot write a picture of quality ", options.quality, ", expected 1 to 100"));
}

/// The bytes of the picture's samples, row by row without gaps.
inline std::byte* bytes_of(Image& image) {
  return visit_samples(image, [](auto samples) { return reinterpret_cast<std::byte*>(samples.data()); });
}
inline const std::byte* bytes_of(const Image& image) {
  return visit_samples(image, [](auto samples) { return reinterpret_cast<const std::byte*>(samples.data()); });
}
inline Index bytes_per_row(const Image& image) { return image.width() * image.channels() * (image.bits() / 8); }

/// Whether the bytes begin with these characters at `offset`.
inline bool has_text_at(std::span<const std::byte> bytes, std::size_t offset, std::string_view text) {
  return bytes.size() >= offset + text.size() &&
         std::ranges::equal(bytes.subspan(offset, text.size()), text,
                            [](std::byte byte, char c) { return byte == static_cast<std::byte>(c); });
}

/// Appends to a vector from a callback that a C library calls, through which no exception may pass.
/// Returns false where memory is exhausted.
inline bool append(std::vector<std::byte>& bytes, const void* data, std::size_t size) noexcept {
  try {
    const auto* const first = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), first, first + size);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

/// Turns the errors of a C library that must not return from its error callback (libpng, libjpeg) into exceptions.
/// The callback calls `fail`, which jumps back into `run`. Nothing with a destructor may live between the two: inside
/// `run`, keep to plain values and library calls.
class LongJumpTrap {
 public:
  explicit LongJumpTrap(std::string_view format) : format_(format) {}

  /// Calls f. Throws FormatError with the library's message where `fail` was called below it.
  template <class F>
  void run(F&& f) {
    if (setjmp(target_) != 0) throw FormatError(concat("damaged or unsupported ", format_, " data: ", message_.data()));
    f();
  }

  [[noreturn]] void fail(const char* message) noexcept {
    const std::string_view text(message);
    *std::copy_n(text.data(), std::min(text.size(), message_.size() - 1), message_.data()) = '\0';
    std::longjmp(target_, 1);
  }

 private:
  std::string_view format_;
  std::jmp_buf target_{};
  std::array<char, 256> message_{};
};

}  // namespace codec
}  // namespace icolorit
