// The published augmentation: torchvision's crop boxes, Pillow's resize, Lab in network units.
#include "icolorit/training/augmentation.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>
#include <string>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/color_space.hpp"
#include "icolorit/training/chroma_jitter.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;

namespace {

/// The lines of crops.txt of one kind, without the first word. See golden/make_crops.py.
std::vector<std::istringstream> golden_lines(const std::string& kind) {
  std::ifstream file(ICOLORIT_GOLDEN_DIR "/crops.txt");
  std::vector<std::istringstream> lines;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(kind + ' ')) lines.emplace_back(line.substr(kind.size()));
  return lines;
}

/// lab (3,size,size) of a part.
Buffer<float> crop(const Image& picture, const CropBox& box, Index size, bool mirrored = false) {
  Buffer<float> lab(3 * size * size);
  crop_to_lab(lab.view(3, size, size), picture, {box, mirrored});
  return lab;
}

float largest_difference(const Buffer<float>& a, const Buffer<float>& b) {
  REQUIRE(a.size() == b.size());
  float largest = 0;
  for (Index i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
  return largest;
}

}  // namespace

TEST_CASE("Crop boxes are those of torchvision's algorithm on the same random numbers") {
  auto lines = golden_lines("box");
  REQUIRE(lines.size() == 440);
  for (auto& line : lines) {
    Index width, height, seed;
    CropBox expected;
    REQUIRE(line >> width >> height >> seed >> expected.left >> expected.top >> expected.width >> expected.height);
    Random random(static_cast<std::uint64_t>(seed));
    CAPTURE(width, height, seed);
    REQUIRE(random_resized_crop(random, width, height, {}) == expected);
  }
}

TEST_CASE("Crop boxes have the distribution of torchvision's algorithm") {
  auto lines = golden_lines("mean");
  REQUIRE(lines.size() == 3);
  constexpr Index count = 100'000;
  for (auto& line : lines) {
    Index width, height;
    std::array<double, 4> mean, spread, sum{}, squares{};
    line >> width >> height;
    for (auto* values : {&mean, &spread})
      for (double& value : *values) REQUIRE(line >> value);
    Random random(99);
    for (Index i = 0; i < count; ++i) {
      const CropBox box = random_resized_crop(random, width, height, {});
      std::size_t k = 0;
      for (const Index value : {box.left, box.top, box.width, box.height}) {
        sum[k] += static_cast<double>(value);
        squares[k++] += static_cast<double>(value * value);
      }
    }
    for (std::size_t k = 0; k < 4; ++k) {
      CAPTURE(width, height, k);
      const double m = sum[k] / count, s = std::sqrt(squares[k] / count - m * m);
      // Means of two samples of n differ by sqrt(2/n) standard deviations; spreads by less, for these flat
      // distributions. Five of those.
      REQUIRE(std::abs(m - mean[k]) < 5 * spread[k] * std::sqrt(2. / count));
      REQUIRE(std::abs(s - spread[k]) < 5 * spread[k] * std::sqrt(2. / count));
    }
  }
}

TEST_CASE("The whole picture as the part is the published squash, in network units") {
  const Image picture = test::gradient_picture(61, 47);
  const auto lab = crop(picture, {0, 0, 61, 47}, 32);
  const auto planes = lab.view(3, 32, 32);
  const Image squashed = resize_pillow_bilinear(picture, 32, 32);
  const auto samples = squashed.samples<std::uint8_t>();
  for (Index y = 0; y < 32; ++y)
    for (Index x = 0; x < 32; ++x) {
      const auto unit = [&](Index c) { return samples(y, x, c) / 255.; };
      const Lab<double> expected = normalise(rgb_to_lab(Rgb<double>{unit(0), unit(1), unit(2)}));
      // The fast conversion is within 1e-3 Lab units of the reference, a hundredth of that in network units.
      REQUIRE(std::abs(planes(0, y, x) - expected.l) < 1e-5);
      REQUIRE(std::abs(planes(1, y, x) - expected.a) < 1e-5);
      REQUIRE(std::abs(planes(2, y, x) - expected.b) < 1e-5);
    }
}

