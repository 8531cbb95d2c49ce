#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/models/lpips.hpp"
#include "icolorit/reference/backend.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

const std::filesystem::path folder = std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "lpips";

/// The narrow VGG-16 of make_lpips.py.
struct Golden {
  TensorFile vgg = read_weights(folder / "vgg.pth"), heads = read_weights(folder / "lpips.pth");
  NpyArray<float> first = read_npy<float>(folder / "first.npy"), second = read_npy<float>(folder / "second.npy");
  std::map<std::string, double> values;

  Golden() {
    std::ifstream in(folder / "values.txt");
    std::string name;
    double value = 0;
    while (in >> name >> value) values[name] = value;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("LPIPS equals PyTorch's, in both conventions", "[lpips]", ReferenceBackend, CpuBackend) {
  const Golden golden;
  LpipsMetric<TestType> metric(join_lpips_weights(golden.vgg, golden.heads));
  const auto a = golden.first.view<3>(), b = golden.second.view<3>();
  // Sums of up to 144 products in float, through 13 layers: a relative 1e-5; docs/specification.md asks for 1e-4.
  CHECK(metric(a, b) == Approx(golden.values.at("standard")).epsilon(1e-5));
  CHECK(metric(a, b, LpipsRange::published) == Approx(golden.values.at("published")).epsilon(1e-5));
  CHECK(metric(b, a) == Approx(metric(a, b)).epsilon(1e-12));
  CHECK(metric(a, a) == 0);
  CHECK(metric.distance(metric.features(a), metric.features(b)) == metric(a, b));
}

TEST_CASE("LPIPS does not depend on the number of threads", "[lpips]") {
  const Golden golden;
  const TensorFile weights = join_lpips_weights(golden.vgg, golden.heads);
  LpipsMetric<CpuBackend> one(weights, CpuBackend::Context(1)), three(weights, CpuBackend::Context(3));
  CHECK(one(golden.first.view<3>(), golden.second.view<3>()) == three(golden.first.view<3>(), golden.second.view<3>()));
}

TEST_CASE("LPIPS names pictures and weights that it cannot take", "[lpips][errors]") {
  const Golden golden;
  const TensorFile weights = join_lpips_weights(golden.vgg, golden.heads);
  LpipsMetric<CpuBackend> metric(weights);
  const auto picture = golden.first.view<3>();
  REQUIRE_NOTHROW(metric.features(picture.narrowed(1, 0, 16).narrowed(2, 0, 16)));
  REQUIRE_THROWS_AS(metric.features(picture.narrowed(1, 0, 15)), ShapeError);
  REQUIRE_THROWS_WITH(metric.features(picture.narrowed(1, 0, 15)),
                      ContainsSubstring("(3,15,50), expected at least 16"));
  REQUIRE_THROWS_AS(metric.features(picture.narrowed(0, 0, 1)), ShapeError);
  REQUIRE_THROWS_AS(metric(picture, picture.narrowed(2, 0, 48)), ShapeError);
  REQUIRE_THROWS_WITH(metric(picture, picture.narrowed(2, 0, 48)), ContainsSubstring("pictures of one size"));

  REQUIRE_THROWS_AS(LpipsMetric<CpuBackend>(golden.vgg), WeightsError);
  REQUIRE_THROWS_WITH(LpipsMetric<CpuBackend>(golden.vgg),
                      ContainsSubstring("missing: lin0.model.1.weight") && ContainsSubstring("classifier.0.bias"));
  REQUIRE_THROWS_WITH(join_lpips_weights(golden.heads, golden.heads), ContainsSubstring("features.0.weight"));
  REQUIRE_THROWS_AS(join_lpips_weights(golden.heads, golden.heads), WeightsError);
}
