#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/models/optimization_engine.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

/// A picture and its solution, each in memory of its own.
struct Picture {
  Picture(Index rows, Index columns, float lightness = 50)
      : height(rows),
        width(columns),
        l_values(static_cast<std::size_t>(height * width), lightness),
        ab_values(2 * l_values.size(), -7.f) {}

  TensorView<float, 2> l() { return {l_values.data(), {height, width}}; }
  TensorView<float, 3> ab() { return {ab_values.data(), {2, height, width}}; }

  void solve(const std::vector<PixelHint>& hints, const OptimizationEngine::Options& options = {}) {
    OptimizationEngine engine(options);
    engine.set_lightness(l());
    engine.solve(ab(), hints);
  }

  Index height, width;
  std::vector<float> l_values, ab_values;
};

/// Smooth shading, noise and a few hard edges.
Picture random_picture(Index height, Index width, std::uint64_t seed) {
  Picture picture(height, width);
  Random random(seed);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      const double shade = 50 + 20 * std::sin(0.4 * static_cast<double>(x)) + ((x / 5 + y / 7) % 2 == 0 ? 0 : 25);
      picture.l()(y, x) = static_cast<float>(shade + random.normal());
    }
  return picture;
}

std::vector<PixelHint> random_hints(Index height, Index width, Index count, std::uint64_t seed) {
  Random random(seed);
  std::vector<PixelHint> hints;
  for (Index i = 0; i < count; ++i)
    hints.push_back({random.below(height), random.below(width), static_cast<float>(120 * random.uniform() - 60),
                     static_cast<float>(120 * random.uniform() - 60)});
  return hints;
}

/// The weight of the pair of neighbours r and s, straight from the definition (eq. 2 and the authors' two floors).
double affinity(TensorView<const float, 2> l, Index ry, Index rx, Index sy, Index sx) {
  std::vector<double> window;
  double nearest = std::numeric_limits<double>::infinity();
  const auto value = [&](Index y, Index x) { return static_cast<double>(l(y, x)) / 100; };
  const auto squared = [](double d) { return d * d; };
  for (Index y = std::max<Index>(ry - 1, 0); y <= std::min(ry + 1, l.extent(0) - 1); ++y)
    for (Index x = std::max<Index>(rx - 1, 0); x <= std::min(rx + 1, l.extent(1) - 1); ++x) {
      window.push_back(value(y, x));
      if (y != ry || x != rx) nearest = std::min(nearest, squared(value(y, x) - value(ry, rx)));
    }
  double mean = 0, variance = 0, total = 0;
  for (const double v : window) mean += v / static_cast<double>(window.size());
  for (const double v : window) variance += squared(v - mean) / static_cast<double>(window.size());
  const OptimizationEngine::Options options;
  const double spread = std::max({options.variance_scale * variance, options.min_variance, nearest / std::log(100.)});
  for (const double v : window) total += std::exp(-squared(v - value(ry, rx)) / spread);
  return std::exp(-squared(value(sy, sx) - value(ry, rx)) / spread) / (total - 1);  // the window holds r itself
}

}  // namespace

TEST_CASE("OptimizationEngine: without hints every colour is 0", "[optimization]") {
  Picture picture = random_picture(9, 13, 1);
  OptimizationEngine engine;
  engine.set_lightness(picture.l());
  for (int round = 0; round < 2; ++round) {
    engine.solve(picture.ab(), {});
    CHECK(std::ranges::all_of(picture.ab_values, [](float v) { return v == 0; }));
    engine.solve(picture.ab(), random_hints(9, 13, 3, 2));
    CHECK(std::ranges::any_of(picture.ab_values, [](float v) { return v != 0; }));
  }
}

TEST_CASE("OptimizationEngine: one hint colours the whole picture", "[optimization]") {
  for (const auto& [height, width] : {std::pair<Index, Index>{1, 1}, {1, 2}, {2, 1}, {1, 500}, {500, 1}, {17, 23}}) {
    CAPTURE(height, width);
    Picture picture = random_picture(height, width, 3);
    picture.solve({{height / 2, width / 3, 30, -40}});
    // The constant is exact in the reals. In doubles each of up to n = 50 regions in a row leaks about 5e-16 through
    // rounding, and reaches the hint through couplings of 1e-8 one after the other: n^2 / 2 * 5e-16 / 1e-8 = 6e-5
    // of 40.
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x) {
        REQUIRE(picture.ab()(0, y, x) == Approx(30).margin(2.5e-3));
        REQUIRE(picture.ab()(1, y, x) == Approx(-40).margin(2.5e-3));
      }
  }
}

