#include <cmath>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/image/guided_upsample.hpp"
#include "icolorit/image/metrics/psnr.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// Full-resolution lightness (H,W) and ab (2,H,W) with the reduced ab (2,h,w).
struct Scene {
  Scene(Index h, Index w, Index full_height, Index full_width)
      : height(full_height),
        width(full_width),
        low_height(h),
        low_width(w),
        l_(height * width),
        ab_(2 * height * width),
        low_(2 * h * w) {}

  TensorView<float, 2> l() { return l_.view(height, width); }
  TensorView<float, 3> ab() { return ab_.view(Index{2}, height, width); }
  TensorView<float, 3> low() { return low_.view(Index{2}, low_height, low_width); }

  Buffer<float> enlarge(Upsampling mode) {
    Upsampler upsampler(mode, low_height, low_width, height, width);
    upsampler.set_guide(l());
    upsampler.set_ab(low());
    Buffer<float> out(2 * height * width);
    upsampler.rows(out.view(Index{2}, height, width), l(), 0);
    return out;
  }
  double error(Upsampling mode) {
    const auto out = enlarge(mode);
    return mean_squared_error(out.view(Index{2}, height, width), ab());
  }

  Index height, width, low_height, low_width;

 private:
  Buffer<float> l_, ab_, low_;
};

/// Discs of their own lightness and colour on a background, with some noise in lightness.
Scene discs(Index h, Index w, Index height, Index width) {
  Scene scene(h, w, height, width);
  Random random(11);
  const auto l = scene.l();
  const auto ab = scene.ab();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      l(y, x) = 30;
      ab(0, y, x) = 10;
      ab(1, y, x) = -20;
    }
  for (int disc = 0; disc < 25; ++disc) {
    const double cy = random.uniform() * static_cast<double>(height),
                 cx = random.uniform() * static_cast<double>(width);
    const double radius = (.03 + .1 * random.uniform()) * static_cast<double>(height);
    const auto lightness = static_cast<float>(45 + 50 * random.uniform());
    const auto a = static_cast<float>(80 * random.uniform() - 40), b = static_cast<float>(80 * random.uniform() - 40);
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x)
        if (std::hypot(static_cast<double>(y) - cy, static_cast<double>(x) - cx) < radius) {
          l(y, x) = lightness;
          ab(0, y, x) = a;
          ab(1, y, x) = b;
        }
  }
  for (Index i = 0; i < height * width; ++i) l.data()[i] += static_cast<float>(random.uniform() - .5);
  resize_bilinear<float>(scene.low(), ab);
  return scene;
}

void fill_random(TensorView<float, 3> ab, Random& random) {
  for (Index i = 0; i < ab.elements(); ++i) ab.data()[i] = static_cast<float>(160 * random.uniform() - 80);
}

}  // namespace

TEST_CASE("an even colour stays even, whatever the lightness and the sizes", "[upsample]") {
  Random random(1);
  for (const auto mode : {Upsampling::guided, Upsampling::bicubic})
    for (const auto& [h, w, height, width] : {std::array<Index, 4>{8, 8, 61, 130},
                                              {8, 8, 1, 1},
                                              {8, 8, 1, 500},
                                              {8, 8, 500, 3},
                                              {8, 8, 8, 8},
                                              {1, 1, 5, 400},
                                              {16, 16, 9, 300}}) {
      Scene scene(h, w, height, width);
      for (Index i = 0; i < height * width; ++i) scene.l().data()[i] = static_cast<float>(100 * random.uniform());
      for (Index i = 0; i < h * w; ++i) {
        scene.low()[0].data()[i] = 37.5f;
        scene.low()[1].data()[i] = -80;
      }
      const auto out = scene.enlarge(mode);
      INFO(h << 'x' << w << " to " << height << 'x' << width);
      for (Index i = 0; i < height * width; ++i) {
        // weights that sum to 1 within some float eps (6e-8), in sums of values up to 100 or 80
        REQUIRE(out.data()[i] == Approx(37.5f).margin(2e-4));
        REQUIRE(out.data()[height * width + i] == Approx(-80).margin(2e-4));
      }
    }
}

