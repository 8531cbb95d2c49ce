// Pixels of a program's own, in every layout that windows and other libraries use.
#include "icolorit/image/pixels.hpp"

#include <cstddef>
#include <cstring>
#include <vector>

#include "support/catch.hpp"

using namespace icolorit;
using Catch::Matchers::Contains;

namespace {

/// The sample (y,x,c) of the pictures below: another one everywhere, in 16 bits with two different bytes.
template <Sample S>
S value_at(Index y, Index x, Index c) {
  return static_cast<S>((sizeof(S) == 1 ? 1 : 263) * (1 + 40 * y + 5 * x + c));
}

template <Sample S>
Image counted(Index width, Index height, int channels) {
  Image image(width, height, channels, std::numeric_limits<S>::digits);
  const auto samples = image.samples<S>();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) samples(y, x, c) = value_at<S>(y, x, c);
  return image;
}

constexpr std::byte untouched{0xA5};

/// Rows of `counted`'s samples in memory that is laid out by hand, sample by sample, the bytes between them
/// `untouched`.
template <Sample S>
struct Memory {
  Memory(Index width, Index height, int channels, Index row_stride, PixelOrder order, bool filled = true)
      : stride(row_stride), bytes(static_cast<std::size_t>(std::abs(row_stride) * height), untouched) {
    top = bytes.data() + (row_stride < 0 ? -row_stride * (height - 1) : 0);
    if (!filled) return;
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x)
        for (int c = 0; c < channels; ++c) {
          const bool swaps = order == PixelOrder::bgr && channels >= 3 && c < 3;
          const S value = value_at<S>(y, x, swaps ? 2 - c : c);
          std::memcpy(top + y * stride + (x * channels + c) * static_cast<Index>(sizeof(S)), &value, sizeof(S));
        }
  }

  S* pixels() { return reinterpret_cast<S*>(top); }

  Index stride;
  std::vector<std::byte> bytes;
  std::byte* top;
};

}  // namespace

TEMPLATE_TEST_CASE("pictures of every layout are copied in and come out byte for byte", "[pixels]", std::uint8_t,
                   std::uint16_t) {
  using S = TestType;
  constexpr Index width = 7, height = 5;
  const int channels = GENERATE(1, 2, 3, 4);
  const PixelOrder order = GENERATE(PixelOrder::rgb, PixelOrder::bgr);
  const Index padding = GENERATE(0, 1, 4, 13);  // odd ones leave 16-bit samples at odd addresses
  const bool bottom_up = GENERATE(false, true);
  CAPTURE(channels, order == PixelOrder::bgr, padding, bottom_up);
  const Index row = width * channels * static_cast<Index>(sizeof(S));
  const Index stride = bottom_up ? -(row + padding) : row + padding;

  Memory<S> memory(width, height, channels, stride, order);
  const Image image = image_from(memory.pixels(), width, height, channels, stride, order);
  CHECK(image == counted<S>(width, height, channels));

  Memory<S> copy(width, height, channels, stride, order, false);
  copy_to(image, copy.pixels(), channels, stride, order);
  CHECK(copy.bytes == memory.bytes);  // the padding, too, is as it was
}

TEST_CASE("without a stride the rows follow each other, colours red first", "[pixels]") {
  const std::vector<std::uint8_t> pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const Image image = image_from(pixels.data(), 2, 2, 3);
  CHECK(image.samples<std::uint8_t>()(0, 1, 0) == 4);
  CHECK(image.samples<std::uint8_t>()(1, 0, 2) == 9);
  std::vector<std::uint8_t> back(12);
  copy_to(image, back.data(), 3);
  CHECK(back == pixels);
}

