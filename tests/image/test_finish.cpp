#include <cmath>
#include <thread>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/image/finish.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/image/pixels.hpp"
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

TEMPLATE_TEST_CASE("a picture is read and written in memory of any layout", "[finish][image_view]", std::uint8_t,
                   std::uint16_t) {
  using S = TestType;
  const int channels = GENERATE(1, 2, 3, 4);
  const PixelOrder order = GENERATE(PixelOrder::rgb, PixelOrder::bgr);
  const Index direction = GENERATE(1, -1);
  CAPTURE(channels, order == PixelOrder::bgr, direction);
  constexpr Index width = 150, height = 7, gap = 6;
  const Image original = random_picture(width, height, channels, std::numeric_limits<S>::digits, 6);
  const Upsampler upsampler = random_colors(original, 60);
  Image expected = colored_like(original);
  finish(expected, original, upsampler);

  // Rows of 4 samples a pixel and some more, the first of them at the end where they are stored bottom up.
  const Index samples_a_row = 4 * width + gap, stride = direction * samples_a_row * static_cast<Index>(sizeof(S));
  std::vector<S> in(static_cast<std::size_t>(samples_a_row * height)), out(in.size());
  const auto top = [&](std::vector<S>& memory) {
    return memory.data() + (direction < 0 ? samples_a_row * (height - 1) : 0);
  };
  copy_to(original, top(in), channels, stride, order);
  const ImageView view(top(in), width, height, channels, stride, order);
  CHECK(image_from(view) == original);
  CHECK(resize_pillow_bilinear(view, 31, 5) == resize_pillow_bilinear(original, 31, 5));
  CHECK(pixel_lightness(view, 5, 140) == pixel_lightness(original, 5, 140));

  Upsampler guided = random_colors(original, 60);
  guided.set_guide(view);
  finish(MutableImageView(top(out), width, height, expected.channels(), stride, order), view, guided);
  CHECK(image_from(ImageView(top(out), width, height, expected.channels(), stride, order)) == expected);
}

TEST_CASE("a picture is written into another depth, with alpha that is opaque where it has none",
          "[finish][image_view]") {
  const Image original = random_picture(130, 9, 3, 8, 7);
  const Upsampler upsampler = random_colors(original, 60);
  Image expected = colored_like(original);
  finish(expected, original, upsampler);

  std::vector<float> unit(4 * 130 * 9);
  std::vector<std::uint16_t> deep(unit.size());
  finish(MutableImageView(unit.data(), 130, 9, 4), original, upsampler);
  finish(MutableImageView(deep.data(), 130, 9, 4), original, upsampler);
  const auto rgb = expected.samples<std::uint8_t>();
  for (Index i = 0; i < 130 * 9; ++i)
    for (Index c = 0; c < 4; ++c) {
      const auto at = static_cast<std::size_t>(4 * i + c);
      const float want = c == 3 ? 255.f : static_cast<float>(rgb.rows()(i, c));
      REQUIRE(std::floor(255 * unit[at] + .5f) == want);
      REQUIRE(std::abs(static_cast<float>(deep[at]) / 257 - want) <= .51f);  // two roundings
    }
}

TEST_CASE("floats of a view become samples of 16 bits", "[image_view]") {
  const std::vector<float> unit{-1, 0, .5f, 1, 7, std::nanf("")};
  const Image image = image_from(ImageView(unit.data(), 2, 1, 3, 0, PixelOrder::bgr));
  const auto samples = image.samples<std::uint16_t>();
  const std::vector<std::uint16_t> found(samples.data(), samples.data() + 6);
  CHECK(found == std::vector<std::uint16_t>{32768, 0, 0, 0, 65535, 65535});
}

TEST_CASE("a view refuses memory that it cannot read in place", "[image_view][errors]") {
  static_assert(!std::is_constructible_v<MutableImageView, const Image&>);
  static_assert(!std::is_constructible_v<MutableImageView, const std::uint8_t*, Index, Index, int>);
  static_assert(std::is_convertible_v<MutableImageView, ImageView> && std::is_convertible_v<const Image&, ImageView>);
  std::vector<std::uint16_t> pixels(64);
  CHECK_THROWS_WITH(ImageView(static_cast<const float*>(nullptr), 4, 4, 3), ContainsSubstring("a null pointer"));
  CHECK_THROWS_WITH(ImageView(pixels.data(), 4, 4, 3, 23), ContainsSubstring("expected at least the 24 bytes"));
  CHECK_THROWS_WITH(ImageView(pixels.data(), 4, 4, 3, 25), ContainsSubstring("copy them with image_from"));
  const auto* const odd = reinterpret_cast<const std::uint16_t*>(reinterpret_cast<const char*>(pixels.data()) + 1);
  CHECK_THROWS_WITH(ImageView(odd, 4, 4, 3), ContainsSubstring("no multiple of 2"));
  CHECK_THROWS_AS(ImageView(pixels.data(), 0, 4, 3), ArgumentError);
  CHECK_THROWS_AS(ImageView(pixels.data(), 4, 4, 5), ArgumentError);
  CHECK_THROWS_AS(ImageView(pixels.data(), 4, 4, 3).samples<std::uint8_t>(), ArgumentError);
  CHECK_THROWS_AS(image_from(ImageView()), ArgumentError);
}

TEST_CASE("pictures that do not fit are named", "[finish]") {
  const Image original = random_picture(8, 6, 2, 8, 5);
  const Upsampler upsampler = random_colors(original, 10);
  Image out(8, 6, 3, 8);
  REQUIRE_THROWS_AS(finish(out, original, upsampler), ShapeError);
  REQUIRE_THROWS_WITH(finish(out, original, upsampler), ContainsSubstring("expected 8 x 6 pixels, 4 channels"));
  out = colored_like(original);
  REQUIRE_THROWS_WITH(finish(out, Image(6, 8, 2, 8), upsampler), ContainsSubstring("6 x 8 pixels, expected 8 x 6"));
}

TEST_CASE("views overlap where they share a byte of a row", "[overlap]") {
  std::vector<std::uint8_t> memory(1000);
  std::uint8_t* const begin = memory.data();
  const ImageView left(begin, 10, 8, 3, 100), right(begin + 30, 10, 8, 3, 100), shifted(begin + 29, 10, 8, 3, 100);
  CHECK_FALSE(overlap(left, right));  // side by side: their rows take turns
  CHECK_FALSE(overlap(right, left));
  CHECK(overlap(left, shifted));
  CHECK(overlap(left, left));
  const ImageView upside_down(begin + 730, 10, 8, 3, -100), below(begin + 800, 10, 2, 3, 100);
  CHECK_FALSE(overlap(left, upside_down));
  CHECK(overlap(right, upside_down));
  CHECK_FALSE(overlap(left, below));
  const ImageView other_rows(begin + 30, 10, 8, 3, 99);  // comes nearer to `left` with each row
  CHECK(overlap(left, other_rows));
  CHECK_FALSE(overlap(ImageView(), left));
}
