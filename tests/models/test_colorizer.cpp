// What users call: pictures of any kind in, the same size and depth out, again and again while hints move.
#include <limits>
#include <thread>

#include "icolorit/icolorit.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/small_model.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

/// A soft gradient with a darker disc, so that there is an edge to follow.
Image picture(Index width, Index height, int channels, int bits) {
  Image image(width, height, channels, bits);
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x) {
        const double dx = static_cast<double>(2 * x) / static_cast<double>(width) - 1;
        const double dy = static_cast<double>(2 * y) / static_cast<double>(height) - 1;
        const double value = .55 + .2 * dx - (dx * dx + dy * dy < .3 ? .25 : 0.);
        for (int c = 0; c < channels; ++c)
          samples(y, x, c) = static_cast<S>(value * static_cast<double>(image.max_value()));
      }
  });
  return image;
}

double lightness_at(const Image& image, Index x, Index y) {
  return visit_samples(image, [&](auto samples) {
    const auto unit = [&](Index c) {
      return static_cast<double>(samples(y, x, image.has_color() ? c : 0)) / image.max_value();
    };
    return rgb_to_lab(Rgb<double>{unit(0), unit(1), unit(2)}).l;
  });
}

const std::vector<Hint> hints{make_hint(10, 12, parse_color("#b04020")), make_hint(30, 20, parse_color("#3060c0"))};

}  // namespace

TEST_CASE("the result has the size, depth and alpha of the picture, and its lightness", "[colorizer]") {
  const int channels = GENERATE(1, 2, 3, 4), bits = GENERATE(8, 16);
  CAPTURE(channels, bits);
  Colorizer colorizer(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(2)));
  const Image grey = picture(61, 47, channels, bits);
  const Image result = colorizer.colorize(grey, hints);
  REQUIRE(result.width() == 61);
  REQUIRE(result.height() == 47);
  CHECK(result.bits() == bits);
  CHECK(result.has_color());
  CHECK(result.has_alpha() == grey.has_alpha());
  // Rounding R, G and B to a step of 1/m each moves L by at most half a step times the steepest slope of L along grey:
  // dL/dv = 116 * 0.8/1.055 * x^-0.2 = 131, where x^2.4 = 0.008856, the foot of the cube root. 0.02: the constants of
  // the two directions differ in the sixth digit.
  const double bound = 131 * 0.5 / grey.max_value() + 0.02;
  for (Index y = 0; y < 47; ++y)
    for (Index x = 0; x < 61; ++x) CHECK(std::abs(lightness_at(result, x, y) - lightness_at(grey, x, y)) <= bound);
  if (grey.has_alpha())
    visit_samples(result, [&](auto samples) {
      const auto last = samples.extent(2) - 1;
      visit_samples(grey, [&](auto before) { CHECK(samples(3, 5, last) == before(3, 5, before.extent(2) - 1)); });
    });
}

TEST_CASE("a render after a moved hint allocates nothing and depends on nothing but its input", "[colorizer]") {
  Colorizer colorizer(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(2)));
  colorizer.set_image(picture(200, 150, 1, 8));
  const auto id = colorizer.hints().add(hints[0]);
  const Image first = colorizer.render();
  colorizer.hints().move(id, 120, 100);
  const Index before = allocations();
  const Image* rendered = &colorizer.render();
  CHECK(allocations() == before);
  const Image moved = *rendered;
  CHECK_FALSE(moved == first);
  colorizer.hints().move(id, hints[0].x, hints[0].y);
  CHECK(colorizer.render() == first);

  for (const int threads : {1, 2, 5}) {
    Colorizer other(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(threads)));
    CHECK(other.colorize(picture(200, 150, 1, 8), {&hints[0], 1}) == first);
  }
}

TEST_CASE("a picture is coloured from and into memory of the program's own, without a copy",
          "[colorizer][image_view]") {
  const Image photo = picture(200, 150, 3, 8);
  Colorizer colorizer(FusionEngine(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(2))));
  const Image expected = colorizer.colorize(photo, hints);

  std::vector<std::uint8_t> memory(4 * 200 * 150), window(memory.size());
  copy_to(photo, memory.data(), 4, 0, PixelOrder::bgr);
  const ImageView view(memory.data(), 200, 150, 4, 0, PixelOrder::bgr);
  const MutableImageView out(window.data(), 200, 150, 4, 0, PixelOrder::bgr);
  colorizer.colorize(view, hints, out);
  CHECK(reinterpret_cast<const std::uint8_t*>(colorizer.image().top_left()) == memory.data());
  CHECK(image_from(ImageView(out)) == converted(expected, 4, 8));
  CHECK(colorizer.colorize(view, hints) == converted(expected, 4, 8));

  Colorizer moved = std::move(colorizer);
  std::ranges::fill(window, std::uint8_t{0});
  const Index before = allocations();
  moved.render_into(out);
  CHECK(allocations() == before);
  CHECK(image_from(ImageView(out)) == converted(expected, 4, 8));

  moved.set_image(photo);  // a copy of its own, which moves with it
  Colorizer again = std::move(moved);
  again.hints().add(hints);
  CHECK(again.render() == expected);
  again.set_image(again.image());  // whose memory goes with the picture before
  again.hints().add(hints);
  CHECK(again.render() == expected);

  Image narrow(199, 150, 3, 8);
  CHECK_THROWS_AS(again.render_into(narrow), ShapeError);
  CHECK_THROWS_AS(again.colorize(view, hints, narrow), ShapeError);
  CHECK(again.hints().size() == 2);  // nothing was replaced
  CHECK_THROWS_AS(again.set_image(ImageView()), ArgumentError);
}

