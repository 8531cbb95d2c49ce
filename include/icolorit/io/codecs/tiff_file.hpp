// A TIFF file in memory, for libtiff.
#pragma once

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"

namespace icolorit::codec {

/// A TIFF file in memory. libtiff never prints: the first error is kept, warnings are dropped.
class TiffFile {
 public:
  /// For reading. Throws FormatError.
  TiffFile(std::span<const std::byte> bytes, const DecodeLimits& limits) : source_(bytes) {
    // no block can be larger than the picture: at most max_channels samples of 8 bytes
    open("r", static_cast<tmsize_t>(std::min(limits.max_pixels, Image::max_samples) * 8 * max_channels) +
                  (tmsize_t{1} << 20));
  }
  /// For writing; BigTIFF where 4 GiB may not be enough.
  explicit TiffFile(bool big) : writing_(true) { open(big ? "w8" : "w", 0); }
  ~TiffFile() { close(); }
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  static constexpr Index max_channels = 16;

  TIFF* get() const { return tiff_; }
  /// Whether the file can unpack to so many bytes: LZW, the most that is common, makes at most 2558 of one.
  bool may_unpack_to(Index bytes) const { return bytes <= (Index{1} << 26) || bytes / 4096 <= std::ssize(source_); }

  /// A tag's value, its default where the file does not say.
  template <class T>
  T tag(std::uint32_t tag, T otherwise = {}) const {
    T value = otherwise;
    return TIFFGetFieldDefaulted(tiff_, tag, &value) == 1 ? value : otherwise;
  }

  [[noreturn]] void fail(const char* otherwise) const {
    throw FormatError(concat("damaged or unsupported TIFF data: ", message_[0] != '\0' ? message_.data() : otherwise));
  }

  /// Finishes writing and returns the file. Throws Error.
  std::vector<std::byte> finish() {
    if (TIFFFlush(tiff_) == 0) fail("out of memory");
    close();
    return std::move(written_);
  }

 private:
  void open(const char* mode, tmsize_t max_allocation) {
#if TIFFLIB_VERSION >= 20221213  // 4.5.0
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                               TIFFOpenOptionsFree);
    if (options == nullptr) throw std::bad_alloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, this);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore, nullptr);
    if (max_allocation > 0) TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), max_allocation);
    tiff_ = TIFFClientOpenExt(
        "picture", mode, this, read, write, seek, [](thandle_t) { return 0; }, size, nullptr, nullptr, options.get());
#else  // only handlers of the whole process exist, and the default ones print
    static_cast<void>(max_allocation);
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
    tiff_ =
        TIFFClientOpen("picture", mode, this, read, write, seek, [](thandle_t) { return 0; }, size, nullptr, nullptr);
#endif
    if (tiff_ == nullptr) fail("the header is incomplete or broken");
  }
  void close() {
    if (tiff_ != nullptr) TIFFClose(std::exchange(tiff_, nullptr));
  }

#if TIFFLIB_VERSION >= 20221213
  static int keep_error(TIFF*, void* self, const char*, const char* format, std::va_list arguments) {
    auto& message = static_cast<TiffFile*>(self)->message_;
    if (message[0] == '\0') std::vsnprintf(message.data(), message.size(), format, arguments);
    return 1;
  }
  static int ignore(TIFF*, void*, const char*, const char*, std::va_list) { return 1; }
#endif

  std::span<const std::byte> contents() const { return writing_ ? std::span<const std::byte>(written_) : source_; }

  static tmsize_t read(thandle_t self, void* to, tmsize_t size) {
    auto& file = *static_cast<TiffFile*>(self);
    const auto contents = file.contents();
    if (size <= 0 || file.position_ >= contents.size()) return 0;
    const std::size_t count = std::min(static_cast<std::size_t>(size), contents.size() - file.position_);
    std::copy_n(contents.data() + file.position_, count, static_cast<std::byte*>(to));
    file.position_ += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t write(thandle_t self, void* from, tmsize_t size) {
    auto& file = *static_cast<TiffFile*>(self);
    if (size <= 0) return 0;
    const std::size_t end = file.position_ + static_cast<std::size_t>(size);
    try {
      if (file.written_.size() < end) file.written_.resize(end);
    } catch (const std::bad_alloc&) {  // no exception may pass through libtiff
      return 0;
    }
    std::copy_n(static_cast<const std::byte*>(from), size, file.written_.data() + file.position_);
    file.position_ = end;
    return size;
  }
  static toff_t seek(thandle_t self, toff_t offset, int whence) {
    auto& file = *static_cast<TiffFile*>(self);
    const toff_t base = whence == SEEK_CUR ? file.position_ : whence == SEEK_END ? file.contents().size() : 0;
    file.position_ = static_cast<std::size_t>(base + offset);
    return file.position_;
  }
  static toff_t size(thandle_t self) { return static_cast<TiffFile*>(self)->contents().size(); }

  std::span<const std::byte> source_;
  std::vector<std::byte> written_;
  bool writing_ = false;
  std::size_t position_ = 0;
  std::array<char, 256> message_{};
  TIFF* tiff_ = nullptr;
};

}  // namespace icolorit::codec
