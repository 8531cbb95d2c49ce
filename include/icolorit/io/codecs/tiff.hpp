// TIFF through libtiff.
#pragma once

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/codec.hpp"

namespace icolorit {

namespace codec {

/// A TIFF file in memory. libtiff never prints: the first error is kept, warnings are dropped.
class TiffFile {
 public:
  /// For reading. Throws FormatError.
  TiffFile(std::span<const std::byte> bytes, const DecodeLimits& limits) : source_(bytes) {
    // no block can be larger than the picture: at most max_channels samples of 2 bytes
    open("r", static_cast<tmsize_t>(std::min(limits.max_pixels, Image::max_samples) * 2 * max_channels) +
                  (tmsize_t{1} << 20));
  }
  /// For writing; BigTIFF where 4 GiB may not be enough.
  explicit TiffFile(bool big) : writing_(true) { open(big ? "w8" : "w", 0); }
  ~TiffFile() { close(); }
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  static constexpr Index max_channels = 16;

  TIFF* get() const { return tiff_; }

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

/// What the tags say about the samples.
struct TiffLayout {
  Index width, height;
  int bits, channels, photometric, orientation;
  bool separate;  ///< planes one after the other instead of interleaved
  bool integer;
  int alpha;  ///< of the first extra channel: EXTRASAMPLE_*, or -1 without one

  explicit TiffLayout(const TiffFile& file)
      : width(file.tag<std::uint32_t>(TIFFTAG_IMAGEWIDTH)),
        height(file.tag<std::uint32_t>(TIFFTAG_IMAGELENGTH)),
        bits(file.tag<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1)),
        channels(file.tag<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1)),
        photometric(file.tag<std::uint16_t>(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)),
        orientation(file.tag<std::uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT)),
        separate(file.tag<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE),
        integer(file.tag<std::uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT) == SAMPLEFORMAT_UINT),
        alpha(-1) {
    std::uint16_t count = 0;
    std::uint16_t* kinds = nullptr;
    if (TIFFGetFieldDefaulted(file.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1 && count > 0) alpha = kinds[0];
  }

  bool is_grey() const { return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE; }
  int colors() const { return is_grey() ? 1 : 3; }
  bool has_alpha() const { return alpha == EXTRASAMPLE_ASSOCALPHA || alpha == EXTRASAMPLE_UNASSALPHA; }
  /// Samples that are pixels as they stand: no palette, ink, luminance and chrominance, or odd depth.
  bool is_direct() const {
    return integer && (bits == 8 || bits == 16) && (is_grey() || photometric == PHOTOMETRIC_RGB) &&
           channels >= colors() + (has_alpha() ? 1 : 0) && channels <= TiffFile::max_channels;
  }
};

/// Fills the picture with the samples of a file whose layout is direct, from strips or tiles.
template <Sample S>
void read_tiff_blocks(const TiffFile& file, const TiffLayout& layout, TensorView<S, 3> out) {
  TIFF* const tiff = file.get();
  const bool tiled = TIFFIsTiled(tiff) != 0;
  const Index block_width = tiled ? file.tag<std::uint32_t>(TIFFTAG_TILEWIDTH) : layout.width;
  const Index block_height = tiled ? file.tag<std::uint32_t>(TIFFTAG_TILELENGTH)
                                   : std::min<Index>(file.tag<std::uint32_t>(TIFFTAG_ROWSPERSTRIP), layout.height);
  const Index channels = layout.separate ? 1 : layout.channels;
  // a tile may reach beyond the picture, but one much larger than it is a trick to make us take memory
  if (block_width < 1 || block_height < 1 || block_width > 2 * layout.width + 4096 ||
      block_height > 2 * layout.height + 4096)
    file.fail("strips or tiles of a senseless size");
  std::vector<S> block(static_cast<std::size_t>(block_width * block_height * channels));
  const auto block_bytes = static_cast<tmsize_t>(block.size() * sizeof(S));
  if ((tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff)) != block_bytes) file.fail("strips or tiles of an odd size");

  std::uint32_t number = 0;
  for (Index plane = 0; plane < (layout.separate ? out.extent(2) : 1); ++plane)
    for (Index top = 0; top < layout.height; top += block_height)
      for (Index left = 0; left < layout.width; left += block_width, ++number) {
        const Index rows = std::min(block_height, layout.height - top);
        const Index columns = std::min(block_width, layout.width - left);
        const tmsize_t wanted = tiled ? block_bytes : block_bytes / block_height * rows;
        const tmsize_t got = tiled ? TIFFReadEncodedTile(tiff, number, block.data(), block_bytes)
                                   : TIFFReadEncodedStrip(tiff, number, block.data(), block_bytes);
        if (got < wanted) file.fail("the file ends too early");
        const TensorView<const S, 3> in(block.data(), {block_height, block_width, channels});
        for (Index y = 0; y < rows; ++y)
          for (Index x = 0; x < columns; ++x)
            if (layout.separate)
              out(top + y, left + x, plane) = in(y, x, 0);
            else
              for (Index c = 0; c < out.extent(2); ++c) out(top + y, left + x, c) = in(y, x, c);
      }

  const bool inverted = layout.photometric == PHOTOMETRIC_MINISWHITE;
  const bool premultiplied = layout.alpha == EXTRASAMPLE_ASSOCALPHA;
  if (!inverted && !premultiplied) return;
  constexpr std::uint64_t one = std::numeric_limits<S>::max();
  const Index alpha = layout.colors();
  for (Index y = 0; y < layout.height; ++y)
    for (Index x = 0; x < layout.width; ++x)
      for (Index c = 0; c < alpha; ++c) {
        std::uint64_t value = out(y, x, c);
        if (inverted) value = one - value;
        const std::uint64_t weight = premultiplied ? out(y, x, alpha) : one;
        if (weight > 0) value = std::min(one, (value * one + weight / 2) / weight);
        out(y, x, c) = static_cast<S>(value);
      }
}

