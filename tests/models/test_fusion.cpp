// Fusion: hints hold exactly, spread up to edges, and leave the rest to the network.
#include <algorithm>
#include <cmath>
#include <map>

#include "icolorit/icolorit.hpp"
#include "icolorit/image/metrics/ciede2000.hpp"
#include "icolorit/models/fusion_protocol.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/pictures.hpp"
#include "support/small_model.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

using Fusion = FusionEngine<NetworkEngine<CpuBackend>>;

/// A dark and a bright half, with a soft wave in each.
Image two_halves(Index width, Index height) {
  Image image(width, height, 1, 8);
  const auto samples = image.samples<std::uint8_t>();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      samples(y, x, 0) =
          static_cast<std::uint8_t>((2 * x < width ? 90 : 170) + 8 * std::sin(.11 * static_cast<double>(y)));
  return image;
}

/// A stand-in for a network that paints everything in one colour, whatever the hints are.
struct OneColor {
  static constexpr bool keeps_hints = false;
  static constexpr Index side = 32;
  float a = 0, b = 0;

  std::pair<Index, Index> working_size(Index, Index) const { return {side, side}; }
  void set_picture(const ImageView&) {}
  void predict(TensorView<float, 3> ab, std::span<const Hint>, const ImageView&, const ProgressCallback&) {
    std::fill_n(ab.data(), side * side, a);
    std::fill_n(ab.data() + side * side, side * side, b);
  }
  Index lost_hints() const { return 0; }
  std::pair<double, double> hint_cell(Index, Index) const { return {1, 1}; }
  template <class F>
  void for_each(Index count, F&& f) {
    for (Index i = 0; i < count; ++i) f(i);
  }
};

/// The colour that a picture of this lightness can show for a hint: the hint's a and b, made paler where sRGB ends.
Lab<double> asked(const Hint& hint, double lightness) {
  return clamp_to_gamut(Lab<double>{lightness, double{hint.color.a}, double{hint.color.b}});
}

Lab<double> pixel(const Image& image, Index y, Index x) {
  return visit_samples(image, [&](auto samples) {
    const auto unit = [&](Index c) {
      return static_cast<double>(samples(y, x, image.has_color() ? c : 0)) / image.max_value();
    };
    return rgb_to_lab(Rgb<double>{unit(0), unit(1), unit(2)});
  });
}

std::vector<Hint> random_hints(Index count, Index width, Index height, std::uint64_t seed) {
  Random random(seed);
  std::vector<Hint> hints;
  for (Index i = 0; i < count; ++i) {
    const auto sample = [&] { return static_cast<std::uint8_t>(random.below(256)); };
    hints.push_back({random.below(width), random.below(height), Rgb<std::uint8_t>{sample(), sample(), sample()}});
  }
  return hints;
}

}  // namespace

TEST_CASE("every hint comes out in its colour at full size, at any count and size", "[fusion]") {
  const auto [width, height] =
      GENERATE(std::pair<Index, Index>{61, 47}, std::pair<Index, Index>{640, 480}, std::pair<Index, Index>{1500, 900},
               std::pair<Index, Index>{1, 1}, std::pair<Index, Index>{300, 2});
  const Index count = GENERATE(Index{1}, Index{10}, Index{500});
  CAPTURE(width, height, count);
  const Image grey = two_halves(width, height);
  std::vector<Hint> hints = random_hints(count, width, height, 3);
  if (count == 500 && width > 100 && height > 100)  // and neighbouring pixels of opposite colours
    for (Index i = 0; i < 20; ++i)
      hints.push_back({40 + i, 33, i % 2 == 0 ? parse_color("#c02020") : parse_color("#20a040")});
  Colorizer colorizer{Fusion(small_model())};
  const Image result = colorizer.colorize(grey, hints);
  std::map<std::pair<Index, Index>, Hint> last;
  for (const Hint& hint : hints) last[{hint.y, hint.x}] = hint;
  CHECK(colorizer.lost_hints() == std::ssize(hints) - std::ssize(last));
  for (const auto& [place, hint] : last) {
    const Lab<double> got = pixel(result, place.first, place.second);
    CHECK(ciede2000(asked(hint, pixel(grey, place.first, place.second).l), got) <= 1);
  }
}

TEST_CASE("in 16 bits and beside an alpha channel, too", "[fusion]") {
  Image picture(400, 300, 2, 16);
  const auto samples = picture.samples<std::uint16_t>();
  for (Index y = 0; y < 300; ++y)
    for (Index x = 0; x < 400; ++x) {
      samples(y, x, 0) = static_cast<std::uint16_t>(20000 + 60 * x);
      samples(y, x, 1) = static_cast<std::uint16_t>(100 * y);
    }
  const std::vector<Hint> hints = random_hints(50, 400, 300, 8);
  Colorizer colorizer{Fusion(small_model())};
  const Image result = colorizer.colorize(picture, hints);
  REQUIRE(result.channels() == 4);
  for (const Hint& hint : hints)
    CHECK(ciede2000(asked(hint, pixel(picture, hint.y, hint.x).l), pixel(result, hint.y, hint.x)) <= .3);
}