TEST_CASE("OptimizationEngine: two regions split by an edge take one colour each", "[optimization]") {
  constexpr Index height = 12, width = 20, edge = 8;
  Picture picture(height, width, 30);
  for (Index y = 0; y < height; ++y)
    for (Index x = edge; x < width; ++x) picture.l()(y, x) = 80;
  picture.solve({{2, 1, 60, 20}, {9, 17, -60, 50}});
  // About 3 * height pairs of the least weight, 1e-8, let 120 units of colour leak through; the regions themselves
  // conduct with about 0.1, so that a leak moves a colour by about 120 * 36e-8 / 0.1 = 4e-4.
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      REQUIRE(picture.ab()(0, y, x) == Approx(x < edge ? 60 : -60).margin(2e-3));
      REQUIRE(picture.ab()(1, y, x) == Approx(x < edge ? 20 : 50).margin(2e-3));
    }
}

TEST_CASE("OptimizationEngine: a flat strip is interpolated linearly", "[optimization]") {
  constexpr Index length = 41;
  for (const bool upright : {false, true}) {
    Picture picture(upright ? length : 1, upright ? 1 : length);
    const auto hint = [&](Index at, float a, float b) {
      return upright ? PixelHint{at, 0, a, b} : PixelHint{0, at, a, b};
    };
    picture.solve({hint(10, -20, 7), hint(30, 60, 7)});
    for (Index i = 0; i < length; ++i) {
      const double expected = -20 + 4 * static_cast<double>(std::clamp<Index>(i - 10, 0, 20));  // constant outside
      const float a = upright ? picture.ab()(0, i, 0) : picture.ab()(0, 0, i);
      CHECK(a == Approx(expected).margin(60 * 0x1p-23));  // the rounding of the result to float
      CHECK(picture.ab_values[static_cast<std::size_t>(length + i)] == Approx(7).margin(7 * 0x1p-23));
    }
  }
}

TEST_CASE("OptimizationEngine: every pixel is the weighted mean of its neighbours", "[optimization]") {
  for (const auto& [height, width] : {std::pair<Index, Index>{13, 17}, {2, 9}, {9, 2}, {1, 30}}) {
    CAPTURE(height, width);
    Picture picture = random_picture(height, width, 4);
    const auto hints = random_hints(height, width, 4, 5);
    picture.solve(hints);
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x) {
        if (std::ranges::any_of(hints, [&, y = y, x = x](const PixelHint& h) { return h.y == y && h.x == x; }))
          continue;
        double total = 0, a = 0, b = 0;
        for (Index ny = std::max<Index>(y - 1, 0); ny <= std::min(y + 1, height - 1); ++ny)
          for (Index nx = std::max<Index>(x - 1, 0); nx <= std::min(x + 1, width - 1); ++nx) {
            if (ny == y && nx == x) continue;
            const double weight =
                std::max(1e-8, std::min(affinity(picture.l(), y, x, ny, nx), affinity(picture.l(), ny, nx, y, x)));
            total += weight;
            a += weight * static_cast<double>(picture.ab()(0, ny, nx));
            b += weight * static_cast<double>(picture.ab()(1, ny, nx));
          }
        // Both sides were rounded to float, each by at most 60 * 2^-24; the solver's own error is far smaller.
        REQUIRE(std::abs(a / total - static_cast<double>(picture.ab()(0, y, x))) <= 60 * 0x1p-23);
        REQUIRE(std::abs(b / total - static_cast<double>(picture.ab()(1, y, x))) <= 60 * 0x1p-23);
      }
  }
}

