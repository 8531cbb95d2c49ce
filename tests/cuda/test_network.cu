// The whole network on the device: golden files of the executable specification, in every element type, run as it is,
// recorded and replayed.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/predictor.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

const std::filesystem::path golden = ICOLORIT_GOLDEN_DIR;

/// What the network of a golden case makes of its input, and what it should: ab in network units.
template <class T>
struct GoldenRun {
  explicit GoldenRun(const std::string& name) {
    const auto read = [&](const char* file) { return read_npy<float>(golden / "network" / name / file); };
    const TensorFile file = read_weights(golden / "network" / name / "checkpoint.pth");
    Predictor<CudaBackend, T> predictor(std::make_shared<const Model<CudaBackend, T>>(file));
    const NpyArray<float> lab = read("lab.npy"), mask = read("mask.npy");
    wanted = read("ab.npy").values;
    ab.resize(wanted.size());
    const Index S = predictor.model().height();
    const auto predict = [&] { predictor({ab.data(), {1, 2, S, S}}, lab.view<4>(), mask.view<2>()); };
    predict();
    first = ab;
    for (int i = 0; i < 2; ++i) {  // recorded, then replayed
      std::fill(ab.begin(), ab.end(), std::numeric_limits<float>::quiet_NaN());
      predict();
    }
  }

  double largest_error() const {
    double largest = 0;
    for (std::size_t i = 0; i < ab.size(); ++i)
      largest = std::max(largest, std::abs(static_cast<double>(ab[i]) - static_cast<double>(wanted[i])));
    return largest;
  }
  /// Of ab's range, 2 network units.
  double psnr() const {
    double squares = 0;
    for (std::size_t i = 0; i < ab.size(); ++i) squares += std::pow(static_cast<double>(ab[i]) - wanted[i], 2);
    return 10 * std::log10(4 * static_cast<double>(ab.size()) / squares);
  }

  std::vector<float> ab, first, wanted;
};

}  // namespace

// Cases whose configuration follows from the file alone.
TEST_CASE("the network on the device equals the executable specification", "[network]") {
  for (const std::string name : {"cnn", "linear_cell4", "locattn_cell8", "patch_level_hints", "three_channels"}) {
    CAPTURE(name);
    const GoldenRun<float> single(name);
    CHECK(single.largest_error() <= 1e-4);  // docs/specification.md
    CHECK(single.ab == single.first);       // the same from run to run
    CHECK(GoldenRun<double>(name).largest_error() <= 1e-6);
    CHECK(GoldenRun<bf16>(name).psnr() >= 45);
    CHECK(GoldenRun<f16>(name).psnr() >= 45);
  }
}

TEST_CASE("two threads predict at the same time, each with a context of its own", "[network]") {
  const auto predict = [](std::vector<float>& ab) { ab = GoldenRun<float>("cnn").ab; };
  std::vector<float> first, second, alone;
  {
    const std::jthread one([&] { predict(first); }), other([&] { predict(second); });
  }
  predict(alone);
  CHECK(first == alone);
  CHECK(second == alone);
}
