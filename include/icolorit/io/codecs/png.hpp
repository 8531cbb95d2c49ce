// PNG through libpng.
#pragma once

#include <png.h>

#include <array>
#include <bit>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/png_color.hpp"
#include "icolorit/io/codecs/png_metadata.hpp"
#include "icolorit/io/codecs/png_session.hpp"
#include "icolorit/io/codecs/srgb_conversion.hpp"
#include "icolorit/io/codecs/written_picture.hpp"

namespace icolorit {

namespace codec {

/// The whole file. Throws FormatError.
inline DecodedFile read_png(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  PngSession session(png_whole_chunks(bytes));
  const png_structp png = session.png();
  const png_infop info = session.info();
  session.run([&] {
    // libpng does not know the one, and refuses the other where it begins as in a JPEG file
    static constexpr png_byte raw_chunks[] = "cICP\0eXIf";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, raw_chunks, 2);
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
  Image image = blank_picture("PNG", width, height, png_get_channels(png, info), png_get_bit_depth(png, info), limits);

  std::vector<png_bytep> rows;
  for (Index y = 0; y < height; ++y)
    rows.push_back(reinterpret_cast<png_bytep>(bytes_of(image) + y * bytes_per_row(image)));
  session.run([&] { png_read_image(png, rows.data()); });
  try {
    session.run([&] { png_read_end(png, info); });
  } catch (const FormatError&) {  // all rows are there: what is missing or broken behind them is not the picture
  }

  DecodedFile file;
  const ColorModel model = image.has_color() ? ColorModel::rgb : ColorModel::grey;
  file.metadata.profile = png_profile(png, info, model, file.notes);
  if (!session.profile_warning().empty() && file.metadata.profile.empty())
    file.notes.push_back(unusable_profile(model, session.profile_warning()));
  read_png_metadata(file.metadata, png, info);
  convert_to_srgb(image, SrgbConversion(model, transform_of(file.metadata.profile, model, file.notes)));
  set_upright(file, std::move(image), exif_orientation(file.metadata.exif));
  return file;
}

}  // namespace codec

/// A PNG picture of any depth, palette or transparency: 16-bit files give 16 bits, all others 8; turned upright by
/// eXIf, and in sRGB by its colour profile or the chunks that stand for one. Throws FormatError.
inline Image decode_png(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  return codec::read_png(bytes, limits).image;
}

/// A PNG file of the picture at its own depth and channels. Throws ArgumentError for an empty picture.
inline std::vector<std::byte> encode_png(const Image& image, const WriteOptions& options = {}) {
  codec::expect_encodable("PNG", image, Image::max_extent);
  constexpr std::array<int, 5> color_types{0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                           PNG_COLOR_TYPE_RGB_ALPHA};
  const codec::WrittenPicture written(image, options);
  const std::span<const std::byte> profile = written.profile();
  const codec::PngTexts texts(options.metadata, image);
  const std::vector<std::byte> exif =
      codec::exif_for(options.metadata.exif, image, written.is_srgb(), options.metadata.resolution);
  const auto& resolution = options.metadata.resolution;
  codec::PngSession session;
  const png_structp png = session.png();
  const png_infop info = session.info();
  const std::byte* const pixels = codec::bytes_of(written.image());
  session.run([&] {
    png_set_IHDR(png, info, static_cast<png_uint_32>(image.width()), static_cast<png_uint_32>(image.height()),
                 image.bits(), color_types[static_cast<std::size_t>(image.channels())], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (!profile.empty())
      png_set_iCCP(png, info, "ICC profile", PNG_COMPRESSION_TYPE_BASE,
                   reinterpret_cast<png_const_bytep>(profile.data()), static_cast<png_uint_32>(profile.size()));
    if (resolution) {
      const auto per_metre = [](double value) { return static_cast<png_uint_32>(std::lround(value / .0254)); };
      png_set_pHYs(png, info, per_metre(resolution->x), per_metre(resolution->y), PNG_RESOLUTION_METER);
    }
    if (texts.size() > 0) png_set_text(png, info, texts.data(), texts.size());
    png_write_info(png, info);
    if (!exif.empty())
      png_write_chunk(png, reinterpret_cast<png_const_bytep>("eXIf"), reinterpret_cast<png_const_bytep>(exif.data()),
                      exif.size());
    if constexpr (std::endian::native == std::endian::little) png_set_swap(png);
    for (Index y = 0; y < image.height(); ++y)
      png_write_row(png, reinterpret_cast<png_const_bytep>(pixels + y * codec::bytes_per_row(image)));
    png_write_end(png, info);
  });
  return std::move(session.written());
}

}  // namespace icolorit
