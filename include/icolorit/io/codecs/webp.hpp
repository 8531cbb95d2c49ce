// WebP through libwebp.
#pragma once

#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/srgb_conversion.hpp"
#include "icolorit/io/codecs/webp_container.hpp"
#include "icolorit/io/codecs/written_picture.hpp"

namespace icolorit {

namespace codec {

/// libwebp's picture and output, freed together.
struct WebpWriter {
  WebPConfig config;
  WebPPicture picture;
  WebPMemoryWriter memory;

  WebpWriter() {
    // these fail only where the header is of another version than the library
    if (WebPConfigInit(&config) == 0 || WebPPictureInit(&picture) == 0)
      throw Error("cannot write a WebP file: libwebp is not of the version that this program was built for");
    WebPMemoryWriterInit(&memory);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &memory;
  }
  ~WebpWriter() {
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&memory);
  }
  WebpWriter(const WebpWriter&) = delete;
  WebpWriter& operator=(const WebpWriter&) = delete;
};

/// The whole file. Throws FormatError, for animations too.
inline DecodedFile read_webp(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK)
    throw FormatError("damaged WebP data: the header is incomplete or broken");
  if (features.has_animation != 0) throw FormatError("the WebP file is an animation, expected a single picture");
  Image image = blank_picture("WebP", features.width, features.height, features.has_alpha != 0 ? 4 : 3, 8, limits);
  const auto decode = image.has_alpha() ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  const Index row = bytes_per_row(image);
  if (decode(data, bytes.size(), reinterpret_cast<std::uint8_t*>(bytes_of(image)),
             static_cast<std::size_t>(row * image.height()), static_cast<int>(row)) == nullptr)
    throw FormatError("damaged WebP data: the file ends too early or its pixels are broken");
  DecodedFile file;
  file.metadata = read_webp_metadata(bytes);
  convert_to_srgb(image,
                  SrgbConversion(ColorModel::rgb, transform_of(file.metadata.profile, ColorModel::rgb, file.notes)));
  set_upright(file, std::move(image), exif_orientation(file.metadata.exif));
  return file;
}

}  // namespace codec

/// A WebP picture, always RGB or RGBA of 8 bits; turned upright by EXIF, and in sRGB by its colour profile. Throws
/// FormatError, for animations too.
inline Image decode_webp(std::span<const std::byte> bytes, const DecodeLimits& limits = {}) {
  return codec::read_webp(bytes, limits).image;
}

/// A WebP file of the picture. Grey becomes RGB, since WebP has no grey; alpha is kept; 16 bits are rounded to 8.
/// Lossless keeps every sample, under full transparency too. Throws ArgumentError for a quality outside 1..100, an
/// empty picture or more than 16383 pixels a side.
inline std::vector<std::byte> encode_webp(const Image& image, const WriteOptions& options = {}) {
  codec::expect_encodable("WebP", image, WEBP_MAX_DIMENSION);
  codec::expect_quality(options);
  const codec::WrittenPicture written(image, options);
  Image room;
  const Image& flat = codec::in_layout(written.image(), image.has_alpha() ? 4 : 3, 8, room);
  codec::WebpWriter writer;
  writer.config.quality = static_cast<float>(options.quality);
  // the format has colours at half resolution only: libwebp's best filter keeps their edges
  writer.config.use_sharp_yuv = 1;
  if (options.lossless) {
    writer.config.lossless = 1;
    writer.config.exact = 1;
    writer.config.quality = 75;  // here an effort, and this is libwebp's own
  }
  writer.picture.use_argb = 1;  // for a lossy file, too: what is imported as YUV has lost the sharp edges already
  writer.picture.width = static_cast<int>(flat.width());
  writer.picture.height = static_cast<int>(flat.height());
  const auto import = flat.has_alpha() ? WebPPictureImportRGBA : WebPPictureImportRGB;
  if (import(&writer.picture, reinterpret_cast<const std::uint8_t*>(codec::bytes_of(flat)),
             static_cast<int>(codec::bytes_per_row(flat))) == 0 ||
      WebPEncode(&writer.config, &writer.picture) == 0)
    throw Error(concat("cannot write a WebP file: libwebp's error ", static_cast<int>(writer.picture.error_code)));
  const auto bytes = std::as_bytes(std::span(writer.memory.mem, writer.memory.size));
  return codec::with_webp_blocks({bytes.begin(), bytes.end()}, written, options.metadata);
}

}  // namespace icolorit
