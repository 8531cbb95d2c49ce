// libjpeg's objects, whose errors become exceptions, and where a picture in a JPEG file ends.
#pragma once

#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>

#include <jerror.h>

#include <cstdlib>
#include <span>

#include "icolorit/io/codecs/codec.hpp"

namespace icolorit::codec {

/// The error handling of one libjpeg object. libjpeg never prints: errors, and those warnings that mean lost pixels,
/// jump to the trap; other warnings (stray bytes between markers, odd version numbers) are dropped.
struct JpegErrors {
  LongJumpTrap trap{"JPEG"};
  jpeg_error_mgr manager{};
  bool ended = false;       ///< the bytes came to an end before the picture's end marker
  unsigned components = 0;  ///< a bit for each component of which a scan was begun

  JpegErrors() {
    jpeg_std_error(&manager);
    manager.error_exit = fail;
    manager.emit_message = [](j_common_ptr jpeg, int level) {
      const int code = jpeg->err->msg_code;
      if (level >= 0) return;
      if (code == JWRN_JPEG_EOF) static_cast<JpegErrors*>(jpeg->client_data)->ended = true;
      if (code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_MUST_RESYNC ||
          code == JWRN_ARITH_BAD_CODE)
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
    progress.progress_monitor = [](j_common_ptr common) {
      const auto* const file = reinterpret_cast<j_decompress_ptr>(common);
      auto* const state = static_cast<JpegErrors*>(common->client_data);
      for (int i = 0; i < file->comps_in_scan; ++i) state->components |= 1u << file->cur_comp_info[i]->component_index;
      // a small progressive file can ask for thousands of passes over a huge picture
      if (file->input_scan_number > 500) state->trap.fail("more than 500 scans");
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

/// How many of the bytes after the header of a picture's first scan belong to the picture: up to its end marker, or,
/// where that is missing, up to the first marker that no picture has there, such as the beginning of another picture
/// (ISO 10918-1, B.1 and B.2).
inline std::size_t jpeg_scans_size(std::span<const std::byte> bytes) {
  const auto at = [&](std::size_t i) { return i < bytes.size() ? std::to_integer<unsigned>(bytes[i]) : 0u; };
  std::size_t position = 0;
  while (position + 1 < bytes.size()) {
    const unsigned code = at(position + 1);
    const bool data = at(position) != 0xff || code == 0 || code == 0xff || (code >= 0xd0 && code <= 0xd7);
    if (data) {
      ++position;
      continue;
    }
    if (code == 0xd9) return position + 2;
    const bool between_scans = code == 0xc4 || code == 0xcc || (code >= 0xda && code <= 0xdd) || code == 0xfe ||
                               (code >= 0xe0 && code <= 0xef);
    if (!between_scans) return position;
    position += 2 + (at(position + 2) << 8 | at(position + 3));
  }
  return bytes.size();
}

/// Throws FormatError where the scans of a file without an end marker are not the whole picture. For files of several
/// scans, after jpeg_start_decompress; that of a single one shows by itself when it ends too early.
inline void expect_all_scans(const JpegReader& reader) {
  const jpeg_decompress_struct& jpeg = reader.jpeg;
  if (!reader.errors.ended) return;
  bool complete = jpeg.arith_code == FALSE && reader.errors.components == (1u << jpeg.num_components) - 1;
  if (jpeg.coef_bits != nullptr)  // of a progressive picture: 0 where a coefficient has its last bit
    for (int component = 0; component < jpeg.num_components; ++component)
      for (const int missing : std::span(jpeg.coef_bits[component], DCTSIZE2)) complete = complete && missing == 0;
  if (!complete) throw FormatError("damaged or unsupported JPEG data: the file ends too early");
}

}  // namespace icolorit::codec
