#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/random.hpp"
#include "icolorit/image/color_space.hpp"
#include "icolorit/image/fast_color.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

struct GoldenColor {
  std::string function;
  double in[3], out[3];
};

std::vector<GoldenColor> golden_colors() {
  std::ifstream file(std::string(ICOLORIT_GOLDEN_DIR) + "/color.txt");
  std::vector<GoldenColor> colors;
  for (GoldenColor c; file >> c.function >> c.in[0] >> c.in[1] >> c.in[2] >> c.out[0] >> c.out[1] >> c.out[2];)
    colors.push_back(c);
  return colors;
}

/// Largest difference in network units.
template <class T>
double distance(const Lab<T>& lab, const double (&expected)[3]) {
  return std::max({std::abs(double(lab.l) - expected[0]) / 100, std::abs(double(lab.a) - expected[1]) / 110,
                   std::abs(double(lab.b) - expected[2]) / 110});
}

template <class T>
double distance(const Rgb<T>& rgb, const double (&expected)[3]) {
  return std::max({std::abs(double(rgb.r) - expected[0]), std::abs(double(rgb.g) - expected[1]),
                   std::abs(double(rgb.b) - expected[2])});
}

}  // namespace

TEMPLATE_TEST_CASE("colours equal those of the executable specification", "[color]", float, double) {
  // double: the golden file has 12 digits of values up to 220; float: the promise of 1e-5 network units
  const double tolerance = sizeof(TestType) == 8 ? 1e-11 : 1e-5;
  const auto colors = golden_colors();
  REQUIRE(colors.size() == 475);
  for (const auto& c : colors) {
    const auto x = TestType(c.in[0]), y = TestType(c.in[1]), z = TestType(c.in[2]);
    INFO(c.function << ' ' << c.in[0] << ' ' << c.in[1] << ' ' << c.in[2]);
    if (c.function == "rgb_to_lab")
      REQUIRE(distance(rgb_to_lab(Rgb<TestType>{x, y, z}), c.out) < tolerance);
    else
      REQUIRE(distance(lab_to_rgb(Lab<TestType>{x, y, z}), c.out) < tolerance);
  }
}

TEST_CASE("Lab and back gives the colour", "[color]") {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const Rgb<double> rgb{random.uniform(), random.uniform(), random.uniform()};
    const Rgb<double> again = lab_to_rgb(rgb_to_lab(rgb));
    const double expected[3] = {rgb.r, rgb.g, rgb.b};
    // the matrices' product differs from 1 by 9e-9 and the curves jump by 4e-7 at their knees, which the line's slope
    // of 12.92 / 7.787 and the matrix (3.24) enlarge
    REQUIRE(distance(again, expected) < 5e-6);
  }
}

TEST_CASE("network units", "[color]") {
  STATIC_REQUIRE(normalise(Lab<double>{75, 55, -110}) == Lab<double>{.25, .5, -1});
  STATIC_REQUIRE(denormalise(Lab<double>{.25, .5, -1}) == Lab<double>{75, 55, -110});
}

TEST_CASE("a batch may be planar or interleaved, and converted in place", "[color]") {
  constexpr Index batch = 2, height = 3, width = 5, elements = batch * 3 * height * width;
  std::vector<float> planar(elements), interleaved(elements);
  Random random(2);
  const TensorView<float, 4> p(planar.data(), {batch, 3, height, width});
  const TensorView<float, 4> q(interleaved.data(), {batch, 3, height, width}, {3 * height * width, 1, 3 * width, 3});
  for (Index n = 0; n < batch; ++n)
    for (Index c = 0; c < 3; ++c)
      for (Index y = 0; y < height; ++y)
        for (Index x = 0; x < width; ++x) p(n, c, y, x) = q(n, c, y, x) = static_cast<float>(random.uniform());
  std::vector<float> out(elements);
  const TensorView<float, 4> from_interleaved(out.data(), {batch, 3, height, width});
  rgb_to_lab(from_interleaved, q);
  const Lab<float> first = rgb_to_lab(Rgb<float>{p(1, 0, 2, 4), p(1, 1, 2, 4), p(1, 2, 2, 4)});
  rgb_to_lab(p, p);
  REQUIRE(out == planar);
  REQUIRE(p(1, 0, 2, 4) == first.l);
  REQUIRE(p(1, 2, 2, 4) == first.b);
  lab_to_rgb(q, p);
  lab_to_rgb(p, p);
  for (Index c = 0; c < 3; ++c) REQUIRE(p(1, c, 1, 1) == q(1, c, 1, 1));

  const TensorView<float, 4> two_channels(planar.data(), {1, 2, 3, 3});
  REQUIRE_THROWS_AS(rgb_to_lab(two_channels, two_channels), ShapeError);
  REQUIRE_THROWS_WITH(rgb_to_lab(p, p.narrowed(2, 0, 2)),
                      ContainsSubstring("rgb_to_lab: out is (2,3,3,5), expected (2,3,2,5)"));
}

