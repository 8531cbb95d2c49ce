#include <cmath>
#include <thread>

#include "icolorit/core/random.hpp"
#include "icolorit/image/finish.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// A picture of random samples, smooth enough to be mostly showable, with random alpha.
Image random_picture(Index width, Index height, int channels, int bits, std::uint64_t seed) {
  Image image(width, height, channels, bits);
  Random random(seed);
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    for (Index i = 0; i < samples.elements(); ++i)
      samples.data()[i] = static_cast<S>(random.uniform() * static_cast<double>(image.max_value()));
  });
  return image;
}

Upsampler random_colors(const Image& image, float amplitude, Upsampling mode = Upsampling::guided) {
  Upsampler upsampler(mode, 16, 16, image.height(), image.width());
  upsampler.set_guide(image);
  Buffer<float> ab(2 * 16 * 16);
  Random random(9);
  for (Index i = 0; i < ab.size(); ++i) ab.data()[i] = amplitude * static_cast<float>(2 * random.uniform() - 1);
  upsampler.set_ab(ab.view(2, 16, 16));
  return upsampler;
}

/// Lightness of one pixel by the double reference.
double lightness(const Image& image, Index y, Index x) {
  return visit_samples(image, [&](auto samples) {
    const auto at = [&](Index c) {
      return double(samples(y, x, image.has_color() ? c : 0)) / static_cast<double>(image.max_value());
    };
    return rgb_to_lab(Rgb<double>{at(0), at(1), at(2)}).l;
  });
}

}  // namespace

TEST_CASE("the lightness of the picture survives, its alpha is copied", "[finish]") {
  for (const int bits : {8, 16})
    for (const int channels : {1, 2, 3, 4}) {
      const Image original = random_picture(200, 23, channels, bits, 1);
      Image out = colored_like(original);
      finish(out, original, random_colors(original, 60));
      double worst = 0;
      for (Index y = 0; y < original.height(); ++y)
        for (Index x = 0; x < original.width(); ++x)
          worst = std::max(worst, std::abs(lightness(out, y, x) - lightness(original, y, x)));
      // Rounding moves each component by at most half a step, and L changes by at most 120 per unit of all three
      // together; light outside [0,1] by the gamut's tolerance adds 0.01 (1e-5 of light at a slope of 903).
      INFO(bits << " bits, " << channels << " channels");
      REQUIRE(worst < 120 * .5 / static_cast<double>(original.max_value()) + .01);
      REQUIRE(worst < 100.0 / 255);  // the promise
      if (!original.has_alpha()) continue;
      visit_samples(out, [&]<class S>(TensorView<S, 3> samples) {
        const auto source = original.samples<S>();
        for (Index y = 0; y < original.height(); ++y)
          for (Index x = 0; x < original.width(); ++x) REQUIRE(samples(y, x, 3) == source(y, x, channels - 1));
      });
    }
}

TEST_CASE("the colour is the enlarged ab where sRGB can show it", "[finish]") {
  Image original(150, 40, 1, 16);
  const auto samples = original.samples<std::uint16_t>();
  for (Index i = 0; i < samples.elements(); ++i) samples.data()[i] = static_cast<std::uint16_t>(25000 + 3 * i);
  const Upsampler upsampler = random_colors(original, 8);
  Image out = colored_like(original);
  finish(out, original, upsampler);

  const Index n = 150 * 40;
  Buffer<float> before(3 * n), after(3 * n), ab(2 * n);
  image_to_lab(before.view(3, 40, 150), original);
  image_to_lab(after.view(3, 40, 150), out);
  upsampler.rows(ab.view(2, 40, 150), before.view(3, 40, 150)[0], 0);
  // half a step of 1/65535 in each component moves a and b of these mid greys by less than 3e-3; the conversions add
  // 2e-3
  for (Index i = 0; i < 2 * n; ++i) REQUIRE(after.data()[n + i] == Approx(ab.data()[i]).margin(5e-3));
}

TEST_CASE("without colour a grey picture stays as it is", "[finish]") {
  const Image original = random_picture(140, 9, 1, 8, 3);
  Image out = colored_like(original);
  finish(out, original, random_colors(original, 0, Upsampling::bicubic));
  const auto result = out.samples<std::uint8_t>();
  const auto source = original.samples<std::uint8_t>();
  for (Index y = 0; y < 9; ++y)
    for (Index x = 0; x < 140; ++x)
      for (Index c = 0; c < 3; ++c) REQUIRE(result(y, x, c) == source(y, x, 0));
}

TEST_CASE("any division into rows gives the same picture", "[finish]") {
  const Image original = random_picture(333, 31, 3, 8, 4);
  const Upsampler upsampler = random_colors(original, 90);
  Image serial = colored_like(original), threaded = colored_like(original), backwards = colored_like(original);
  finish(serial, original, upsampler);
  finish(threaded, original, upsampler, [](Index rows, const auto& f) {
    std::thread other([&] { f(Index{0}, rows / 2); });
    f(rows / 2, rows);
    other.join();
  });
  finish(backwards, original, upsampler, [](Index rows, const auto& f) {
    while (rows-- > 0) f(rows, rows + 1);
  });
  REQUIRE(serial == threaded);
  REQUIRE(serial == backwards);
}

TEST_CASE("pictures that do not fit are named", "[finish]") {
  const Image original = random_picture(8, 6, 2, 8, 5);
  const Upsampler upsampler = random_colors(original, 10);
  Image out(8, 6, 3, 8);
  REQUIRE_THROWS_AS(finish(out, original, upsampler), ShapeError);
  REQUIRE_THROWS_WITH(finish(out, original, upsampler), ContainsSubstring("expected 8 x 6 x 4 of 8 bits"));
  out = colored_like(original);
  REQUIRE_THROWS_WITH(finish(out, Image(6, 8, 2, 8), upsampler), ContainsSubstring("6 x 8 pixels, expected 8 x 6"));
}
