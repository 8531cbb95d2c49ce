// JPEG through libjpeg-turbo (or any libjpeg with memory sources).
#pragma once

#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>

#include <jerror.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/convert.hpp"
#include "icolorit/image/opened_image.hpp"
#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/exif.hpp"

namespace icolorit {

namespace codec {

/// The error handling of one libjpeg object. libjpeg never prints: errors, and those warnings that mean lost pixels,
/// jump to the trap; other warnings (stray bytes between markers, odd version numbers) are dropped.
struct JpegErrors {
  LongJumpTrap trap{"JPEG"};
  jpeg_error_mgr manager{};

  JpegErrors() {
    jpeg_std_error(&manager);
    manager.error_exit = fail;
    manager.emit_message = [](j_common_ptr jpeg, int level) {
      const int code = jpeg->err->msg_code;
      if (level < 0 && (code == JWRN_HIT_MARKER || code == JWRN_JPEG_EOF || code == JWRN_HUFF_BAD_CODE ||
                        code == JWRN_MUST_RESYNC || code == JWRN_ARITH_BAD_CODE))
        fail(jpeg);
    };
    manager.output_message = [](j_common_ptr) {};
  }
  static void fail(j_common_ptr jpeg) {
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    static_cast<JpegErrors*>(jpeg->client_data)->trap.fail(message);
  }
};

struct JpegReader {
  JpegErrors errors;
  jpeg_progress_mgr progress{};
  jpeg_decompress_struct jpeg{};

  JpegReader() {
    jpeg.err = &errors.manager;
    jpeg.client_data = &errors;
    errors.trap.run([this] { jpeg_create_decompress(&jpeg); });
    // a small progressive file can ask for thousands of passes over a huge picture
    progress.progress_monitor = [](j_common_ptr common) {
      if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number > 500)
        static_cast<JpegErrors*>(common->client_data)->trap.fail("more than 500 scans");
    };
    jpeg.progress = &progress;
  }
  ~JpegReader() { jpeg_destroy_decompress(&jpeg); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
};

struct JpegWriter {
  JpegErrors errors;
  jpeg_compress_struct jpeg{};
  unsigned char* data = nullptr;  // libjpeg's, by malloc
  unsigned long size = 0;

  JpegWriter() {
    jpeg.err = &errors.manager;
    jpeg.client_data = &errors;
    errors.trap.run([this] { jpeg_create_compress(&jpeg); });
  }
  ~JpegWriter() {
    jpeg_destroy_compress(&jpeg);
    std::free(data);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;
};

/// Ink to light without a profile, both 0..255: R = (255 - C)(255 - K) / 255. Adobe's files hold 255 - C and so on.
inline void cmyk_to_rgb(std::uint8_t* rgb, const std::uint8_t* cmyk, Index pixels, bool inverted) {
  const auto light = [inverted](std::uint8_t ink) { return inverted ? ink : 255 - ink; };
  for (Index i = 0; i < pixels; ++i)
    for (Index c = 0; c < 3; ++c)
      rgb[3 * i + c] = static_cast<std::uint8_t>((light(cmyk[4 * i + c]) * light(cmyk[4 * i + 3]) + 127) / 255);
}

/// The least n of 1, 2, 3, 4 and 8 with n/8 >= scale: libjpeg-turbo takes as long for 5 eighths as for all, and longer
/// for 6 and 7.
inline unsigned jpeg_eighths(double scale) {
  return scale > .5 ? 8 : static_cast<unsigned>(std::clamp(std::ceil(8 * scale), 1.0, 4.0));
}

/// Reads everything before the pixels and returns the Orientation of the EXIF block, 1 without one. Throws FormatError.
inline int read_jpeg_header(JpegReader& reader, std::span<const std::byte> bytes, const DecodeLimits& limits) {
  jpeg_decompress_struct& jpeg = reader.jpeg;
  reader.errors.trap.run([&] {
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned long>(bytes.size()));
    jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&jpeg, TRUE);
  });
  if (jpeg.data_precision != 8)
    throw FormatError(concat("the JPEG picture has ", jpeg.data_precision, " bits a sample, only 8 are supported"));
  // libjpeg may hold all of it, whatever scale is asked for
  expect_allowed("JPEG", static_cast<Index>(jpeg.image_width), static_cast<Index>(jpeg.image_height), 3, limits);
  int orientation = 1;
  for (auto* marker = jpeg.marker_list; marker != nullptr && orientation == 1; marker = marker->next) {
    const auto block = std::as_bytes(std::span(marker->data, marker->data_length));
    if (has_text_at(block, 0, exif_header)) orientation = exif_orientation(block);
  }
  return orientation;
}

}  // namespace codec

