// JPEG through libjpeg-turbo (or any libjpeg with memory sources).
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/background.hpp"
#include "icolorit/image/opened_image.hpp"
#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/jpeg_markers.hpp"
#include "icolorit/io/codecs/jpeg_session.hpp"
#include "icolorit/io/codecs/written_picture.hpp"

namespace icolorit {

namespace codec {

/// The least n of 1, 2, 3, 4 and 8 with n/8 >= scale: libjpeg-turbo takes as long for 5 eighths as for all, and longer
/// for 6 and 7.
inline unsigned jpeg_eighths(double scale) {
  return scale > .5 ? 8 : static_cast<unsigned>(std::clamp(std::ceil(8 * scale), 1.0, 4.0));
}

/// Reads everything before the pixels. Throws FormatError.
inline void read_jpeg_header(JpegReader& reader, std::span<const std::byte> bytes, const DecodeLimits& limits) {
  jpeg_decompress_struct& jpeg = reader.jpeg;
  reader.errors.trap.run([&] {
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned long>(bytes.size()));
    keep_jpeg_segments(jpeg);
    jpeg_read_header(&jpeg, TRUE);
  });
  if (jpeg.data_precision != 8)
    throw FormatError(concat("the JPEG picture has ", jpeg.data_precision, " bits a sample, only 8 are supported"));
  // libjpeg may hold all of it, whatever scale is asked for
  expect_allowed("JPEG", static_cast<Index>(jpeg.image_width), static_cast<Index>(jpeg.image_height), 3, limits);
}

/// Fills a row of samples from the inks of a CMYK picture. Adobe's files hold 255 - ink.
inline void convert_inks(TensorView<std::uint8_t, 2> out, std::span<const std::uint8_t> inks, bool inverted,
                         std::vector<float>& scratch, const SrgbConversion& conversion) {
  for (std::size_t i = 0; i < scratch.size(); ++i)
    scratch[i] = static_cast<float>(inverted ? 255 - inks[i] : inks[i]) * (100.0f / 255);
  conversion.row(out, scratch.data());
}

/// The whole file. Both sides are read at n/8 of their size, see decode_jpeg. Throws FormatError.
inline DecodedFile read_jpeg(std::span<const std::byte> bytes, const DecodeLimits& limits, double min_scale) {
  JpegReader reader;
  jpeg_decompress_struct& jpeg = reader.jpeg;
  read_jpeg_header(reader, bytes, limits);
  DecodedFile file;
  file.metadata = read_jpeg_metadata(jpeg, file.notes);
  const bool cmyk = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  const bool grey = jpeg.jpeg_color_space == JCS_GRAYSCALE;
  const bool inverted = jpeg.saw_Adobe_marker != FALSE;
  const ColorModel model = cmyk ? ColorModel::cmyk : grey ? ColorModel::grey : ColorModel::rgb;
  const SrgbConversion conversion(model, transform_of(file.metadata.profile, model, file.notes));
  jpeg.out_color_space = cmyk ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg.scale_num = jpeg_eighths(min_scale);
  jpeg.scale_denom = 8;
  const bool several_scans = jpeg_has_multiple_scans(&jpeg) != FALSE;
  if (several_scans) {  // libjpeg reads them all at once, and shall not read on behind them
    jpeg_source_mgr& source = *jpeg.src;
    source.bytes_in_buffer = jpeg_scans_size(std::as_bytes(std::span(source.next_input_byte, source.bytes_in_buffer)));
  }
  reader.errors.trap.run([&] { jpeg_start_decompress(&jpeg); });
  if (several_scans) expect_all_scans(reader);
  Image image = blank_picture("JPEG", static_cast<Index>(jpeg.output_width), static_cast<Index>(jpeg.output_height),
                              grey ? 1 : 3, 8, limits);

  auto* const pixels = reinterpret_cast<std::uint8_t*>(bytes_of(image));
  std::vector<std::uint8_t> inks(cmyk ? static_cast<std::size_t>(4 * image.width()) : 0);
  std::vector<float> scratch(inks.size());
  reader.errors.trap.run([&] {
    // what follows the last row says nothing about the picture, and is not read
    while (jpeg.output_scanline < jpeg.output_height) {
      const auto y = static_cast<Index>(jpeg.output_scanline);
      JSAMPROW target = cmyk ? inks.data() : pixels + y * bytes_per_row(image);
      jpeg_read_scanlines(&jpeg, &target, 1);
      if (cmyk) convert_inks(image.samples<std::uint8_t>()[y], inks, inverted, scratch, conversion);
    }
  });
  if (reader.errors.ended && jpeg.arith_code != FALSE)
    throw FormatError("damaged or unsupported JPEG data: the file ends too early");
  if (!cmyk) convert_to_srgb(image, conversion);
  set_upright(file, std::move(image), exif_orientation(file.metadata.exif));
  return file;
}

}  // namespace codec

