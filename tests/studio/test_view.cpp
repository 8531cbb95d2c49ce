// Views: parts of pictures at any scale; outlines of masks.
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/studio/outline.hpp"
#include "icolorit/studio/view.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::studio;

/// The sample of a view's pixel.
int at(const std::vector<std::uint8_t>& rgb, Index width, Index x, Index y, Index c) {
  return rgb[static_cast<std::size_t>((y * width + x) * 3 + c)];
}

}  // namespace

TEST_CASE("a view at the scale of 1 shows the pixels as they are, of any depth and channels") {
  for (const int channels : {1, 2, 3, 4})
    for (const int bits : {8, 16}) {
      const Image image = channels >= 3 ? test::gradient_picture(50, 40, 3, channels, bits)
                                        : converted(test::grey_picture(50, 40, channels), channels, bits);
      const std::vector<std::uint8_t> rgb = view_of(image, {5, 7, 20, 10, 20, 10}, 50, 40, 2);
      visit_samples(image, [&](auto samples) {
        for (Index y = 0; y < 10; ++y)
          for (Index x = 0; x < 20; ++x)
            for (Index c = 0; c < 3; ++c) {
              const auto sample = samples(y + 7, x + 5, channels >= 3 ? c : 0);
              REQUIRE(at(rgb, 20, x, y, c) == (bits == 8 ? sample : (sample + 128) / 257));
            }
      });
    }
}

TEST_CASE("a view that reduces takes means, and one that enlarges is linear in between") {
  Image image(8, 4, 1, 8);
  const auto samples = image.samples<std::uint8_t>();
  for (Index y = 0; y < 4; ++y)
    for (Index x = 0; x < 8; ++x) samples(y, x, 0) = static_cast<std::uint8_t>(20 * x);
  const std::vector<std::uint8_t> half = view_of(image, {0, 0, 8, 4, 4, 2}, 8, 4, 1);
  CHECK(at(half, 4, 1, 0, 0) == 50);  // around the middle of the pixels of 40 and 60
  const std::vector<std::uint8_t> twice = view_of(image, {0, 0, 8, 4, 16, 8}, 8, 4, 1);
  CHECK(at(twice, 16, 4, 3, 0) == 35);  // a quarter from 40 towards 20
  CHECK(at(twice, 16, 0, 0, 0) == 0);
  CHECK(at(twice, 16, 15, 7, 0) == 140);
  // A copy of half the size stands for the same part, but for its detail.
  const std::vector<std::uint8_t> small = view_of(image, {2, 0, 4, 4, 4, 4}, 16, 8, 1);
  CHECK(at(small, 4, 3, 0, 0) == Approx(20 * (5.5 / 2 - .5)).margin(1));
}

TEST_CASE("taking the lightness of another picture keeps the colours") {
  const Image colored = test::gradient_picture(64, 8, 5), grey = test::grey_picture(64, 8, 3);
  std::vector<std::uint8_t> rgb = view_of(colored, {0, 0, 64, 8, 64, 8}, 64, 8, 1);
  take_lightness(rgb, view_of(grey, {0, 0, 64, 8, 64, 8}, 64, 8, 1), 2);
  const auto lab_at = [&](const std::vector<std::uint8_t>& pixels, std::size_t i) {
    return Lab<float>(Rgb<std::uint8_t>{pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]});
  };
  const std::vector<std::uint8_t> sharp = view_of(grey, {0, 0, 64, 8, 64, 8}, 64, 8, 1);
  for (std::size_t i = 0; i < 64 * 8; ++i) REQUIRE(lab_at(rgb, i).l == Approx(lab_at(sharp, i).l).margin(.6));
  take_grey(rgb, 2);
  for (std::size_t i = 0; i < 64 * 8; ++i) REQUIRE(std::abs(lab_at(rgb, i).b) < 1);
}

TEST_CASE("an outline runs around what is inside, and around holes") {
  Buffer<float> values(8 * 10);
  const auto mask = values.view(8, 10);
  for (Index y = 0; y < 8; ++y)
    for (Index x = 0; x < 10; ++x) mask(y, x) = x >= 2 && x < 8 && y >= 1 && y < 7 && !(x == 4 && y == 3) ? 1.f : 0.f;
  const auto lines = outline(std::as_const(values).view(8, 10), {2, 3});
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == std::vector<Point>{{4, 3}, {16, 3}, {16, 21}, {4, 21}});
  CHECK(lines[1].size() == 4);
}