TEST_CASE("bicubic is that of image/resize.hpp", "[upsample]") {
  Scene scene(9, 7, 50, 300);
  Random random(2);
  fill_random(scene.low(), random);
  std::fill_n(scene.l().data(), 50 * 300, 50.f);
  Buffer<float> expected(2 * 50 * 300);
  resize_bicubic<float>(expected.view(2, 50, 300), scene.low());
  const auto out = scene.enlarge(Upsampling::bicubic);
  for (Index i = 0; i < out.size(); ++i) REQUIRE(out.data()[i] == Approx(expected.data()[i]).margin(1e-3));
}

TEST_CASE("without edges in lightness, guided is back-projected bicubic", "[upsample]") {
  Scene scene(9, 7, 50, 300);
  Random random(3);
  fill_random(scene.low(), random);
  std::fill_n(scene.l().data(), scene.l().elements(), 60.0f);
  const auto out = scene.enlarge(Upsampling::guided);

  // the same by full-resolution resizing
  Buffer<float> estimate(2 * 9 * 7), big(2 * 50 * 300), again(2 * 9 * 7);
  std::copy_n(scene.low().data(), estimate.size(), estimate.data());
  for (int pass = 0; pass < 5; ++pass) {
    resize_bicubic<float>(big.view(2, 50, 300), estimate.view(2, 9, 7));
    resize_bilinear<float>(again.view(2, 9, 7), big.view(2, 50, 300));
    for (Index i = 0; i < estimate.size(); ++i) estimate.data()[i] += scene.low().data()[i] - again.data()[i];
  }
  resize_bicubic<float>(big.view(2, 50, 300), estimate.view(2, 9, 7));
  for (Index i = 0; i < out.size(); ++i) REQUIRE(out.data()[i] == Approx(big.data()[i]).margin(1e-2));
}

TEST_CASE("colour follows the edges of lightness: over 1 dB better than bicubic", "[upsample]") {
  Scene scene = discs(56, 56, 400, 520);
  const double bicubic = scene.error(Upsampling::bicubic), guided = scene.error(Upsampling::guided);
  CAPTURE(bicubic, guided);
  REQUIRE(10 * std::log10(bicubic / guided) > 1);
}

TEST_CASE("reduced again, the enlarged colour is what the network said", "[upsample]") {
  Scene scene = discs(40, 40, 300, 333);
  Buffer<float> again(2 * 40 * 40);
  const auto reduced_error = [&](Upsampling mode) {
    const auto out = scene.enlarge(mode);
    resize_bilinear<float>(again.view(2, 40, 40), out.view(2, 300, 333));
    return mean_squared_error(again.view(2, 40, 40), scene.low());
  };
  // five passes shrink every frequency's error by at least (1 - 0.2)^5 = 1/3, and most by far more
  REQUIRE(reduced_error(Upsampling::guided) < .1 * reduced_error(Upsampling::bicubic));
}

TEST_CASE("rows and tiles may be taken in any pieces, a picture may be the guide", "[upsample]") {
  const Index height = 37, width = 300;
  Image image(width, height, 3, 8);
  Random random(5);
  const auto samples = image.samples<std::uint8_t>();
  for (Index i = 0; i < samples.elements(); ++i) samples.data()[i] = static_cast<std::uint8_t>(random() >> 56);
  Scene scene(16, 16, height, width);
  for (Index y = 0; y < height; ++y) lightness_row<std::uint8_t>(scene.l()[y], samples[y]);
  fill_random(scene.low(), random);
  const auto whole = scene.enlarge(Upsampling::guided);

  Upsampler upsampler(Upsampling::guided, 16, 16, height, width);
  fill_random(scene.ab(), random);
  upsampler.set_guide(scene.ab()[0]);  // another guide and other colours before: nothing of them may stay
  upsampler.set_ab(scene.ab().narrowed(1, 0, 16).narrowed(2, 0, 16));
  upsampler.set_guide(image);
  upsampler.set_ab(scene.low());
  const auto pieces = scene.ab();
  for (const Index first : {30, 0, 11}) {
    const Index count = first == 30 ? 7 : first == 0 ? 11 : 19;
    upsampler.rows(pieces.narrowed(1, first, count), scene.l().narrowed(0, first, count), first);
  }
  REQUIRE(std::equal(whole.data(), whole.data() + whole.size(), pieces.data()));
}