TEST_CASE("floats are taken and given", "[colorizer][image_view]") {
  const Image photo = picture(60, 50, 1, 16);
  Colorizer colorizer(OptimizationColors(1));
  const Image expected = colorizer.colorize(photo, hints);
  std::vector<float> grey(60 * 50), rgb(3 * grey.size());
  const auto samples = photo.samples<std::uint16_t>();
  for (std::size_t i = 0; i < grey.size(); ++i) grey[i] = static_cast<float>(samples.data()[i]) / 65535;
  colorizer.colorize(ImageView(grey.data(), 60, 50, 1), hints, MutableImageView(rgb.data(), 60, 50, 3));
  const auto want = expected.samples<std::uint16_t>();
  for (std::size_t i = 0; i < rgb.size(); ++i) REQUIRE(std::floor(65535 * rgb[i] + .5f) == want.data()[i]);
}

TEST_CASE("pictures of any shape are coloured by either engine", "[colorizer]") {
  const auto size = GENERATE(table<Index, Index>({{1, 1}, {1, 500}, {500, 1}, {3, 2}, {40, 700}}));
  const Index width = std::get<0>(size), height = std::get<1>(size);
  CAPTURE(width, height);
  const Hint hint = make_hint(width / 2, height / 2, parse_color("#b04020"));
  const Image grey = picture(width, height, 1, 8);
  Colorizer network(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1)));
  Colorizer optimization(OptimizationColors(2));
  for (const Image& result : {network.colorize(grey, {&hint, 1}), optimization.colorize(grey, {&hint, 1})}) {
    CHECK(result.width() == width);
    CHECK(result.height() == height);
    CHECK(result.channels() == 3);
  }
}

TEST_CASE("the optimisation engine gives the hint's colour back", "[colorizer]") {
  Colorizer colorizer(OptimizationColors(2));
  const Hint hint = make_hint(20, 20, parse_color("#a06040"));
  colorizer.colorize(picture(64, 64, 1, 8), {&hint, 1});
  const auto ab = colorizer.ab();
  // One hint colours everything alike.
  CHECK(ab(0, 5, 60) == Approx(hint.color.a).epsilon(1e-4));
  CHECK(ab(1, 60, 5) == Approx(hint.color.b).epsilon(1e-4));
}

TEST_CASE("both ways of enlarging give the colours of the network where nothing is enlarged", "[colorizer]") {
  const Image grey = picture(32, 32, 1, 8);  // the network's own size
  Colorizer guided(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1)));
  Colorizer bicubic(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1)),
                    {.upsampling = Upsampling::bicubic});
  const Image a = guided.colorize(grey, hints), b = bicubic.colorize(grey, hints);
  Index different = 0;
  const auto sa = a.samples<std::uint8_t>(), sb = b.samples<std::uint8_t>();
  for (Index i = 0; i < sa.elements(); ++i) different += std::abs(sa.data()[i] - sb.data()[i]) > 1;
  CHECK(different == 0);
}

TEST_CASE("a callback sees progress and can cancel", "[colorizer]") {
  Colorizer colorizer(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1)));
  colorizer.set_image(picture(50, 40, 1, 8));
  double last = 0;
  colorizer.render([&](const Progress& progress) {
    CHECK(progress.fraction >= last);
    last = progress.fraction;
    return true;
  });
  CHECK(last == 1);
  REQUIRE_THROWS_AS(colorizer.render([](const Progress&) { return false; }), Cancelled);
  REQUIRE_NOTHROW(colorizer.render());
}

TEST_CASE("threads share one model", "[colorizer]") {
  const Image grey = picture(90, 70, 1, 8);
  Colorizer alone(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1)));
  const Image expected = alone.colorize(grey, hints);
  std::vector<Image> results(4);
  {
    std::vector<std::jthread> threads;
    for (Image& result : results)
      threads.emplace_back([&] {
        Colorizer own(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1)));
        result = own.colorize(grey, hints);
      });
  }
  for (const Image& result : results) CHECK(result == expected);
}

TEST_CASE("misuse is named", "[colorizer][errors]") {
  Colorizer colorizer(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1)));
  REQUIRE_THROWS_AS(colorizer.render(), ArgumentError);
  REQUIRE_THROWS_AS(colorizer.set_image(Image()), ArgumentError);
  colorizer.set_image(picture(50, 40, 1, 8));
  REQUIRE_THROWS_AS(colorizer.hints().add(make_hint(50, 0, parse_color("#fff"))), ArgumentError);
  REQUIRE_THROWS_WITH(colorizer.hints().add(make_hint(50, 0, parse_color("#fff"))),
                      ContainsSubstring("(50,0)") && ContainsSubstring("50 x 40"));
  for (const float radius : {-1.f, 1e19f, std::numeric_limits<float>::infinity()}) {
    Hint wide = make_hint(5, 5, parse_color("#fff"));
    wide.radius = radius;
    REQUIRE_THROWS_WITH(colorizer.hints().add(wide), ContainsSubstring("a hint has the radius"));
  }
}

TEST_CASE("colorize leaves picture and hints as they were where it refuses a hint", "[colorizer][errors]") {
  Colorizer colorizer{OptimizationColors()};
  colorizer.set_image(picture(50, 40, 1, 8));
  colorizer.hints().add({3, 4, parse_color("#c8402e")});
  const Image before = colorizer.render();
  const std::vector<Hint> outside{{3, 4, parse_color("#c8402e")}, {20, 0, parse_color("#c8402e")}};
  REQUIRE_THROWS_AS(colorizer.colorize(picture(20, 10, 1, 8), outside), ArgumentError);
  REQUIRE_THROWS_AS(colorizer.colorize(Image(), {}), ArgumentError);
  REQUIRE(colorizer.image().width() == 50);
  REQUIRE(colorizer.hints().size() == 1);
  REQUIRE(colorizer.render() == before);
}
