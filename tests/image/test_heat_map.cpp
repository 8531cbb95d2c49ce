#include <vector>

#include "icolorit/image/heat_map.hpp"
#include "icolorit/image/unit_rgb.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

Rgb<int> pixel(const Image& image, Index y, Index x) {
  const auto samples = image.samples<std::uint8_t>();
  return {samples(y, x, 0), samples(y, x, 1), samples(y, x, 2)};
}

}  // namespace

TEST_CASE("a heat map covers half of the picture with dark blue for nothing and dark red for the largest",
          "[heat_map]") {
  const Image black(6, 4, 1, 8);
  const std::vector<float> values{0, 0, 2, 2};  // (2,2): upper half 0, lower half 2
  const Image map = heat_map(black, {values.data(), {2, 2}}, 2);
  REQUIRE(map.channels() == 3);
  CHECK(pixel(map, 0, 0) == Rgb<int>{0, 0, 64});  // half of (0,0,.5)
  CHECK(pixel(map, 3, 5) == Rgb<int>{64, 0, 0});  // half of (.5,0,0)
  CHECK(heat_map(black, {values.data(), {2, 2}}, 1) != map);
  CHECK(pixel(heat_map(black, {values.data(), {2, 2}}, 1), 3, 0) == Rgb<int>{64, 0, 0});  // beyond the largest

  CHECK(heat_color(.5f) == Rgb<float>{.5f, 1, .5f});
  REQUIRE_THROWS_AS(heat_map(black, {values.data(), {0, 2}}, 1), ShapeError);
  REQUIRE_THROWS_AS(heat_map(black, {values.data(), {2, 2}}, 0), ArgumentError);
  REQUIRE_THROWS_WITH(heat_map(black, {values.data(), {2, 2}}, 0), ContainsSubstring("largest is 0"));
}

TEST_CASE("a frame surrounds its pixels and stops at the picture's border", "[heat_map]") {
  Image picture(5, 4, 3, 8);
  draw_frame(picture, 0, 1, 2);
  const char* expected[] = {"#..#.", "#..#.", "####.", "....."};
  for (Index y = 0; y < 4; ++y)
    for (Index x = 0; x < 5; ++x) {
      const int value = expected[y][x] == '#' ? 255 : 0;
      CAPTURE(y, x);
      CHECK(pixel(picture, y, x) == Rgb<int>{value, value, value});
    }
}

TEST_CASE("unit_rgb reads every kind of picture", "[unit_rgb]") {
  Image grey(2, 1, 2, 16), color(1, 1, 4, 8);
  grey.samples<std::uint16_t>()(0, 1, 0) = 65535;
  grey.samples<std::uint16_t>()(0, 0, 1) = 1000;  // alpha
  for (Index c = 0; c < 4; ++c) color.samples<std::uint8_t>()(0, 0, c) = static_cast<std::uint8_t>(51 * c);
  const Buffer<float> from_grey = unit_rgb(grey), from_color = unit_rgb(color);
  for (Index c = 0; c < 3; ++c) {
    CHECK(from_grey.view(3, 1, 2)(c, 0, 0) == 0);
    CHECK(from_grey.view(3, 1, 2)(c, 0, 1) == 1);
    CHECK(from_color.view(3, 1, 1)(c, 0, 0) == Approx(.2 * static_cast<double>(c)));
  }
}