TEST_CASE("colours as hexadecimal text or by name", "[color]") {
  REQUIRE(parse_color("#1aF009") == Rgb<std::uint8_t>{0x1a, 0xf0, 0x09});
  REQUIRE(parse_color("#fA0") == Rgb<std::uint8_t>{0xff, 0xaa, 0x00});
  REQUIRE(parse_color("1aF009") == parse_color("#1aF009"));
  REQUIRE(parse_color("fA0") == parse_color("#fA0"));
  REQUIRE(parse_color("red") == Rgb<std::uint8_t>{0xff, 0, 0});
  REQUIRE(parse_color("ForestGreen") == Rgb<std::uint8_t>{0x22, 0x8b, 0x22});
  REQUIRE(parse_color("yellowgreen") == Rgb<std::uint8_t>{0x9a, 0xcd, 0x32});  // the last in the alphabet
  REQUIRE(parse_color("gray") == parse_color("#808080"));                      // as CSS has it, not X11
  REQUIRE(std::ranges::is_sorted(color_names));
  REQUIRE(to_hex({0x1a, 0xf0, 0x09}) == "#1af009");
  for (const char* bad :
       {"", "#", "redd", "light grey", "12345", "#12345", "#1234567", "#12345g", "#-12", " #123", "#12 "}) {
    INFO(bad);
    REQUIRE_THROWS_AS(parse_color(bad), ArgumentError);
    REQUIRE_THROWS_WITH(parse_color(bad), ContainsSubstring("#RRGGBB"));
  }
}

TEST_CASE("the fast path gives the reference's Lab and every 8-bit colour back", "[color]") {
  // all 2^24 colours, 256 of them (one blue ramp) a row; the double reference, which is slow, on a stride of rows
  constexpr Index width = 256;
  std::vector<std::uint8_t> samples(3 * width), again(3 * width);
  std::vector<float> planes(3 * width), lightness(width);
  const TensorView<std::uint8_t, 2> pixels(samples.data(), {width, 3});
  const TensorView<float, 2> lab(planes.data(), {3, width});
  double worst = 0;
  bool all_back = true;
  for (int row = 0; row < 65536; ++row) {
    for (Index x = 0; x < width; ++x) {
      pixels(x, 0) = static_cast<std::uint8_t>(row >> 8);
      pixels(x, 1) = static_cast<std::uint8_t>(row);
      pixels(x, 2) = static_cast<std::uint8_t>(x);
    }
    rgb_row_to_lab<std::uint8_t>(lab, pixels);
    lab_row_to_rgb<std::uint8_t>({again.data(), {width, 3}}, lab);
    all_back = all_back && samples == again;
    if (row % 61 != 0) continue;
    lightness_row<std::uint8_t>({lightness.data(), {width}}, pixels);
    for (Index x = 0; x < width; ++x) {
      const Lab<double> exact =
          rgb_to_lab(Rgb<double>{pixels(x, 0) / 255.0, pixels(x, 1) / 255.0, pixels(x, 2) / 255.0});
      worst = std::max({worst, std::abs(exact.l - double{lab(0, x)}), std::abs(exact.a - double{lab(1, x)}),
                        std::abs(exact.b - double{lab(2, x)}),
                        std::abs(exact.l - double{lightness[static_cast<std::size_t>(x)]})});
    }
  }
  REQUIRE(worst < 1e-3);  // 500 (f(x) - f(y)) with a relative error of f below 6e-7 each, f < 1.04
  REQUIRE(all_back);
}

TEST_CASE("the fast path at 16 bits, with grey, alpha and widths around a tile", "[color]") {
  Random random(3);
  for (const Index width : {Index{1}, color_tile - 1, color_tile, color_tile + 1, Index{300}})
    for (const int channels : {1, 2, 3, 4}) {
      Image image(width, 2, channels, 16);
      const auto samples = image.samples<std::uint16_t>();
      for (Index i = 0; i < samples.elements(); ++i) samples.data()[i] = static_cast<std::uint16_t>(random() >> 48);
      Buffer<float> planes(3 * 2 * width);
      const auto lab = planes.view(Index{3}, Index{2}, width);
      image_to_lab(lab, image);
      Image again(width, 2, channels < 3 ? channels + 2 : channels, 16);
      lab_to_image(again, lab);
      const auto result = again.samples<std::uint16_t>();
      for (Index y = 0; y < 2; ++y)
        for (Index x = 0; x < width; ++x) {
          const auto at = [&](Index c) { return double(samples(y, x, channels < 3 ? 0 : c)) / 65535; };
          const double exact_l = rgb_to_lab(Rgb<double>{at(0), at(1), at(2)}).l;
          REQUIRE(double{lab(0, y, x)} == Approx(exact_l).margin(1e-3));
          for (Index c = 0; c < 3; ++c) REQUIRE(std::abs(double(result(y, x, c)) / 65535 - at(c)) < 1.01 / 65535);
          if (again.has_alpha()) REQUIRE(result(y, x, 3) == 0);
        }
    }
  Image grey(2, 2, 1, 8);
  Buffer<float> planes(12);
  REQUIRE_THROWS_WITH(lab_to_image(grey, planes.view(3, 2, 2)), ContainsSubstring("expected 3 or 4"));
  REQUIRE_THROWS_AS(image_to_lab(planes.view(3, 2, 1), grey), ShapeError);
}
