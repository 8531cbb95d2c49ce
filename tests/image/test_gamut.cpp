#include <cmath>

#include "icolorit/core/random.hpp"
#include "icolorit/image/gamut.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

Lab<double> scaled(const Lab<double>& lab, double t) { return {lab.l, t * lab.a, t * lab.b}; }
bool is_inside(const Lab<double>& lab) { return is_in_gamut(lab_to_linear(lab)); }

/// A colour of any lightness, about half of them outside sRGB.
Lab<double> random_color(Random& random) {
  return {100 * random.uniform(), 220 * random.uniform() - 110, 220 * random.uniform() - 110};
}

}  // namespace

TEST_CASE("a colour that sRGB can show stays, bit for bit", "[gamut]") {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    // a third of the components at the gamut's faces
    const auto component = [&] { return std::min(1.0, std::max(0.0, 1.5 * random.uniform() - .25)); };
    const Lab<double> lab = rgb_to_lab(Rgb<double>{component(), component(), component()});
    REQUIRE(clamp_to_gamut(lab) == lab);
    const Lab<float> single{static_cast<float>(lab.l), static_cast<float>(lab.a), static_cast<float>(lab.b)};
    REQUIRE(clamp_to_gamut(single) == single);
  }
  REQUIRE(clamp_to_gamut(Lab<double>{100, 0, 0}) == Lab<double>{100, 0, 0});
  REQUIRE(clamp_to_gamut(Lab<double>{0, 0, 0}) == Lab<double>{0, 0, 0});
}

TEST_CASE("another gets paler by the largest scale that sRGB can show", "[gamut]") {
  Random random(2);
  int outside = 0;
  for (int i = 0; i < 2000; ++i) {
    const Lab<double> lab = random_color(random);
    const Lab<double> clamped = clamp_to_gamut(lab);
    REQUIRE(clamped.l == lab.l);
    REQUIRE(is_inside(scaled(clamped, 1 - 1e-12)));  // the boundary itself moves by rounding, which fma changes
    if (is_inside(lab)) continue;
    ++outside;
    const double t = clamped.a / lab.a;
    REQUIRE(clamped.b == Approx(t * lab.b).margin(1e-12));
    for (double beyond = t + 1e-9; beyond <= 1; beyond += 1.0 / 1024)  // nothing more vivid that the search resolves
      if (beyond > t + 1.0 / 64 || beyond < t + 1e-8) REQUIRE_FALSE(is_inside(scaled(lab, beyond)));
  }
  REQUIRE(outside > 500);
  REQUIRE(clamp_to_gamut(Lab<double>{120, 30, 30}) == Lab<double>{120, 0, 0});
}

TEST_CASE("tiles are clamped like single colours", "[gamut]") {
  Random random(3);
  for (int repeat = 0; repeat < 50; ++repeat) {
    LabTile tile;
    for (std::size_t i = 0; i < tile.l.size(); ++i) {
      const Lab<double> lab = random_color(random);
      tile.l[i] = static_cast<float>(lab.l);
      tile.a[i] = static_cast<float>(lab.a);
      tile.b[i] = static_cast<float>(lab.b);
    }
    const LabTile before = tile;
    LinearTile linear;
    clamp_to_gamut(tile, linear);
    for (std::size_t i = 0; i < tile.l.size(); ++i) {
      const Lab<double> lab{double{before.l[i]}, double{before.a[i]}, double{before.b[i]}};
      const double exact = clamp_to_gamut(lab).a / lab.a, fast = double{tile.a[i]} / lab.a;
      INFO(lab.l << ' ' << lab.a << ' ' << lab.b << ", t " << fast << ", exactly " << exact);
      REQUIRE(is_in_gamut(Rgb<float>{linear.r[i], linear.g[i], linear.b[i]}));
      REQUIRE(fast <= exact + 1e-4);  // float against double at the boundary
      // 1/4096 and as much for float; near yellow a narrow island may be missed
      if (lab.l < 92) REQUIRE(fast >= exact - 2.0 / 4096);
      if (is_inside(lab) && is_inside(scaled(lab, 1.001))) REQUIRE(tile.a[i] == before.a[i]);
    }
  }
}