TEST_CASE("a colour spreads up to the edge and not across it", "[fusion]") {
  const Image grey = two_halves(200, 120);
  Colorizer colorizer(FusionEngine(OneColor{}));
  const Hint beside_the_edge{97, 60, parse_color("#c03020")};  // the edge is at 100
  const Image result = colorizer.colorize(grey, {&beside_the_edge, 1});
  CHECK(pixel(result, 60, 90).a > 10);
  CHECK(pixel(result, 60, 104).a < .1 * pixel(result, 60, 90).a);  // as far away on the other side
}

TEST_CASE("a hint on a mixed pixel colours the side of the edge on which it lies", "[fusion]") {
  // Reduced by 5.2, the edge at x = 1002 falls into the middle of a working pixel.
  Image grey(2004, 1200, 1, 8);
  const auto samples = grey.samples<std::uint8_t>();
  for (Index y = 0; y < grey.height(); ++y)
    for (Index x = 0; x < grey.width(); ++x) samples(y, x, 0) = x < 1002 ? 60 : 200;
  const auto reds_beside = [&](Index x) {
    const Hint hint{x, 600, parse_color("#c02020")};
    Colorizer colorizer(FusionEngine(OneColor{}));
    const Image result = colorizer.colorize(grey, {&hint, 1});
    return std::pair(pixel(result, 600, 980).a, pixel(result, 600, 1023).a);
  };
  const auto [dark_left, dark_right] = reds_beside(1001);
  CHECK(dark_left > 10);
  CHECK(dark_right < .1 * dark_left);
  const auto [bright_left, bright_right] = reds_beside(1002);
  CHECK(bright_right > 10);
  CHECK(bright_left < .1 * bright_right);
}

TEST_CASE("a hint's spot has its colour all over, but not across an edge", "[fusion]") {
  const Image grey = two_halves(300, 200);
  const Hint spot{130, 100, parse_color("#3050c0"), /*radius=*/30};  // the edge is at 150, within the radius
  Colorizer colorizer{Fusion(small_model())};
  const Image result = colorizer.colorize(grey, {&spot, 1});
  for (const auto& [x, y] : {std::pair<Index, Index>{130, 100}, {145, 100}, {110, 100}, {130, 125}, {130, 75}})
    CHECK(ciede2000(asked(spot, pixel(grey, y, x).l), pixel(result, y, x)) <= 2);
  CHECK(ciede2000(asked(spot, pixel(grey, 100, 155).l), pixel(result, 100, 155)) > 5);
}

TEST_CASE("far from hints the colours are the network's", "[fusion]") {
  Colorizer colorizer(FusionEngine(OneColor{12, -20}));
  colorizer.set_image(two_halves(300, 200));
  const auto all_the_networks = [&](Index from_row) {
    colorizer.render();
    const auto ab = colorizer.ab();
    for (Index y = from_row; y < ab.extent(1); ++y)
      for (Index x = 0; x < ab.extent(2); ++x)
        if (std::abs(ab(0, y, x) - 12) > .3f || std::abs(ab(1, y, x) + 20) > .3f) return false;
    return true;
  };
  CHECK(all_the_networks(0));
  colorizer.hints().add({150, 3, parse_color("#40c040")});
  CHECK_FALSE(all_the_networks(0));
  CHECK(all_the_networks(180));
}

TEST_CASE("a moved hint is rendered without allocation, the same for any number of threads and any history",
          "[fusion]") {
  Colorizer colorizer{Fusion(small_model())};
  colorizer.set_image(two_halves(400, 300));
  const std::vector<Hint> hints = random_hints(20, 400, 300, 4);
  const auto id = colorizer.hints().add(hints);
  const Image first = colorizer.render();
  colorizer.hints().move(id, 200, 100);
  const Index before = allocations();
  const Image* rendered = &colorizer.render();
  CHECK(allocations() == before);
  CHECK_FALSE(*rendered == first);
  colorizer.hints().move(id, hints[0].x, hints[0].y);
  CHECK(colorizer.render() == first);
  for (const int threads : {1, 3}) {
    Colorizer other(Fusion(NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(threads))));
    CHECK(other.colorize(two_halves(400, 300), hints) == first);
  }
}

