// Pictures read at a fraction of their size.
#include <algorithm>
#include <cmath>
#include <string>

#include "icolorit/image/resize.hpp"
#include "icolorit/io/image_file.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;

namespace {

LeastScale always(double scale) {
  return [scale](Index, Index) { return scale; };
}

/// A JPEG whose EXIF block says how it is to be turned.
std::vector<std::byte> turned_jpeg(const Image& image, std::uint16_t orientation) {
  const std::string tiff = std::string("II*\0", 4) + little<std::uint32_t>(8) + little<std::uint16_t>(1) +
                           little<std::uint16_t>(0x0112) + little<std::uint16_t>(3) + little<std::uint32_t>(1) +
                           little<std::uint32_t>(orientation) + little<std::uint32_t>(0);
  const std::string exif = std::string("Exif\0\0", 6) + tiff;
  const auto length = static_cast<std::uint16_t>(exif.size() + 2);
  const std::string marker = std::string("\xff\xe1") + static_cast<char>(length >> 8) + static_cast<char>(length & 255);
  std::vector<std::byte> jpeg = encode_jpeg(image);
  const auto block = to_bytes(marker + exif);
  jpeg.insert(jpeg.begin() + 2, block.begin(), block.end());
  return jpeg;
}

}  // namespace

TEST_CASE("A JPEG is read at the least fast fraction that suffices") {
  const Image picture = test::gradient_picture(203, 77);
  const auto jpeg = encode_jpeg(picture);
  for (const auto& [scale, eighths] :
       {std::pair{1e-9, 1}, {.125, 1}, {.126, 2}, {.3, 3}, {.375, 3}, {.5, 4}, {.51, 8}, {1., 8}}) {
    CAPTURE(scale);
    const Image reduced = decode_jpeg_reduced(jpeg, always(scale));
    REQUIRE(reduced.width() == (203 * eighths + 7) / 8);
    REQUIRE(reduced.height() == (77 * eighths + 7) / 8);
    // A gradient of less than 3 levels a pixel: both ways of shrinking average the same surroundings, up to a shift of
    // half a reduced pixel where its sides were rounded up.
    const Image expected = resize_pillow_bilinear(picture, reduced.width(), reduced.height());
    const auto a = reduced.samples<std::uint8_t>(), b = expected.samples<std::uint8_t>();
    int largest = 0;
    for (Index i = 0; i < a.elements(); ++i) largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
    REQUIRE(largest <= 16);
  }
  REQUIRE(decode_jpeg_reduced(jpeg, always(1)) == decode_jpeg(jpeg));
}

TEST_CASE("The size that is asked about is upright") {
  const auto jpeg = turned_jpeg(test::gradient_picture(80, 40), 6);
  Index width = 0, height = 0, calls = 0;
  const Image reduced = decode_image_reduced(jpeg, [&](Index w, Index h) {
    width = w;
    height = h;
    ++calls;
    return .5;
  });
  REQUIRE(calls == 1);
  REQUIRE(width == 40);
  REQUIRE(height == 80);
  REQUIRE(reduced.width() == 20);
  REQUIRE(reduced.height() == 40);
}

TEST_CASE("Formats without reduced decoding are read in full, and ask too") {
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::webp, ImageFormat::tiff}) {
    Index calls = 0;
    const auto bytes = encode_image(test::gradient_picture(60, 40), format);
    const Image whole = decode_image_reduced(bytes, [&](Index width, Index height) {
      REQUIRE(width == 60);
      REQUIRE(height == 40);
      ++calls;
      return .1;
    });
    REQUIRE(calls == 1);
    REQUIRE(whole == decode_image(bytes));
  }
}

TEST_CASE("The limit on pixels is that of the file, not of what is read of it") {
  const auto jpeg = encode_jpeg(test::gradient_picture(100, 100));
  REQUIRE_THROWS_AS(decode_jpeg_reduced(jpeg, always(.125), {.max_pixels = 9999}), FormatError);
  REQUIRE(decode_jpeg_reduced(jpeg, always(.125), {.max_pixels = 10000}).width() == 13);
}