TEST_CASE("A part is cropped first and resized then") {
  const Image picture = test::gradient_picture(90, 70);
  const CropBox box{13, 7, 40, 51};
  Image part(box.width, box.height, 3, 8);
  for (Index y = 0; y < box.height; ++y)
    for (Index x = 0; x < box.width; ++x)
      for (Index c = 0; c < 3; ++c)
        part.samples<std::uint8_t>()(y, x, c) = picture.samples<std::uint8_t>()(box.top + y, box.left + x, c);
  REQUIRE(largest_difference(crop(picture, box, 24), crop(part, {0, 0, 40, 51}, 24)) == 0);
}

TEST_CASE("Mirroring reverses the columns") {
  const Image picture = test::gradient_picture(80, 60);
  constexpr Index size = 20;  // divides the part's width, so that the filter is symmetric
  const CropBox box{8, 4, 60, 40};
  const auto straight = crop(picture, box, size), mirrored = crop(picture, box, size, true);
  const auto a = straight.view(3, size, size), b = mirrored.view(3, size, size);
  float largest = 0;
  for (Index c = 0; c < 3; ++c)
    for (Index y = 0; y < size; ++y)
      for (Index x = 0; x < size; ++x) largest = std::max(largest, std::abs(a(c, y, x) - b(c, y, size - 1 - x)));
  REQUIRE(largest == 0);
  REQUIRE(largest_difference(straight, mirrored) > .05f);
}

TEST_CASE("Sixteen bits give what eight give") {
  const auto eight = crop(test::gradient_picture(50, 40), {3, 2, 40, 30}, 16);
  const auto sixteen = crop(test::gradient_picture(50, 40, 1, 3, 16), {3, 2, 40, 30}, 16);
  // Two passes rounded to 8 bits each are off by one level; a level is less than 1.2 Lab units away from black.
  REQUIRE(largest_difference(eight, sixteen) < .015f);
}

TEST_CASE("The scale leaves the part as many pixels as the network wants") {
  for (const CropBox& box : {CropBox{0, 0, 1000, 700}, {100, 200, 224, 500}, {5, 5, 100, 90}, {17, 3, 1793, 1795}}) {
    const double scale = scale_for(box, 224);
    REQUIRE(scale <= 1);
    if (box.width >= 224 && box.height >= 224) {
      REQUIRE(scale * static_cast<double>(std::min(box.width, box.height)) >= 224 - 1e-9);
      const CropBox small = rescaled(box, 4000, 3000, 2000, 1500);
      REQUIRE(std::abs(small.width - box.width / 2) <= 1);
      REQUIRE(std::abs(small.left - box.left / 2) <= 1);
    } else {
      REQUIRE(scale == 1);
    }
  }
  REQUIRE(rescaled({3, 4, 5, 6}, 10, 20, 10, 20) == CropBox{3, 4, 5, 6});
  for (Index left = 0; left < 9; ++left) {  // a part never leaves the picture nor vanishes
    const CropBox small = rescaled({left, left, 1, 1}, 9, 9, 2, 2);
    REQUIRE(small.width >= 1);
    REQUIRE(small.left + small.width <= 2);
  }
}

