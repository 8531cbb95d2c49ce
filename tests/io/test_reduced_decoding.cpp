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
    const Image reduced = decode_jpeg(jpeg, {}, scale);
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
  REQUIRE(decode_jpeg(jpeg, {}, 1) == decode_jpeg(jpeg));
}

TEST_CASE("The size of an opened picture is upright") {
  const OpenedImage opened = open_image(turned_jpeg(test::gradient_picture(80, 40), 6));
  REQUIRE(opened.width == 40);
  REQUIRE(opened.height == 80);
  const Image reduced = opened.decode(.5);
  REQUIRE(reduced.width() == 20);
  REQUIRE(reduced.height() == 40);
}

TEST_CASE("Formats without reduced decoding are read in full, and have a size too") {
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::webp, ImageFormat::tiff}) {
    const auto bytes = encode_image(test::gradient_picture(60, 40), format);
    const OpenedImage opened = open_image(bytes);
    REQUIRE(opened.width == 60);
    REQUIRE(opened.height == 40);
    REQUIRE(opened.decode(.1) == decode_image(bytes));
  }
}

TEST_CASE("The limit on pixels is that of the file, not of what is read of it") {
  const auto jpeg = encode_jpeg(test::gradient_picture(100, 100));
  REQUIRE_THROWS_AS(decode_jpeg(jpeg, {.max_pixels = 9999}, .125), FormatError);
  REQUIRE_THROWS_AS(open_image(jpeg, {.max_pixels = 9999}), FormatError);
  REQUIRE(decode_jpeg(jpeg, {.max_pixels = 10000}, .125).width() == 13);
}