TEST_CASE("a mirrored network's progress never falls, and its colours are those of both passes", "[fusion]") {
  const auto engine = [](bool mirrored) {
    return NetworkEngine<CpuBackend>(small_model(), CpuBackend::Context(1), 2, mirrored);
  };
  const std::vector<Hint> hints = random_hints(5, 60, 40, 6);
  Colorizer once{engine(false)}, other{engine(false)}, both{engine(true)};
  Colorizer twice{FusionEngine(engine(true))};
  twice.set_image(two_halves(60, 40));
  twice.hints().add(hints);
  double last = 0;
  twice.render([&](const Progress& progress) {
    CHECK(progress.fraction >= last);
    last = progress.fraction;
    return true;
  });
  CHECK(last == 1);

  // The mean of the picture's colours and of its mirror image's, turned back.
  Image mirrored = two_halves(60, 40);
  const auto samples = mirrored.samples<std::uint8_t>();
  for (Index y = 0; y < 40; ++y) std::reverse(&samples(y, 0, 0), &samples(y, 0, 0) + 60);
  std::vector<Hint> turned = hints;
  for (Hint& hint : turned) hint.x = 59 - hint.x;
  both.colorize(two_halves(60, 40), hints);
  once.colorize(two_halves(60, 40), hints);
  const auto mean = both.ab(), straight = once.ab();
  other.colorize(mirrored, turned);
  const auto back = other.ab();
  const Index w = mean.extent(2);
  for (Index c = 0; c < 2; ++c)
    for (Index y = 0; y < mean.extent(1); ++y)
      for (Index x = 0; x < w; ++x)
        REQUIRE(mean(c, y, x) == Approx((straight(c, y, x) + back(c, y, w - 1 - x)) / 2).margin(.05));
}

TEST_CASE("a model alone makes a colorizer that fuses", "[fusion]") {
  STATIC_REQUIRE(std::same_as<decltype(Colorizer(small_model())), Colorizer<Fusion>>);
}

TEST_CASE("options of fusion that make no sense are refused", "[fusion][errors]") {
  CHECK_THROWS_AS(ColorFusion(0, 5), ShapeError);
  CHECK_THROWS_AS(ColorFusion(5, 5, {.trust = 0}), ArgumentError);
  CHECK_THROWS_AS(ColorFusion(5, 5, {.reach = -1}), ArgumentError);
  ColorFusion fusion(5, 5);
  Buffer<float> ab(50), l(25);
  std::fill_n(l.data(), 25, 50.f);
  std::fill_n(ab.data(), 50, 1.f);
  fusion.set_lightness(std::as_const(l).view(5, 5));
  const FixedColor outside{5, 0, 0, 0, 50};
  CHECK_THROWS_AS(fusion.solve(ab.view(2, 5, 5), std::as_const(ab).view(2, 5, 5), {&outside, 1}), ArgumentError);
}

TEST_CASE("under the published protocol hinted cells have their colours, on any number of threads", "[fusion]") {
  const HintGrid grid(16, 16, 2);
  FusionProtocol one(grid, 4, 1), many(grid, 4, 3);
  std::vector<EvaluationPicture> pictures;
  for (std::uint64_t i = 0; i < 3; ++i) pictures.emplace_back(gradient_picture(40, 30, i), 16, 16);
  const std::vector<std::vector<Index>> cells{{}, {9}, {0, 20, 63}};
  std::vector<const EvaluationPicture*> batch;
  std::vector<const std::vector<Index>*> lists;
  for (std::size_t i = 0; i < 3; ++i) {
    batch.push_back(&pictures[i]);
    lists.push_back(&cells[i]);
  }
  Buffer<float> network(3 * 2 * 16 * 16);
  std::fill_n(network.data(), network.size(), .1f);
  const TensorView<const float, 4> target = std::as_const(network).view(3, 2, 16, 16);
  const TensorView<const float, 4> ab = one.fuse(target, batch, lists), same = many.fuse(target, batch, lists);
  CHECK(std::equal(ab.data(), ab.data() + ab.elements(), same.data()));
  for (Index y = 0; y < 16; ++y)
    for (Index x = 0; x < 16; ++x) CHECK(ab(0, 0, y, x) == Approx(.1).margin(1e-4));  // no hint: the network's
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}})
    for (const Index cell : cells[i])
      CHECK(ab(static_cast<Index>(i), 1, grid.row_of(cell) + 1, grid.column_of(cell)) ==
            Approx(cell_color(pictures[i].lab(), grid, cell).b).margin(1e-4));
  CHECK_THROWS_AS(FusionProtocol(grid, 0, 1), ArgumentError);
  CHECK_THROWS_AS(one.fuse(target, batch, std::span(lists).first(2)), ShapeError);
}
