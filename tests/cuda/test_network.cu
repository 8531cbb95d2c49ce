// The whole network on the device: golden files of the executable specification, in every element type, and a training
// that follows PyTorch's.
#include <cmath>
#include <filesystem>
#include <string>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/predictor.hpp"
#include "icolorit/training/adamw.hpp"
#include "icolorit/training/losses.hpp"
#include "icolorit/training/schedule.hpp"
#include "icolorit/training/training_network.hpp"
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
    predictor({ab.data(), {1, 2, S, S}}, lab.view<4>(), mask.view<2>());
    first = ab;
    predictor({ab.data(), {1, 2, S, S}}, lab.view<4>(), mask.view<2>());
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
    CHECK(single.largest_error() <= 1e-4);  // the demand on the project
    CHECK(single.ab == single.first);       // the same from run to run
    CHECK(GoldenRun<double>(name).largest_error() <= 1e-6);
    CHECK(GoldenRun<bf16>(name).psnr() >= 45);
    CHECK(GoldenRun<f16>(name).psnr() >= 45);
  }
}

TEMPLATE_TEST_CASE("twenty steps on the device follow PyTorch's AdamW", "[training]", float, double) {
  const TensorFile file = read_weights(golden / "network" / "cnn" / "checkpoint.pth");
  const IColoriTConfig config = infer_config(file);
  const auto lab = read_npy<float>(golden / "network" / "cnn" / "lab.npy"),
             mask = read_npy<float>(golden / "network" / "cnn" / "mask.npy");
  const auto expected = read_npy<double>(golden / "training" / "losses.npy");
  CudaBackend::Context context;
  TrainingNetwork<CudaBackend, TestType> network(context, config, 1);
  CudaBackend::upload(context, network.parameters().flat(), load_weights<TestType>(file, config).flat());
  AdamW<CudaBackend, IColoriT, TestType> optimizer(context, config);
  const CosineSchedule rate{2e-3, 1e-5, 20, 5};
  for (Index step = 0; step < 20; ++step) {
    CAPTURE(step);
    network.clear_gradients(context);
    const double loss = network.accumulate(context, lab.view<4>(), mask.view<2>(), L1Loss{});
    CHECK(loss == Approx(expected.values[static_cast<std::size_t>(step)]).epsilon(1e-4));  // the demand on the project
    optimizer.step(context, network.parameters().flat(), network.gradients().flat(), rate.at(step), .05);
  }
}
