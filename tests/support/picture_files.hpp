// Picture files as other programs make them: with blocks of metadata, in inks, of odd layouts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

namespace icolorit::test {

using Bytes = std::vector<std::byte>;

/// The picture whose sample c of pixel (x, y) is f(x, y, c).
template <Sample S, class F>
Image drawn(Index width, Index height, int channels, F f) {
  Image image(width, height, channels, std::numeric_limits<S>::digits);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (Index c = 0; c < channels; ++c) image.samples<S>()(y, x, c) = static_cast<S>(f(x, y, c));
  return image;
}

/// The largest difference of two pictures of one shape, in codes.
inline int largest_difference(const Image& a, const Image& b) {
  REQUIRE(a.bits() == b.bits());
  REQUIRE(a.channels() == b.channels());
  REQUIRE(a.width() == b.width());
  int most = 0;
  visit_samples(a, [&]<class S>(TensorView<S, 3> samples) {
    const auto others = b.samples<std::remove_const_t<S>>();
    for (Index i = 0; i < samples.elements(); ++i)
      most = std::max(most, std::abs(int{samples.data()[i]} - int{others.data()[i]}));
  });
  return most;
}

/// What a call says when it throws this error.
template <class E, class F>
inline std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}
inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline void put(Bytes& bytes, std::uint32_t value, int count, bool big_endian) {
  for (int i = 0; i < count; ++i)
    bytes.push_back(static_cast<std::byte>(value >> (8 * (big_endian ? count - 1 - i : i)) & 0xff));
}
inline void put(Bytes& bytes, std::string_view text) {
  for (char c : text) bytes.push_back(static_cast<std::byte>(c));
}

/// A TIFF block with nothing but an Orientation (EXIF 2.32, 4.6.2).
inline Bytes exif_block(std::uint32_t orientation, bool big_endian, std::uint32_t type = 3) {
  Bytes block;
  put(block, big_endian ? "MM" : "II");
  put(block, 42, 2, big_endian);
  put(block, 8, 4, big_endian);
  put(block, 1, 2, big_endian);
  put(block, 0x0112, 2, big_endian);
  put(block, type, 2, big_endian);
  put(block, 1, 4, big_endian);
  const int size = static_cast<int>(codec::tiff_type_size(static_cast<std::uint16_t>(type)));
  put(block, orientation, size, big_endian);
  put(block, 0, 4 - size, big_endian);
  put(block, 0, 4, big_endian);
  return block;
}

/// A segment before all others: `marker` is its second byte, `header` what its content begins with.
inline Bytes jpeg_with_segment(const Bytes& jpeg, std::uint32_t marker, std::string_view header, const Bytes& content) {
  Bytes file(jpeg.begin(), jpeg.begin() + 2);
  put(file, 0xff00 | marker, 2, true);
  put(file, static_cast<std::uint32_t>(header.size() + content.size() + 2), 2, true);
  put(file, header);
  file.insert(file.end(), content.begin(), content.end());
  file.insert(file.end(), jpeg.begin() + 2, jpeg.end());
  return file;
}
inline Bytes jpeg_with_exif(const Bytes& jpeg, const Bytes& exif) {
  return jpeg_with_segment(jpeg, 0xe1, codec::exif_header, exif);
}

/// A chunk after the header (PNG specification, section 5.3).
inline Bytes png_with_chunk(const Bytes& png, std::string_view name, const Bytes& content) {
  Bytes chunk;
  put(chunk, name);
  chunk.insert(chunk.end(), content.begin(), content.end());
  std::uint32_t crc = 0xffffffffu;  // ISO 3309, reflected
  for (std::byte byte : chunk) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  Bytes file(png.begin(), png.begin() + 33);
  put(file, static_cast<std::uint32_t>(content.size()), 4, true);
  file.insert(file.end(), chunk.begin(), chunk.end());
  put(file, ~crc, 4, true);
  file.insert(file.end(), png.begin() + 33, png.end());
  return file;
}

inline Bytes png_with_exif(const Bytes& png, const Bytes& exif) { return png_with_chunk(png, "eXIf", exif); }

/// The extended WebP container around a simple one.
inline Bytes webp_with_exif(const Bytes& webp, Index width, Index height, const Bytes& exif) {
  Bytes file;
  put(file, "RIFF");
  put(file, static_cast<std::uint32_t>(4 + 18 + (webp.size() - 12) + 8 + exif.size()), 4, false);
  put(file, "WEBPVP8X");
  put(file, 10, 4, false);
  put(file, 0x08, 4, false);
  put(file, static_cast<std::uint32_t>(width - 1), 3, false);
  put(file, static_cast<std::uint32_t>(height - 1), 3, false);
  file.insert(file.end(), webp.begin() + 12, webp.end());
  put(file, "EXIF");
  put(file, static_cast<std::uint32_t>(exif.size()), 4, false);
  file.insert(file.end(), exif.begin(), exif.end());
  return file;
}

/// A CMYK file as Photoshop writes it (Adobe marker, inks inverted) or a plain one.
inline Bytes encode_cmyk(const Image& cmyk, bool ycck, bool adobe) {
  codec::JpegWriter writer;
  jpeg_compress_struct& jpeg = writer.jpeg;
  writer.errors.trap.run([&] {
    jpeg_mem_dest(&jpeg, &writer.data, &writer.size);
    jpeg.image_width = static_cast<JDIMENSION>(cmyk.width());
    jpeg.image_height = static_cast<JDIMENSION>(cmyk.height());
    jpeg.input_components = 4;
    jpeg.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_set_colorspace(&jpeg, ycck ? JCS_YCCK : JCS_CMYK);
    jpeg.write_Adobe_marker = adobe ? TRUE : FALSE;
    jpeg_set_quality(&jpeg, 100, TRUE);
    for (int c = 0; c < 4; ++c) jpeg.comp_info[c].h_samp_factor = jpeg.comp_info[c].v_samp_factor = 1;
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
      auto* row = const_cast<JSAMPROW>(&cmyk.samples<std::uint8_t>()(jpeg.next_scanline, 0, 0));
      jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
  });
  const auto bytes = std::as_bytes(std::span(writer.data, writer.size));
  return {bytes.begin(), bytes.end()};
}

}  // namespace icolorit::test