TEST_CASE("OptimizationEngine: hints stay exactly, colours lie between them", "[optimization]") {
  Picture picture = random_picture(40, 50, 6);
  const auto hints = random_hints(40, 50, 12, 7);
  picture.solve(hints);
  for (Index channel = 0; channel < 2; ++channel) {
    const auto value = [&](const PixelHint& hint) { return channel == 0 ? hint.a : hint.b; };
    const auto [least, most] = std::ranges::minmax(hints, {}, value);
    for (const PixelHint& hint : hints) CHECK(picture.ab()(channel, hint.y, hint.x) == value(hint));
    for (Index y = 0; y < 40; ++y)
      for (Index x = 0; x < 50; ++x) {
        REQUIRE(picture.ab()(channel, y, x) >= value(least) - 1e-5f);
        REQUIRE(picture.ab()(channel, y, x) <= value(most) + 1e-5f);
      }
  }
}

TEST_CASE("OptimizationEngine: hints on every pixel, and several on one", "[optimization]") {
  Picture picture = random_picture(6, 7, 8);
  std::vector<PixelHint> hints;
  for (Index y = 0; y < 6; ++y)
    for (Index x = 0; x < 7; ++x) hints.push_back({y, x, static_cast<float>(y), static_cast<float>(-x)});
  picture.solve(hints);
  for (const PixelHint& hint : hints) {
    CHECK(picture.ab()(0, hint.y, hint.x) == hint.a);
    CHECK(picture.ab()(1, hint.y, hint.x) == hint.b);
  }
  picture.solve({{3, 3, 90, 90}, {3, 3, 5, 6}});  // contradictory: the last counts
  CHECK(picture.ab()(0, 3, 3) == 5);
  CHECK(picture.ab()(1, 0, 0) == Approx(6).margin(1e-5));
}

TEST_CASE("OptimizationEngine: the same result whatever was solved before", "[optimization]") {
  Picture picture = random_picture(31, 29, 9), fresh = picture;
  const auto hints = random_hints(31, 29, 6, 10), others = random_hints(31, 29, 9, 11);
  auto recolored = hints;
  for (PixelHint& hint : recolored) hint.a = -hint.b;

  OptimizationEngine engine;
  engine.set_lightness(random_picture(5, 8, 12).l());
  engine.set_lightness(picture.l());
  const auto check = [&](const std::vector<PixelHint>& now) {
    engine.solve(picture.ab(), now);
    fresh.solve(now);
    CHECK(picture.ab_values == fresh.ab_values);
  };
  check(hints);
  check(others);
  check(hints);
  check(recolored);  // on the factors of the call before
  check({});
  check(hints);
}

TEST_CASE("OptimizationEngine: strided views, and a turned picture gives a turned result", "[optimization]") {
  Picture picture = random_picture(14, 11, 13), turned(11, 14);
  const auto hints = random_hints(14, 11, 5, 14);
  picture.solve(hints);

  std::vector<PixelHint> turned_hints = hints;
  for (PixelHint& hint : turned_hints) std::swap(hint.y, hint.x);
  OptimizationEngine engine;
  engine.set_lightness(picture.l().transposed());
  std::vector<float> wide(static_cast<std::size_t>(2 * 11 * 14 * 2), -7.f);  // every second column is the result's
  engine.solve({wide.data(), {2, 11, 14}, {11 * 28, 28, 2}}, turned_hints);
  for (Index y = 0; y < 11; ++y)
    for (Index x = 0; x < 14; ++x) {
      const auto at = static_cast<std::size_t>(y * 28 + 2 * x);
      CHECK(wide[at] == Approx(picture.ab()(0, x, y)).margin(1e-4));  // another order of elimination
      CHECK(wide[at + 1] == -7.f);
    }
}

