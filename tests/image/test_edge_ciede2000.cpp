// The colour error beside strong edges of lightness, on pictures where it can be told by hand.
#include <cmath>
#include <utility>
#include <vector>

#include "icolorit/image/metrics/edge_ciede2000.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

constexpr Index height = 30, width = 40;

/// A grey picture, L*a*b* (3,height,width), whose lightness f(y, x) gives.
template <class F>
std::vector<float> grey_lab(F&& f) {
  std::vector<float> lab(3 * height * width);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) lab[static_cast<std::size_t>(y * width + x)] = f(y, x);
  return lab;
}

/// With a raised by 10 in columns [first, last].
std::vector<float> tinted(std::vector<float> lab, Index first, Index last) {
  for (Index y = 0; y < height; ++y)
    for (Index x = first; x <= last; ++x) lab[static_cast<std::size_t>((height + y) * width + x)] += 10;
  return lab;
}

TensorView<const float, 3> view(const std::vector<float>& lab) { return {lab.data(), {3, height, width}}; }

}  // namespace

TEST_CASE("the slope of lightness: ramps have their own, sharp steps half their height", "[metrics]") {
  const auto ramp = grey_lab([](Index y, Index x) { return static_cast<float>(2 * x + y); });
  CHECK(lightness_slope(view(ramp)[0], 9, 9) == Approx(std::hypot(2, 1)));
  const auto step = grey_lab([](Index, Index x) { return x < 20 ? 30.f : 70.f; });
  CHECK(lightness_slope(view(step)[0], 5, 18) == 0);
  CHECK(lightness_slope(view(step)[0], 5, 19) == 20);
  CHECK(lightness_slope(view(step)[0], 0, 20) == 20);  // the border goes on as it is
  CHECK(lightness_slope(view(step)[0], 5, 21) == 0);
}

TEST_CASE("edge_ciede2000 counts the pixels within 8 of a strong edge and no others", "[metrics]") {
  const auto truth = grey_lab([](Index, Index x) { return x < 20 ? 30.f : 70.f; });  // edges in columns 19 and 20
  const double dark = ciede2000({30, 0, 0}, {30, 10, 0}), light = ciede2000({70, 0, 0}, {70, 10, 0});
  CHECK(edge_ciede2000(view(truth), view(truth)) == 0.);
  CHECK(edge_ciede2000(view(truth), view(tinted(truth, 0, 10))) == 0.);
  CHECK(edge_ciede2000(view(truth), view(tinted(truth, 29, 39))) == 0.);
  CHECK(edge_ciede2000(view(truth), view(tinted(truth, 11, 28))).value() == Approx((dark + light) / 2));
  CHECK(edge_ciede2000(view(truth), view(tinted(truth, 11, 11))).value() == Approx(dark / 18));  // of 18 columns
}

TEST_CASE("edge_ciede2000 is unknown where the true picture has no strong edge", "[metrics]") {
  const auto soft = grey_lab([](Index, Index x) { return x < 20 ? 30.f : 69.f; });
  const auto sharp = grey_lab([](Index, Index x) { return x < 20 ? 30.f : 70.f; });
  CHECK_FALSE(edge_ciede2000(view(soft), view(sharp)).has_value());  // edges of the prediction do not matter
  CHECK(edge_ciede2000(view(sharp), view(soft)).has_value());
}

TEST_CASE("beside_strong_edges reaches equally far in every direction", "[metrics]") {
  // A white dot on black: its four neighbours have a slope of 25, the diagonal ones of 17.7, itself 0.
  const auto dot = grey_lab([](Index y, Index x) { return y == 14 && x == 17 ? 100.f : 0.f; });
  const std::vector<std::uint8_t> beside = beside_strong_edges(view(dot)[0]);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      bool near = false;
      for (const auto& [row, column] : {std::pair(13, 17), std::pair(15, 17), std::pair(14, 16), std::pair(14, 18)})
        near = near || (y - row) * (y - row) + (x - column) * (x - column) <= 64;
      CAPTURE(y, x);
      REQUIRE(beside[static_cast<std::size_t>(y * width + x)] == near);
    }
}

TEST_CASE("edge_ciede2000 names pictures it cannot take", "[metrics][errors]") {
  const auto lab = grey_lab([](Index, Index) { return 50.f; });
  REQUIRE_THROWS_AS(edge_ciede2000(view(lab), view(lab).narrowed(2, 0, 9)), ShapeError);
  REQUIRE_THROWS_AS(edge_ciede2000(view(lab).narrowed(0, 0, 2), view(lab)), ShapeError);
}