/// Fills an 8-bit picture by libtiff's own conversion to RGBA: palettes, CMYK, YCbCr, Lab, 1, 2 and 4 bits.
inline void read_tiff_rgba(const TiffFile& file, const TiffLayout& layout, TensorView<std::uint8_t, 3> out) {
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(layout.width * layout.height));
  // asked for in the orientation that it has, libtiff leaves the pixels in stored order
  if (TIFFReadRGBAImageOriented(file.get(), static_cast<std::uint32_t>(layout.width),
                                static_cast<std::uint32_t>(layout.height), pixels.data(), layout.orientation, 1) == 0)
    file.fail("libtiff cannot convert it to RGB");
  const TensorView<const std::uint32_t, 2> in(pixels.data(), {layout.height, layout.width});
  for (Index y = 0; y < layout.height; ++y)
    for (Index x = 0; x < layout.width; ++x)
      for (Index c = 0; c < out.extent(2); ++c)
        out(y, x, c) = static_cast<std::uint8_t>(in(y, x) >> (8 * c));  // red in the lowest byte
}

}  // namespace codec

/// The first picture of a TIFF file, in strips or tiles of any compression that libtiff was built with; grey and RGB
/// with or without alpha at 8 and 16 bits as they are, palettes, CMYK, YCbCr and less than 8 bits as 8-bit RGB or grey;
/// turned upright by the Orientation tag. Throws FormatError.
inline Image decode_tiff(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  const codec::TiffFile file(bytes, limits);
  const codec::TiffLayout layout(file);
  if (layout.is_direct()) {
    Image image = codec::blank_picture("TIFF", layout.width, layout.height,
                                       layout.colors() + (layout.has_alpha() ? 1 : 0), layout.bits, limits);
    visit_samples(image, [&](auto samples) { codec::read_tiff_blocks(file, layout, samples); });
    return upright(std::move(image), layout.orientation);
  }
  if (layout.bits > 8 && layout.photometric != PHOTOMETRIC_PALETTE)
    throw FormatError(concat("the TIFF picture has ", layout.channels, " channels of ", layout.bits,
                             layout.integer ? " bits" : " bits in floating point or signed",
                             ", expected grey or RGB of 8 or 16 bits"));
  Image image = codec::blank_picture("TIFF", layout.width, layout.height, layout.colors(), 8, limits);
  codec::read_tiff_rgba(file, layout, image.samples<std::uint8_t>());
  return upright(std::move(image), layout.orientation);
}

/// A TIFF file of the picture at its own depth and channels, deflated with horizontal differences where libtiff can.
/// Throws ArgumentError for an empty picture.
inline std::vector<std::byte> encode_tiff(const Image& image) {
  codec::expect_encodable("TIFF", image, Image::max_extent);
  const Index row = codec::bytes_per_row(image);
  codec::TiffFile file(row * image.height() > (Index{1} << 31));
  TIFF* const tiff = file.get();
  const auto set = [&](std::uint32_t tag, auto... values) {
    if (TIFFSetField(tiff, tag, values...) != 1) file.fail("a tag was refused");
  };
  set(TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(image.width()));
  set(TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(image.height()));
  set(TIFFTAG_BITSPERSAMPLE, image.bits());
  set(TIFFTAG_SAMPLESPERPIXEL, image.channels());
  set(TIFFTAG_PHOTOMETRIC, image.has_color() ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  set(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  if (image.has_alpha()) {
    const std::uint16_t kind = EXTRASAMPLE_UNASSALPHA;
    set(TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (TIFFIsCODECConfigured(COMPRESSION_ADOBE_DEFLATE) != 0) {
    set(TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
    set(TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  }
  constexpr Index strip_bytes = 1 << 18;
  set(TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(std::max<Index>(1, strip_bytes / row)));

  std::vector<std::byte> scratch(static_cast<std::size_t>(row));  // the predictor works in place
  for (Index y = 0; y < image.height(); ++y) {
    std::copy_n(codec::bytes_of(image) + y * row, row, scratch.data());
    if (TIFFWriteScanline(tiff, scratch.data(), static_cast<std::uint32_t>(y)) != 1) file.fail("out of memory");
  }
  return file.finish();
}

}  // namespace icolorit
