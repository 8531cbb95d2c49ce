#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "icolorit/image/metrics/boundary_psnr.hpp"
#include "icolorit/image/metrics/ciede2000.hpp"
#include "icolorit/image/metrics/colorfulness.hpp"
#include "icolorit/image/metrics/hint_fidelity.hpp"
#include "icolorit/image/metrics/hint_propagation_range.hpp"
#include "icolorit/image/metrics/patch_error_variance.hpp"
#include "icolorit/image/metrics/psnr.hpp"
#include "icolorit/image/metrics/ssim.hpp"
#include "icolorit/io/npy.hpp"
#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("psnr is -10 log10 of the mean squared error, at most 50 dB", "[metrics]") {
  std::vector<float> a(3 * 4 * 5, .5f), b = a;
  const TensorView<const float, 3> x(a.data(), {3, 4, 5}), y(b.data(), {3, 4, 5});
  REQUIRE(psnr(x, y) == Approx(50));
  for (float& value : b) value += .1f;
  REQUIRE(psnr(x, y) == Approx(20).margin(1e-5));  // .1f is .1 to 1.5e-8
  b = a;
  b[7] += .6f;  // 0.36 / 60
  REQUIRE(psnr(x, y) == Approx(-10 * std::log10(.006)).margin(1e-5));
  b[7] = a[7] + .01f;  // 1e-4 / 60 is below the clamp
  REQUIRE(psnr(x, y) == Approx(50));
}

TEST_CASE("psnr reads any strides and names pictures of different extents", "[metrics]") {
  std::vector<float> planar(3 * 2 * 2), interleaved(3 * 2 * 2);
  const TensorView<float, 3> p(planar.data(), {3, 2, 2}), q(interleaved.data(), {3, 2, 2}, {1, 6, 3});
  for (Index c = 0; c < 3; ++c)
    for (Index i = 0; i < 4; ++i) p(c, i / 2, i % 2) = q(c, i / 2, i % 2) = static_cast<float>(c + 3 * i) / 12;
  REQUIRE(mean_squared_error(p, q) == 0);
  REQUIRE_THROWS_AS(psnr(p, p.narrowed(2, 0, 1)), ShapeError);
  REQUIRE_THROWS_WITH(psnr(p, p.narrowed(2, 0, 1)), ContainsSubstring("b is (3,2,1), expected (3,2,2)"));
  REQUIRE_THROWS_AS(psnr(p.narrowed(1, 0, 0), p.narrowed(1, 0, 0)), ShapeError);
}

namespace {

/// A golden picture (3,48,64).
class GoldenPicture {
 public:
  explicit GoldenPicture(const std::string& name)
      : array_(read_npy<float>(std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "metrics" / (name + ".npy"))) {}
  TensorView<const float, 3> view() const { return {array_.values.data(), {3, 48, 64}}; }

 private:
  NpyArray<float> array_;
};

std::map<std::string, double> golden_values() {
  std::ifstream in(std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "metrics" / "values.txt");
  std::map<std::string, double> values;
  std::string name;
  double value = 0;
  while (in >> name >> value) values[name] = value;
  return values;
}

// The published test data: Sharma, Wu, Dalal 2005, table 1.
struct SharmaPair {
  Lab<double> first, second;
  double difference;
};
const SharmaPair sharma_pairs[] = {
    {{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},
    {{50, 3.1571, -77.2803}, {50, 0, -82.7485}, 2.8615},
    {{50, 2.8361, -74.0200}, {50, 0, -82.7485}, 3.4412},
    {{50, -1.3802, -84.2814}, {50, 0, -82.7485}, 1.0000},
    {{50, -1.1848, -84.8006}, {50, 0, -82.7485}, 1.0000},
    {{50, -0.9009, -85.5211}, {50, 0, -82.7485}, 1.0000},
    {{50, 0, 0}, {50, -1, 2}, 2.3669},
    {{50, -1, 2}, {50, 0, 0}, 2.3669},
    {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0009}, 7.1792},
    {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0010}, 7.1792},
    {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0011}, 7.2195},
    {{50, 2.4900, -0.0010}, {50, -2.4900, 0.0012}, 7.2195},
    {{50, -0.0010, 2.4900}, {50, 0.0009, -2.4900}, 4.8045},
    {{50, -0.0010, 2.4900}, {50, 0.0010, -2.4900}, 4.8045},
    {{50, -0.0010, 2.4900}, {50, 0.0011, -2.4900}, 4.7461},
    {{50, 2.5, 0}, {50, 0, -2.5}, 4.3065},
    {{50, 2.5, 0}, {73, 25, -18}, 27.1492},
    {{50, 2.5, 0}, {61, -5, 29}, 22.8977},
    {{50, 2.5, 0}, {56, -27, -3}, 31.9030},
    {{50, 2.5, 0}, {58, 24, 15}, 19.4535},
    {{50, 2.5, 0}, {50, 3.1736, 0.5854}, 1.0000},
    {{50, 2.5, 0}, {50, 3.2972, 0}, 1.0000},
    {{50, 2.5, 0}, {50, 1.8634, 0.5757}, 1.0000},
    {{50, 2.5, 0}, {50, 3.2592, 0.3350}, 1.0000},
    {{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644},
    {{63.0109, -31.0961, -5.8663}, {62.8187, -29.7946, -4.0864}, 1.2630},
    {{61.2901, 3.7196, -5.3901}, {61.4292, 2.2480, -4.9620}, 1.8731},
    {{35.0831, -44.1164, 3.7933}, {35.0232, -40.0716, 1.5901}, 1.8645},
    {{22.7233, 20.0904, -46.6940}, {23.0331, 14.9730, -42.5619}, 2.0373},
    {{36.4612, 47.8580, 18.3852}, {36.2715, 50.5065, 21.2231}, 1.4146},
    {{90.8027, -2.0831, 1.4410}, {91.1528, -1.6435, 0.0447}, 1.4441},
    {{90.9257, -0.5406, -0.9208}, {88.6381, -0.8985, -0.7239}, 1.5381},
    {{6.7747, -0.2908, -2.4247}, {5.8714, -0.0985, -2.2286}, 0.6377},
    {{2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}, 0.9082},
};

}  // namespace