TEST_CASE("wrong sizes are named", "[upsample]") {
  REQUIRE_THROWS_AS(Upsampler(Upsampling::guided, 0, 4, 8, 8), ShapeError);
  REQUIRE_THROWS_WITH(Upsampler(Upsampling::guided, 4, 4, 8, 0), ContainsSubstring("(4,4) to (8,0)"));
  Upsampler upsampler(Upsampling::guided, 4, 4, 8, 9);
  Buffer<float> values(200);
  REQUIRE_THROWS_WITH(upsampler.set_guide(values.view(9, 8)), ContainsSubstring("l is (9,8), expected (8,9)"));
  REQUIRE_THROWS_WITH(upsampler.set_guide(Image(8, 9, 3, 8)), ContainsSubstring("8 x 9 pixels, expected 9 x 8"));
  REQUIRE_THROWS_WITH(upsampler.set_ab(values.view(2, 4, 5)), ContainsSubstring("ab is (2,4,5), expected (2,4,4)"));
  REQUIRE_THROWS_AS(upsampler.rows(values.view(2, 3, 9), values.view(3, 9), 6), ShapeError);
}

TEST_CASE("box means are means, at borders and for radii beyond the picture", "[local_statistics]") {
  Random random(6);
  Buffer<float> in(7 * 5), out(7 * 5);
  for (Index i = 0; i < in.size(); ++i) in.data()[i] = static_cast<float>(random.uniform());
  const auto values = in.view(7, 5), means = out.view(7, 5);
  for (const Index radius : {0, 1, 2, 4, 9}) {
    BoxMean(7, 5, radius)(means, values);
    for (Index y = 0; y < 7; ++y)
      for (Index x = 0; x < 5; ++x) {
        double sum = 0, count = 0;
        for (Index i = std::max<Index>(y - radius, 0); i <= std::min<Index>(y + radius, 6); ++i)
          for (Index j = std::max<Index>(x - radius, 0); j <= std::min<Index>(x + radius, 4); ++j) {
            sum += double{values(i, j)};
            ++count;
          }
        REQUIRE(double{means(y, x)} == Approx(sum / count).margin(1e-7));
      }
  }
  REQUIRE_THROWS_AS(BoxMean(0, 5, 1), ShapeError);
}

TEST_CASE("local statistics keep what is linear in lightness and smooth what is not", "[local_statistics]") {
  constexpr Index height = 20, width = 30;
  Random random(7);
  Buffer<float> lightness(height * width), colors(2 * height * width), filtered(2 * height * width);
  const auto l = lightness.view(height, width);
  const auto ab = colors.view(2, height, width), out = filtered.view(2, height, width);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      l(y, x) = x < 15 ? 20.0f : 80.0f;
      ab(0, y, x) = 2 * l(y, x) - 5;
      ab(1, y, x) = (x < 15 ? -30.0f : 30.0f) + static_cast<float>(random.uniform() - .5);
    }
  LocalStatistics filter(height, width, 3, 1e-3f);
  filter(out, ab, l);
  double before = 0, after = 0;
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      // eps against a variance of at least 30^2 * 4 * (1/7)(6/7): the slope is short by 1e-3/440, times a step of 60
      REQUIRE(out(0, y, x) == Approx(ab(0, y, x)).margin(2e-3));
      const double truth = x < 15 ? -30 : 30;
      before += std::pow(double{ab(1, y, x)} - truth, 2);
      after += std::pow(double{out(1, y, x)} - truth, 2);
    }
  REQUIRE(after < before / 4);
  filter(ab, ab, l);
  REQUIRE(std::equal(colors.data(), colors.data() + colors.size(), filtered.data()));
  REQUIRE_THROWS_WITH(filter(out, ab, l.transposed()), ContainsSubstring("l is (30,20), expected (20,30)"));
}