/// A JPEG picture of 8 bits: grey stays grey, everything else becomes RGB (CMYK and YCCK too); turned upright by EXIF.
/// Both sides are read at n/8 of their size, rounded up, n = 1, 2, 3, 4 or 8, the least from `min_scale` up: a part
/// of each block's frequencies makes a smaller picture in less time. A file that ends too early is an error, not a
/// half-grey picture. Throws FormatError.
inline Image decode_jpeg(std::span<const std::byte> bytes, const DecodeLimits& limits = {}, double min_scale = 1) {
  codec::JpegReader reader;
  jpeg_decompress_struct& jpeg = reader.jpeg;
  const int orientation = codec::read_jpeg_header(reader, bytes, limits);
  const bool cmyk = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  const bool grey = jpeg.jpeg_color_space == JCS_GRAYSCALE;
  const bool inverted = jpeg.saw_Adobe_marker != FALSE;
  jpeg.out_color_space = cmyk ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg.scale_num = codec::jpeg_eighths(min_scale);
  jpeg.scale_denom = 8;
  reader.errors.trap.run([&] { jpeg_calc_output_dimensions(&jpeg); });
  Image image = codec::blank_picture("JPEG", static_cast<Index>(jpeg.output_width),
                                     static_cast<Index>(jpeg.output_height), grey ? 1 : 3, 8, limits);

  auto* const pixels = reinterpret_cast<std::uint8_t*>(codec::bytes_of(image));
  std::vector<std::uint8_t> inks(cmyk ? static_cast<std::size_t>(4 * image.width()) : 0);
  reader.errors.trap.run([&] {
    jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height) {
      std::uint8_t* const row = pixels + static_cast<Index>(jpeg.output_scanline) * codec::bytes_per_row(image);
      JSAMPROW target = cmyk ? inks.data() : row;
      jpeg_read_scanlines(&jpeg, &target, 1);
      if (cmyk) codec::cmyk_to_rgb(row, inks.data(), image.width(), inverted);
    }
    jpeg_finish_decompress(&jpeg);
  });

  return upright(std::move(image), orientation);
}

/// The size of a JPEG picture from its header, and its pixels by decode_jpeg. Throws FormatError.
inline OpenedImage open_jpeg(std::vector<std::byte> bytes, const DecodeLimits& limits = {}) {
  codec::JpegReader reader;
  const bool turned = codec::read_jpeg_header(reader, bytes, limits) >= 5;
  const auto width = static_cast<Index>(reader.jpeg.image_width), height = static_cast<Index>(reader.jpeg.image_height);
  return {turned ? height : width, turned ? width : height,
          [bytes = std::move(bytes), limits](double min_scale) { return decode_jpeg(bytes, limits, min_scale); }};
}

/// A JPEG file of the picture, grey or RGB; alpha is dropped and 16 bits are rounded to 8.
/// Throws ArgumentError for a quality outside 1..100, an empty picture or more than 65500 pixels a side.
inline std::vector<std::byte> encode_jpeg(const Image& image, const WriteOptions& options = {}) {
  codec::expect_encodable("JPEG", image, JPEG_MAX_DIMENSION);
  codec::expect_quality(options);
  const Image flat = converted(image, image.has_color() ? 3 : 1, 8);
  const auto* const pixels = reinterpret_cast<const std::uint8_t*>(codec::bytes_of(flat));
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
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
      // libjpeg reads the row but does not say so in its types
      auto* row = const_cast<JSAMPROW>(pixels + static_cast<Index>(jpeg.next_scanline) * codec::bytes_per_row(flat));
      jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
  });
  const auto written = std::as_bytes(std::span(writer.data, writer.size));
  return {written.begin(), written.end()};
}

}  // namespace icolorit