TEST_CASE("metrics equal the executable specification and their published definitions", "[metrics]") {
  const GoldenPicture truth("truth"), prediction("prediction"), before("lab_before"), after("lab_after");
  auto expected = golden_values();
  REQUIRE(expected.size() == 9);
  const HintPropagation range = hint_propagation_range(before.view(), after.view(), 20, 31);
  const std::map<std::string, double> found{
      {"psnr", psnr(truth.view(), prediction.view())},
      {"boundary_psnr", boundary_psnr(truth.view(), prediction.view(), 8)},
      {"boundary_psnr_16", boundary_psnr(truth.view(), prediction.view())},
      {"patch_error_variance", patch_error_variance(truth.view(), prediction.view(), 8)},
      {"patch_error_variance_16", patch_error_variance(truth.view(), prediction.view())},
      {"hint_propagation_mean", range.mean},
      {"hint_propagation_deviation", range.deviation},
      {"ssim", ssim(truth.view(), prediction.view())},
      {"colorfulness", colorfulness(prediction.view())}};
  for (const auto& [name, value] : found) {
    CAPTURE(name);
    CHECK(value == Approx(expected.at(name)).margin(1e-4).epsilon(1e-5));  // 1e-4: docs/specification.md
  }
}

TEST_CASE("CIEDE2000 equals the published test data", "[metrics]") {
  for (const auto& [first, second, difference] : sharma_pairs) {
    CAPTURE(first.l, first.a, first.b, second.l, second.a, second.b);
    CHECK(ciede2000(first, second) == Approx(difference).margin(1e-4).epsilon(0));
    CHECK(ciede2000(second, first) == Approx(difference).margin(1e-4).epsilon(0));
  }
}

TEST_CASE("a hint is kept where its cell is near to its colour", "[metrics]") {
  // Lightness 50 and b = 0 throughout; a rises by 0.7 from column to column in the truth and is 0 in the prediction.
  constexpr Index side = 8;
  std::vector<float> truth(3 * side * side), prediction(3 * side * side);
  for (Index y = 0; y < side; ++y)
    for (Index x = 0; x < side; ++x) {
      truth[static_cast<std::size_t>(y * side + x)] = prediction[static_cast<std::size_t>(y * side + x)] = 50;
      truth[static_cast<std::size_t>((side + y) * side + x)] = .7f * static_cast<float>(x);
    }
  const TensorView<const float, 3> a(truth.data(), {3, side, side}), b(prediction.data(), {3, side, side});
  const HintGrid grid(side, side, 2);
  // The means of a in the four columns of cells are 0.35, 1.75, 3.15 and 4.55; near grey CIEDE2000 counts a 1.5 fold
  // (its weight of neutral colours), divided by 1 + 0.045 times half of that: 0.52, 2.48, 4.27, 5.92.
  const std::vector<Index> near{0, 1, 2}, far{3}, all{0, 1, 2, 3, 4, 5, 6, 7}, none;
  CHECK(hint_fidelity(a, b, grid, near) == 1);
  CHECK(hint_fidelity(a, b, grid, far) == 0);
  CHECK(hint_fidelity(a, b, grid, all) == .75);
  CHECK(hint_fidelity(a, b, grid, all, 4) == .5);
  CHECK(hint_fidelity(a, a, grid, all, 0) == 1);
  CHECK_THROWS_AS(hint_fidelity(a, b, grid, none), ArgumentError);
}

TEST_CASE("metrics of equal pictures, of grey ones, and of no noticeable change", "[metrics]") {
  const GoldenPicture truth("truth"), lab("lab_before");
  CHECK(ssim(truth.view(), truth.view()) == Approx(1).epsilon(1e-12));
  CHECK(boundary_psnr(truth.view(), truth.view()) == Approx(50));
  CHECK(patch_error_variance(truth.view(), truth.view()) == 0);
  CHECK(mean_ciede2000(truth.view(), truth.view()) == 0);
  CHECK(hint_propagation_range(lab.view(), lab.view(), 3, 4).pixels == 0);
  const std::vector<float> grey(3 * 8 * 8, .4f);
  CHECK(colorfulness({grey.data(), {3, 8, 8}}) == Approx(0).margin(1e-12));
}

TEST_CASE("metrics name pictures they cannot take", "[metrics][errors]") {
  const GoldenPicture truth("truth");
  const auto small = truth.view().narrowed(1, 0, 8).narrowed(2, 0, 8);
  REQUIRE_THROWS_AS(ssim(small, small), ShapeError);
  REQUIRE_THROWS_AS(ssim(truth.view(), small), ShapeError);
  REQUIRE_THROWS_AS(boundary_psnr(small, small, 8), ShapeError);
  REQUIRE_THROWS_AS(boundary_psnr(small, small, 0), ArgumentError);
  REQUIRE_THROWS_AS(patch_error_variance(small, small, 8), ShapeError);
}
