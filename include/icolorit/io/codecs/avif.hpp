// AVIF, where the program was built with libavif; elsewhere these functions say so.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "icolorit/io/codecs/avif_reader.hpp"
#include "icolorit/io/codecs/avif_writer.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/metadata_blocks.hpp"
#include "icolorit/io/codecs/optional_codecs.hpp"
#include "icolorit/io/codecs/srgb_conversion.hpp"

namespace icolorit {

#if defined(ICOLORIT_AVIF)

namespace codec {

/// The whole file. EXIF does not turn an AVIF picture, its own properties do. Throws FormatError, for animations too.
inline DecodedFile read_avif(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  const AvifReader reader(bytes, limits);
  const avifImage& stored = reader.file();
  const ColorModel model = reader.is_grey() ? ColorModel::grey : ColorModel::rgb;
  const auto block = [](const avifRWData& data) { return std::as_bytes(std::span(data.data, data.size)); };
  DecodedFile file;
  file.metadata = metadata_of_blocks(avif_profile(stored, model, file.notes), block(stored.exif), block(stored.xmp));
  if (reader.lays_on_its_side()) swap_sides(file.metadata);
  if ((stored.transformFlags & AVIF_TRANSFORM_CLAP) != 0)
    file.notes.push_back("the AVIF file asks to show a part of its picture only; all of it is read");
  file.image = reader.upright_samples();
  convert_to_srgb(file.image, SrgbConversion(model, transform_of(file.metadata.profile, model, file.notes)));
  return file;
}

}  // namespace codec

/// An AVIF file of the picture: 8 bits stay 8, 16 are rounded to 12, the most that AV1 has. Colours are at full
/// resolution. Lossless keeps every sample of those depths. Throws ArgumentError for a quality outside 1..100, an empty
/// picture or more than 65535 pixels a side, and where there is no libavif.
inline std::vector<std::byte> encode_avif(const Image& image, const WriteOptions& options = {}) {
  codec::expect_encodable("AVIF", image, 65535);
  codec::expect_quality(options);
  const codec::WrittenPicture written(image, options);
  const codec::MetadataBlocks blocks(options.metadata, image, written.is_srgb());
  return codec::AvifWriter(written, blocks, options.lossless).encoded(options.quality, options.lossless);
}

#else

namespace codec {
[[noreturn]] inline DecodedFile read_avif(std::span<const std::byte>, const DecodeLimits&) {
  refuse_to_read("AVIF", "libavif");
}
}  // namespace codec

[[noreturn]] inline std::vector<std::byte> encode_avif(const Image&, const WriteOptions& = {}) {
  codec::refuse_to_write("AVIF", "libavif");
}

#endif

/// An AVIF picture: grey or RGB, with or without alpha; 8 bits give 8, 10 and 12 give 16. Turned upright, and in sRGB
/// by its colour profile or code points. Throws FormatError, for animations too, and where there is no libavif.
inline Image decode_avif(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  return codec::read_avif(bytes, limits).image;
}

}  // namespace icolorit
