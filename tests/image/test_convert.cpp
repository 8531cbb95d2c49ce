// Turning pictures upright and changing their channels and depth.
#include "icolorit/image/convert.hpp"

#include <numeric>
#include <span>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

template <Sample S>
Image image_of(Index width, Index height, int channels, const std::vector<S>& values) {
  Image image(width, height, channels, std::numeric_limits<S>::digits);
  REQUIRE(static_cast<Index>(values.size()) == image.samples<S>().elements());
  std::ranges::copy(values, image.samples<S>().data());
  return image;
}

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint16_t>;

}  // namespace

TEST_CASE("each of the eight orientations is turned upright", "[orientation]") {
  // stored as   1 2 3
  //             4 5 6
  const Image stored = image_of<std::uint8_t>(3, 2, 1, {1, 2, 3, 4, 5, 6});
  const auto upright_is = [&](int orientation, Index width, Index height, const Bytes& values) {
    CAPTURE(orientation);
    REQUIRE(upright(stored, orientation) == image_of(width, height, 1, values));
  };
  upright_is(1, 3, 2, {1, 2, 3, 4, 5, 6});
  upright_is(2, 3, 2, {3, 2, 1, 6, 5, 4});  // row 0 is the top, column 0 the right
  upright_is(3, 3, 2, {6, 5, 4, 3, 2, 1});  // bottom, right
  upright_is(4, 3, 2, {4, 5, 6, 1, 2, 3});  // bottom, left
  upright_is(5, 2, 3, {1, 4, 2, 5, 3, 6});  // row 0 is the left, column 0 the top
  upright_is(6, 2, 3, {4, 1, 5, 2, 6, 3});  // right, top
  upright_is(7, 2, 3, {6, 3, 5, 2, 4, 1});  // right, bottom
  upright_is(8, 2, 3, {3, 6, 2, 5, 1, 4});  // left, bottom
  upright_is(0, 3, 2, {1, 2, 3, 4, 5, 6});
  upright_is(9, 3, 2, {1, 2, 3, 4, 5, 6});
}

TEST_CASE("turning keeps the channels of a pixel together at both depths", "[orientation]") {
  REQUIRE(upright(image_of<std::uint8_t>(2, 1, 3, {1, 2, 3, 4, 5, 6}), 6) ==
          image_of<std::uint8_t>(1, 2, 3, {1, 2, 3, 4, 5, 6}));
  REQUIRE(upright(image_of<std::uint16_t>(2, 1, 2, {1000, 2000, 3000, 4000}), 2) ==
          image_of<std::uint16_t>(2, 1, 2, {3000, 4000, 1000, 2000}));
}

TEST_CASE("depth and channels are converted", "[convert]") {
  const Image grey = image_of<std::uint8_t>(2, 1, 1, {0, 200});
  REQUIRE(converted(grey, 3, 8) == image_of<std::uint8_t>(2, 1, 3, {0, 0, 0, 200, 200, 200}));
  REQUIRE(converted(grey, 4, 16) == image_of<std::uint16_t>(2, 1, 4, {0, 0, 0, 65535, 51400, 51400, 51400, 65535}));
  const Image grey_alpha = image_of<std::uint8_t>(1, 1, 2, {9, 7});
  REQUIRE(converted(grey_alpha, 4, 8) == image_of<std::uint8_t>(1, 1, 4, {9, 9, 9, 7}));
  REQUIRE(converted(grey_alpha, 1, 8) == image_of<std::uint8_t>(1, 1, 1, {9}));
  REQUIRE_THROWS_AS(converted(Image(1, 1, 3, 8), 1, 8), ArgumentError);
  REQUIRE_THROWS_AS(converted(Image(1, 1, 3, 8), 3, 12), ArgumentError);
  REQUIRE_THROWS_AS(converted(Image(), 3, 8), ArgumentError);
}

TEST_CASE("16 bits become 8 by rounding, and 8 bits survive the way there and back", "[convert]") {
  Words all(65536);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  const Image small = converted(image_of(256, 256, 1, all), 1, 8);
  for (Index value = 0; value < 65536; ++value) {
    const double exact = static_cast<double>(value) * 255 / 65535;
    REQUIRE(std::abs(small.samples<std::uint8_t>().data()[value] - exact) <= 0.5);
  }
  Bytes bytes(256);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  const Image image = image_of(16, 16, 1, bytes);
  REQUIRE(converted(converted(image, 1, 16), 1, 8) == image);
}
