// JPEG XL, where the program was built with libjxl; elsewhere these functions say so.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/exif.hpp"
#include "icolorit/io/codecs/jxl_reader.hpp"
#include "icolorit/io/codecs/jxl_writer.hpp"
#include "icolorit/io/codecs/metadata_blocks.hpp"
#include "icolorit/io/codecs/optional_codecs.hpp"
#include "icolorit/io/codecs/srgb_conversion.hpp"

namespace icolorit {

#if defined(ICOLORIT_JXL)

namespace codec {

/// The whole file. Throws FormatError, for animations too.
inline DecodedFile read_jxl(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  JxlReader reader(bytes, limits);
  constexpr std::size_t offset_size = 4;  // where the TIFF structure begins, which is 0 but for odd files
  const std::span<const std::byte> exif(reader.exif_box);
  DecodedFile file;
  file.metadata = metadata_of_blocks(reader.profile, exif.subspan(std::min(offset_size, exif.size())), reader.xmp_box);
  set_upright(file, std::move(reader.image), reader.orientation);
  const ColorModel model = file.image.has_color() ? ColorModel::rgb : ColorModel::grey;
  if (!reader.unknown_colors.empty())
    file.notes.push_back(
        unusable_profile(model, concat("high dynamic range (", reader.unknown_colors, ") is not known here")));
  convert_to_srgb(file.image, SrgbConversion(model, transform_of(file.metadata.profile, model, file.notes)));
  return file;
}

}  // namespace codec

/// A JPEG XL file of the picture at its own depth and channels, with or without loss. Throws ArgumentError for a
/// quality outside 1..100 or an empty picture, and where there is no libjxl.
inline std::vector<std::byte> encode_jxl(const Image& image, const WriteOptions& options = {}) {
  codec::expect_encodable("JPEG XL", image, Image::max_extent);
  codec::expect_quality(options);
  const codec::WrittenPicture written(image, options);
  codec::JxlWriter writer;
  writer.describe(written, options.lossless);
  writer.add_boxes(codec::MetadataBlocks(options.metadata, image, written.is_srgb()));
  writer.add_pixels(written.image(), options);
  return writer.file();
}

#else

namespace codec {
[[noreturn]] inline DecodedFile read_jxl(std::span<const std::byte>, const DecodeLimits&) {
  refuse_to_read("JPEG XL", "libjxl");
}
}  // namespace codec

[[noreturn]] inline std::vector<std::byte> encode_jxl(const Image&, const WriteOptions& = {}) {
  codec::refuse_to_write("JPEG XL", "libjxl");
}

#endif

/// A JPEG XL picture: grey or RGB, with or without alpha; up to 8 bits give 8, more and floats give 16. Upright, and in
/// sRGB by its colour profile. Throws FormatError, for animations too, and where there is no libjxl.
inline Image decode_jxl(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  return codec::read_jxl(bytes, limits).image;
}

}  // namespace icolorit
