// Toned prints are told from photographs of things that have one colour.
#include <cmath>

#include "icolorit/core/random.hpp"
#include "icolorit/image/one_hue.hpp"
#include "icolorit/io/image_file.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// f(y, x) gives the three components in [0,255].
template <class F>
Image painted(F&& f) {
  Image image(120, 90, 3, 8);
  const auto samples = image.samples<std::uint8_t>();
  for (Index y = 0; y < 90; ++y)
    for (Index x = 0; x < 120; ++x) {
      const std::array<double, 3> rgb = f(static_cast<double>(y), static_cast<double>(x));
      for (Index c = 0; c < 3; ++c)
        samples(y, x, c) = static_cast<std::uint8_t>(std::clamp(rgb[static_cast<std::size_t>(c)], 0., 255.));
    }
  return image;
}

/// Light and shadow of some scene, in [30,220].
double shade(double y, double x) {
  return 125 + 60 * std::sin(.07 * x) * std::cos(.09 * y) + 35 * std::sin(.31 * (x + y));
}

}  // namespace

TEST_CASE("a sepia scan has one hue, also with film grain and after JPEG", "[hue]") {
  Random random(2);
  const Image sepia = painted([&](double y, double x) {
    const double grey = shade(y, x) + 12 * random.uniform() - 6;
    return std::array{1.05 * grey + 14, .93 * grey + 4, .74 * grey - 2};
  });
  CHECK(is_one_hue(sepia));
  CHECK(is_one_hue(decode_image(encode_jpeg(sepia))));
}

TEST_CASE("a scan on yellowed paper and a cyanotype have one hue", "[hue]") {
  const Image paper = painted([](double y, double x) {
    const double grey = shade(y, x);
    return std::array{20 + .88 * grey, 16 + .83 * grey, 12 + .69 * grey};
  });
  CHECK(is_one_hue(paper));
  const Image cyanotype = painted([](double y, double x) {
    const double light = shade(y, x) / 255;
    return std::array{255 * std::pow(light, 1.6), 255 * std::pow(light, 1.05), 40 + 215 * std::pow(light, .7)};
  });
  CHECK(is_one_hue(cyanotype));
  CHECK(is_one_hue(decode_image(encode_jpeg(cyanotype, {.quality = 90, .subsample_chroma = true}))));
}

TEST_CASE("grey pictures have one hue, however many channels they have", "[hue]") {
  CHECK(is_one_hue(Image(5, 5, 1, 8)));
  CHECK(is_one_hue(painted([](double y, double x) { return std::array{shade(y, x), shade(y, x), shade(y, x)}; })));
}

TEST_CASE("a forest of many greens and a sky beside sand are no toned prints", "[hue]") {
  Random random(3);
  const Image forest = painted([&](double y, double x) {
    const double light = shade(y, x), leaf = random.uniform();
    return std::array{(.45 + .4 * leaf) * light, .85 * light, (.25 + .15 * std::sin(.2 * x)) * light};
  });
  CHECK_FALSE(is_one_hue(forest));
  // Blue and its complement lie on one line through grey, but on both sides of it.
  const Image beach = painted([](double y, double x) {
    const double light = shade(y, x);
    return y < 45 ? std::array{.8 * light, .95 * light, 1.15 * light}
                  : std::array{1.15 * light, 1.02 * light, .8 * light};
  });
  CHECK_FALSE(is_one_hue(beach));
}

TEST_CASE("a bag of one colour before a grey wall, and a sunset, are no toned prints", "[hue]") {
  // One hue, but at equal lightness some things have it and others do not.
  const Image bag = painted([](double y, double x) {
    const double light = shade(y, x);
    const bool inside = std::hypot(y - 45, x - 60) < 25;
    return inside ? std::array{1.1 * light, .5 * light, .8 * light} : std::array{.7 * light, .7 * light, .7 * light};
  });
  CHECK_FALSE(is_one_hue(bag));
  CHECK_FALSE(is_one_hue(decode_image(encode_jpeg(bag))));
  // Dark blue above, bright orange below: the colour follows the lightness, but there are two hues.
  const Image sunset = painted([](double y, double) {
    const double height = y / 90;
    return std::array{30 + 210 * height, 40 + 110 * height, 110 - 60 * height};
  });
  CHECK_FALSE(is_one_hue(sunset));
}
