// TIFF through libtiff.
#pragma once

#include <tiffio.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/tiff_directories.hpp"
#include "icolorit/io/codecs/tiff_file.hpp"
#include "icolorit/io/codecs/tiff_metadata.hpp"
#include "icolorit/io/codecs/tiff_samples.hpp"
#include "icolorit/io/codecs/written_picture.hpp"

namespace icolorit {

namespace codec {

/// Fills an 8-bit picture by libtiff's own conversion to RGBA: palettes, YCbCr, 1, 2 and 4 bits.
inline void read_tiff_rgba(const TiffFile& file, const TiffLayout& layout, TensorView<std::uint8_t, 3> out) {
  const TiffBlocks blocks(file, layout);  // refuses tricks
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

/// A page of the file, counted from 1, and how many there are. Throws FormatError, and ArgumentError where the file has
/// no such page.
struct TiffPage {
  DecodedFile file;
  Index pages = 1;
};
inline TiffPage read_tiff(std::span<const std::byte> bytes, const DecodeLimits& limits, Index page) {
  const TiffFile file(bytes, limits);
  const std::vector<std::uint64_t> pages = tiff_pages(bytes);
  TiffPage result;
  result.pages = std::max<Index>(1, std::ssize(pages));
  if (page < 1 || page > result.pages)
    throw ArgumentError(concat("there is no page ", page, ": the file has ", result.pages, " of them"));
  std::uint64_t offset = TIFFCurrentDirOffset(file.get());
  if (!pages.empty() && pages[static_cast<std::size_t>(page - 1)] != offset) {
    offset = pages[static_cast<std::size_t>(page - 1)];
    if (TIFFSetSubDirectory(file.get(), offset) == 0) file.fail("a page cannot be read");
  }
  const TiffLayout layout(file);
  result.file.metadata = read_tiff_metadata(bytes, offset);
  // a grey axis alone has L's own curve, no profile
  const SrgbConversion conversion(
      layout.model(), layout.is_lab() ? std::optional<ColorTransform>()
                                      : transform_of(result.file.metadata.profile, layout.model(), result.file.notes));
  // libtiff knows these as well, palettes among them
  const bool few_bits = layout.is_grey() && layout.format == SAMPLEFORMAT_UINT &&
                        (layout.bits == 1 || layout.bits == 2 || layout.bits == 4) && !layout.has_alpha();
  const bool readable = layout.is_readable() && !few_bits;
  const auto blank = [&](int channels, int bits) {
    return blank_picture("TIFF", layout.width, layout.height, channels, bits, limits);
  };
  Image image;
  if (layout.is_direct()) {
    image = blank(layout.picture_channels(), layout.bits);
    visit_samples(image, [&](auto samples) { read_tiff_blocks(file, layout, samples); });
    convert_to_srgb(image, conversion);
  } else if (readable) {
    image = blank(layout.picture_channels(), layout.picture_bits());
    visit_samples(image, [&](auto samples) { read_tiff_samples(file, layout, samples, conversion); });
  } else {
    std::array<char, 1024> reason{};
    if (TIFFRGBAImageOK(file.get(), reason.data()) == 0)
      throw FormatError(concat("the TIFF picture has ", layout.channels, " channels of ", layout.bits,
                               layout.format == SAMPLEFORMAT_IEEEFP ? " bits in floating point" : " bits",
                               " and photometric interpretation ", layout.photometric,
                               ", which cannot be read: ", reason.data()));
    image = blank(layout.is_grey() ? 1 : 3, 8);
    read_tiff_rgba(file, layout, image.samples<std::uint8_t>());
    if (layout.model() != ColorModel::cmyk && layout.model() != ColorModel::lab) convert_to_srgb(image, conversion);
  }
  set_upright(result.file, std::move(image), layout.orientation);
  return result;
}

}  // namespace codec

/// The first full picture of a TIFF file, in strips or tiles of any compression that libtiff was built with: grey, RGB,
/// CMYK and CIELab with or without alpha, whole numbers of 1 to 32 bits and floats of 16, 32 and 64; palettes and
/// YCbCr. Up to 8 bits give 8, more give 16. Turned upright by the Orientation tag, and in sRGB by its colour profile.
/// Reduced pictures are passed over. Throws FormatError, for the raw files of cameras too.
inline Image decode_tiff(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  return codec::read_tiff(bytes, limits, 1).file.image;
}

/// A TIFF file of the picture at its own depth and channels, deflated with horizontal differences where libtiff can.
/// Throws ArgumentError for an empty picture.
inline std::vector<std::byte> encode_tiff(const Image& image, const WriteOptions& options = {}) {
  codec::expect_encodable("TIFF", image, Image::max_extent);
  const codec::WrittenPicture written(image, options);
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
    std::copy_n(codec::bytes_of(written.image()) + y * row, row, scratch.data());
    if (TIFFWriteScanline(tiff, scratch.data(), static_cast<std::uint32_t>(y)) != 1) file.fail("out of memory");
  }
  std::vector<std::byte> bytes = file.finish();
  codec::add_tiff_metadata(bytes, options.metadata, written);
  return bytes;
}

}  // namespace icolorit