TEST_CASE("OptimizationEngine: refuses what it cannot solve", "[optimization]") {
  Picture picture(4, 5);
  OptimizationEngine engine;
  CHECK_THROWS_AS(engine.solve(picture.ab(), {}), ShapeError);
  CHECK_THROWS_WITH(engine.solve(picture.ab(), {}), ContainsSubstring("expected set_lightness before"));
  CHECK_THROWS_AS(engine.set_lightness({picture.l_values.data(), {0, 5}}), ShapeError);
  engine.set_lightness(picture.l());
  CHECK_THROWS_WITH(engine.solve(picture.ab().narrowed(1, 0, 3), {}),
                    ContainsSubstring("OptimizationEngine.solve: ab is (2,3,5), expected (2,4,5)"));
  for (const PixelHint& hint : {PixelHint{4, 0, 0, 0}, {0, 5, 0, 0}, {-1, 0, 0, 0}, {0, -1, 0, 0}})
    CHECK_THROWS_AS(engine.solve(picture.ab(), std::vector{hint}), ArgumentError);
  CHECK_THROWS_WITH(engine.solve(picture.ab(), std::vector{PixelHint{4, 2, 0, 0}}),
                    ContainsSubstring("the hint at row 4, column 2 lies outside the working picture of 4 rows"));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(engine.solve(picture.ab(), std::vector{PixelHint{1, 2, nan, 0}}),
                    ContainsSubstring("has the colour a = nan"));
  CHECK(picture.ab()(0, 0, 0) == -7);  // nothing was written

  Picture broken(2, 2);
  broken.l()(1, 0) = nan;
  CHECK_THROWS_AS(engine.set_lightness(broken.l()), ArgumentError);
  CHECK_THROWS_WITH(engine.set_lightness(broken.l()), ContainsSubstring("row 1, column 0 is nan"));
  engine.solve(picture.ab(), std::vector{PixelHint{0, 0, 3, 4}});  // the picture before is still there
  CHECK(picture.ab()(1, 3, 4) == Approx(4));

  CHECK_THROWS_WITH(OptimizationEngine(OptimizationEngine::Options{.variance_scale = 0}),
                    ContainsSubstring("variance_scale 0"));
  CHECK_THROWS_AS(OptimizationEngine(OptimizationEngine::Options{.min_variance = -1}), ArgumentError);
}

TEST_CASE("OptimizationEngine: progress rises to 1, and each step can cancel", "[optimization]") {
  Picture picture = random_picture(8, 8, 15);
  const std::vector<PixelHint> hints{{1, 1, 10, 10}, {6, 6, -10, 10}};
  OptimizationEngine engine;
  engine.set_lightness(picture.l());
  std::vector<double> fractions;
  engine.solve(picture.ab(), hints, [&](const Progress& progress) {
    fractions.push_back(progress.fraction);
    return true;
  });
  REQUIRE(fractions.size() >= 2);
  CHECK(std::ranges::is_sorted(fractions));
  CHECK(fractions.front() == 0);
  CHECK(fractions.back() == 1);

  for (std::size_t stop = 0; stop < fractions.size(); ++stop) {
    Picture canvas = picture;
    std::ranges::fill(canvas.ab_values, -7.f);
    OptimizationEngine other;
    other.set_lightness(canvas.l());
    std::size_t step = 0;
    CHECK_THROWS_AS(other.solve(canvas.ab(), hints, [&](const Progress&) { return step++ != stop; }), Cancelled);
    CHECK(std::ranges::all_of(canvas.ab_values, [](float v) { return v == -7; }));
    other.solve(canvas.ab(), hints);
    CHECK(canvas.ab_values == picture.ab_values);
  }
}

TEST_CASE("OptimizationEngine.working_size: small pictures stay, large ones keep their shape", "[optimization]") {
  using Size = std::pair<Index, Index>;
  CHECK(OptimizationEngine::working_size(224, 224) == Size(224, 224));
  CHECK(OptimizationEngine::working_size(1, 1) == Size(1, 1));
  CHECK(OptimizationEngine::working_size(1, 5000) == Size(1, 5000));
  CHECK(OptimizationEngine::working_size(4000, 3000) == Size(346, 260));
  CHECK(OptimizationEngine::working_size(3000, 4000) == Size(260, 346));
  for (const auto& [width, height] : {Size{1 << 20, 1}, {1, 1 << 20}, {1 << 20, 3}, {1 << 20, 1 << 12}, {301, 300}}) {
    const auto [w, h] = OptimizationEngine::working_size(width, height);
    CAPTURE(width, height, w, h);
    CHECK((w >= 1 && h >= 1 && w <= width && h <= height));
    CHECK(w * h <= 90'000 + (w + h) / 2 + 1);  // each side is rounded by at most half a pixel
  }
  CHECK_THROWS_AS(OptimizationEngine::working_size(0, 5), ArgumentError);
  CHECK_THROWS_AS(OptimizationEngine::working_size(5, 5, 0), ArgumentError);
}