TEST_CASE("a picture is copied into pixels of another kind", "[pixels]") {
  const std::vector<std::uint8_t> color{10, 20, 30};
  std::vector<std::uint8_t> bgra(4);
  copy_to(image_from(color.data(), 1, 1, 3), bgra.data(), 4, 0, PixelOrder::bgr);
  CHECK(bgra == std::vector<std::uint8_t>{30, 20, 10, 255});  // opaque

  const std::vector<std::uint16_t> deep{257 * 10, 257 * 20, 257 * 30, 0};
  std::vector<std::uint8_t> shown(3);
  copy_to(image_from(deep.data(), 1, 1, 4), shown.data(), 3);
  CHECK(shown == color);

  const std::uint8_t grey = 77;
  copy_to(image_from(&grey, 1, 1, 1), bgra.data(), 4, 0, PixelOrder::bgr);
  CHECK(bgra == std::vector<std::uint8_t>{77, 77, 77, 255});
}

TEST_CASE("a picture is copied into a view of any depth and order, and only of its own size", "[pixels]") {
  const std::vector<std::uint8_t> colors{10, 20, 30, 40, 50, 60};
  const Image image = image_from(colors.data(), 1, 2, 3);
  std::vector<std::uint8_t> bgr(8, 7);  // rows of 4 bytes, one of which belongs to nobody
  copy_to(image, MutableImageView(bgr.data(), 1, 2, 3, 4, PixelOrder::bgr));
  CHECK(bgr == std::vector<std::uint8_t>{30, 20, 10, 7, 60, 50, 40, 7});

  std::vector<float> floats(8);
  copy_to(image, MutableImageView(floats.data(), 1, 2, 4));
  CHECK(floats[0] == 10 / 255.f);
  CHECK(floats[3] == 1);
  CHECK(floats[6] == 60 / 255.f);

  Image copy(1, 2, 3, 8), wide(2, 1, 3, 8);
  copy_to(image, copy);
  CHECK(copy == image);
  CHECK_THROWS_AS(copy_to(image, wide), ShapeError);
}

TEST_CASE("pixels that no picture can have are refused by name", "[pixels]") {
  std::vector<std::uint8_t> pixels(64);
  const std::uint8_t* const nothing = nullptr;
  CHECK_THROWS_WITH(image_from(nothing, 4, 4, 3), ContainsSubstring("image_from: the pixels are a null pointer"));
  CHECK_THROWS_WITH(
      image_from(pixels.data(), 4, 4, 3, 11),
      ContainsSubstring("image_from: the row stride is 11 bytes, expected at least the 12 bytes of a row"));
  CHECK_THROWS_AS(image_from(pixels.data(), 4, 4, 3, -11), ArgumentError);
  CHECK_THROWS_AS(image_from(pixels.data(), 0, 4, 3), ArgumentError);
  CHECK_THROWS_AS(image_from(pixels.data(), 4, -1, 3), ArgumentError);
  CHECK_THROWS_AS(image_from(pixels.data(), 4, 4, 5), ArgumentError);
  CHECK_THROWS_AS(image_from(pixels.data(), 4, 4, 0), ArgumentError);

  const Image image = image_from(pixels.data(), 4, 4, 3);
  CHECK_THROWS_WITH(copy_to(image, static_cast<std::uint8_t*>(nullptr), 3), ContainsSubstring("copy_to"));
  CHECK_THROWS_WITH(copy_to(image, pixels.data(), 4, 12), ContainsSubstring("expected at least the 16 bytes of a row"));
  CHECK_THROWS_AS(copy_to(image, pixels.data(), 1), ArgumentError);  // colour does not become grey by itself
  CHECK_THROWS_AS(copy_to(image, pixels.data(), 9), ArgumentError);
  CHECK_THROWS_AS(copy_to(Image(), pixels.data(), 3), ArgumentError);
}

TEST_CASE("floats that are not from 0 to 1 are refused, those a little above 1 are not", "[pixels][errors]") {
  std::vector<float> samples(12, 200.f);
  const ImageView bytes_as_floats(samples.data(), 4, 3, 1);
  CHECK_THROWS_WITH(image_from(bytes_as_floats), Contains("sample is 200") && Contains("divide"));
  std::fill(samples.begin(), samples.end(), 1.01f);
  CHECK(image_from(bytes_as_floats).samples<std::uint16_t>()(0, 0, 0) == 65535);
}