/// A JPEG picture of 8 bits: grey stays grey, everything else becomes RGB (CMYK and YCCK too); turned upright by EXIF,
/// and in sRGB by its colour profile. Both sides are read at n/8 of their size, rounded up, n = 1, 2, 3, 4 or 8, the
/// least from `min_scale` up: a part of each block's frequencies makes a smaller picture in less time. A file that ends
/// before its last row is an error, not a half-grey picture; one that only lacks its end marker is not. Throws
/// FormatError.
inline Image decode_jpeg(std::span<const std::byte> bytes, const DecodeLimits& limits = {}, double min_scale = 1) {
  return codec::read_jpeg(bytes, limits, min_scale).image;
}

/// The size of a JPEG picture and its metadata from its header, and its pixels by decode_jpeg. Throws FormatError.
inline OpenedImage open_jpeg(std::vector<std::byte> bytes, const DecodeLimits& limits = {}) {
  codec::JpegReader reader;
  codec::read_jpeg_header(reader, bytes, limits);
  std::vector<std::string> notes;
  PictureMetadata metadata = codec::read_jpeg_metadata(reader.jpeg, notes);
  const int components = reader.jpeg.num_components;
  codec::transform_of(metadata.profile,
                      components == 1   ? ColorModel::grey
                      : components == 4 ? ColorModel::cmyk
                                        : ColorModel::rgb,
                      notes);
  const bool turned = lies_on_its_side(codec::exif_orientation(metadata.exif));
  if (turned) codec::swap_sides(metadata);
  const auto width = static_cast<Index>(reader.jpeg.image_width), height = static_cast<Index>(reader.jpeg.image_height);
  return {turned ? height : width, turned ? width : height,
          [bytes = std::move(bytes), limits](double min_scale) { return decode_jpeg(bytes, limits, min_scale); },
          std::move(metadata), std::move(notes)};
}

/// A JPEG file of the picture, grey or RGB; what is transparent is laid on the background and 16 bits are rounded to 8.
/// Throws ArgumentError for a quality outside 1..100, an empty picture or more than 65500 pixels a side.
inline std::vector<std::byte> encode_jpeg(const Image& image, const WriteOptions& options = {}) {
  codec::expect_encodable("JPEG", image, JPEG_MAX_DIMENSION);
  codec::expect_quality(options);
  Image laid, narrowed;
  // in sRGB, as the background is
  const Image& opaque = image.has_alpha() ? laid = on_background(image, options.background) : image;
  const codec::WrittenPicture written(opaque, options);
  const Image& flat = codec::in_layout(written.image(), opaque.channels(), 8, narrowed);
  const auto* const pixels = reinterpret_cast<const std::uint8_t*>(codec::bytes_of(flat));
  const std::vector<codec::JpegSegment> segments = codec::jpeg_segments(options.metadata, written);
  codec::JpegWriter writer;
  jpeg_compress_struct& jpeg = writer.jpeg;
  writer.errors.trap.run([&] {
    jpeg_mem_dest(&jpeg, &writer.data, &writer.size);
    jpeg.image_width = static_cast<JDIMENSION>(flat.width());
    jpeg.image_height = static_cast<JDIMENSION>(flat.height());
    jpeg.input_components = flat.channels();
    jpeg.in_color_space = flat.has_color() ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, options.quality, TRUE);
    jpeg.optimize_coding = TRUE;
    if (!options.subsample_chroma) jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
    codec::set_jpeg_resolution(jpeg, options.metadata.resolution);
    jpeg_start_compress(&jpeg, TRUE);
    for (const codec::JpegSegment& segment : segments)
      jpeg_write_marker(&jpeg, segment.marker, reinterpret_cast<const JOCTET*>(segment.content.data()),
                        static_cast<unsigned>(segment.content.size()));
    while (jpeg.next_scanline < jpeg.image_height) {
      // libjpeg reads the row but does not say so in its types
      auto* row = const_cast<JSAMPROW>(pixels + static_cast<Index>(jpeg.next_scanline) * codec::bytes_per_row(flat));
      jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
  });
  const auto bytes = std::as_bytes(std::span(writer.data, writer.size));
  return {bytes.begin(), bytes.end()};
}

}  // namespace icolorit