TEST_CASE("A part outside the picture and impossible settings are refused") {
  const Image picture = test::gradient_picture(20, 10);
  Buffer<float> lab(3 * 8 * 8);
  for (const CropBox& box : {CropBox{-1, 0, 5, 5}, {0, 0, 21, 5}, {15, 0, 6, 5}, {0, 6, 5, 5}, {0, 0, 0, 5}})
    REQUIRE_THROWS_AS(crop_to_lab(lab.view(3, 8, 8), picture, {box}), ShapeError);
  REQUIRE_THROWS_WITH(crop_to_lab(lab.view(3, 8, 8), picture, {{0, 6, 5, 5}}), ContainsSubstring("20 x 10"));
  REQUIRE_THROWS_AS(crop_to_lab(lab.view(3, 8, 8), test::gradient_picture(9, 9, 1, 4), {{0, 0, 5, 5}}), ShapeError);

  REQUIRE_NOTHROW(expect_valid(Augmentation{}));
  REQUIRE_THROWS_AS(expect_valid(Augmentation{.size = 0}), ArgumentError);
  REQUIRE_THROWS_AS(expect_valid(Augmentation{.min_area = 0}), ArgumentError);
  REQUIRE_THROWS_AS(expect_valid(Augmentation{.max_area = 1.5}), ArgumentError);
  REQUIRE_THROWS_WITH(expect_valid(Augmentation{.min_ratio = 2}), ContainsSubstring("ratio is 2 to 1.3"));
  REQUIRE_THROWS_AS(expect_valid(Augmentation{.mirrored = std::nan("")}), ArgumentError);
  REQUIRE_THROWS_AS(expect_valid(Augmentation{.jitter = {.hue = 181}}), ArgumentError);
  REQUIRE_THROWS_AS(expect_valid(Augmentation{.jitter = {.chroma = -.1}}), ArgumentError);
}

TEST_CASE("Chroma jitter turns all hues by one angle and scales all chromas by one factor") {
  const Image picture = test::gradient_picture(6, 6);
  constexpr Index pixels = 36;
  const auto lab_of = [&](const Crop& crop) {
    Buffer<float> lab(3 * pixels);
    crop_to_lab(lab.view(3, 6, 6), picture, crop);
    return lab;
  };
  const Crop whole{{0, 0, 6, 6}};
  const Buffer<float> lab = lab_of(whole);
  double widest = 0, largest = 1, least = 1;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    Crop turned = whole;
    turned.turn = ChromaJitter{20, .5}.draw(random);
    const Buffer<float> changed = lab_of(turned);
    const auto polar = [](const Buffer<float>& x, Index i) {
      const double a = x.data()[pixels + i], b = x.data()[2 * pixels + i];
      return std::pair(std::atan2(b, a), std::hypot(a, b));
    };
    const auto difference = [&](Index i) {
      const auto [hue, chroma] = polar(lab, i);
      const auto [new_hue, new_chroma] = polar(changed, i);
      return std::pair(std::remainder(new_hue - hue, 2 * std::numbers::pi), new_chroma / chroma);
    };
    const auto [turn, factor] = difference(0);
    widest = std::max(widest, std::abs(turn));
    largest = std::max(largest, factor);
    least = std::min(least, factor);
    for (Index i = 0; i < pixels; ++i) {
      const auto [other_turn, other_factor] = difference(i);
      REQUIRE(other_turn == Approx(turn).margin(1e-5));
      REQUIRE(other_factor == Approx(factor).epsilon(1e-5));
      REQUIRE(changed.data()[i] == lab.data()[i]);
    }
  }
  // Within the limits, and near to them: 300 draws miss the outer 5 % of a range with a probability below 1e-6.
  constexpr double limit = 20 * std::numbers::pi / 180;
  CHECK(widest <= limit * (1 + 1e-5));
  CHECK(widest >= .95 * limit);
  CHECK(largest <= 1.5 * (1 + 1e-5));
  CHECK(std::log(largest) >= .9 * std::log(1.5));
  CHECK(least >= (1 - 1e-5) / 1.5);
  CHECK(std::log(least) <= -.9 * std::log(1.5));

  Random random(1), untouched(1);
  const ChromaTurn none = ChromaJitter{}.draw(random);
  CHECK((none.along == 1 && none.across == 0));
  CHECK(random.uniform() == untouched.uniform());
}
