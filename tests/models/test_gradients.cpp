// The whole network's gradient against PyTorch's autograd, for every parameter, and the laws of recomputation.
#include <filesystem>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/position_tables.hpp"
#include "icolorit/models/weights.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

const std::filesystem::path golden = ICOLORIT_GOLDEN_DIR;

/// One training step's gradients of the L1 loss (sum over the two channels, mean over the rest).
template <class B, class T>
struct Step {
  Step(const IColoriTConfig& config, const ParameterBuffer<IColoriT, T>& params, std::span<const float> lab_values,
       std::span<const float> mask_values, bool recompute)
      : gradients(config) {
    auto context = make_context<B>();
    const Index S = config.size, P = config.patch, M = config.trained().tokens(), width = config.token_size();
    std::fill_n(gradients.flat().data(), gradients.flat().extent(0), T(0));
    Buffer<T> lab(3 * S * S), mask(std::ssize(mask_values)), target(M * width), dtokens(M * width);
    std::copy(lab_values.begin(), lab_values.end(), lab.data());
    std::copy(mask_values.begin(), mask_values.end(), mask.data());
    const Buffer<T> positions = resized_position_table<T>(config.trained(), config.trained(), config.dim);

    Workspace<HostMemory> workspace(Index{1} << 26);
    Arena arena = workspace.arena();
    const auto saved = IColoriT::take_saved<T>(config, 1, recompute, arena);
    const auto forward = [&] {
      IColoriT::forward<B, T>(context, std::as_const(lab).view(1, 3, S, S), std::as_const(mask).view(1, mask.size()),
                              positions.view(M, config.dim), config, params.views(), {}, saved, arena);
    };
    forward();
    B::pixel_unshuffle(context, target.view(M, width), TensorView<const T, 4>(lab.data() + S * S, {1, 2, S, S}), P);
    for (Index i = 0; i < M * width; ++i) {
      const T difference = saved.head.y.data()[i] - target.data()[i];
      loss += std::abs(static_cast<double>(difference)) / static_cast<double>(M * P * P);
      dtokens.data()[i] = (difference > 0 ? T(1) : T(-1)) / static_cast<T>(M * P * P);
    }
    IColoriT::backward<B, T>(context, gradients.views(), dtokens.view(M, width), config, params.views(), {}, saved,
                             arena);
    bytes = arena.peak();
  }

  ParameterBuffer<IColoriT, T> gradients;
  double loss = 0;
  Index bytes = 0;
};

}  // namespace

TEMPLATE_TEST_CASE("the network's gradient equals autograd's", "[gradients]", ReferenceFloat, CpuFloat, CpuDouble) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  for (const std::string name : {"cnn", "linear_cell4", "locattn_cell8", "patch_level_hints", "three_channels"}) {
    CAPTURE(name);
    const TensorFile file = read_weights(golden / "network" / name / "checkpoint.pth");
    const IColoriTConfig config = infer_config(file);
    const auto lab = read_npy<float>(golden / "network" / name / "lab.npy"),
               mask = read_npy<float>(golden / "network" / name / "mask.npy");
    auto step = Step<B, T>(config, load_weights<T>(file, config), lab.values, mask.values, false);

    const TensorFile expected = read_safetensors(golden / "gradients" / (name + ".safetensors"));
    double loss = 0;
    copy_elements(*expected.find("loss"), std::span<double>(&loss, 1));
    CHECK(step.loss == Approx(loss).epsilon(1e-5));
    IColoriT::visit(config, step.gradients.views(), "",
                    [&](const std::string& parameter, auto& view, const auto&, Decay) {
                      std::vector<double> wanted(static_cast<std::size_t>(view.elements()));
                      REQUIRE(expected.find(parameter) != nullptr);
                      copy_elements(*expected.find(parameter), std::span<double>(wanted));
                      double product = 0, own = 0, theirs = 0;
                      for (std::size_t i = 0; i < wanted.size(); ++i) {
                        const auto g = static_cast<double>(view.data()[i]);
                        product += g * wanted[i];
                        own += g * g;
                        theirs += wanted[i] * wanted[i];
                      }
                      INFO(parameter);
                      // The demands on the project.
                      CHECK(product / std::sqrt(own * theirs) >= 0.999999);
                      CHECK(std::abs(std::sqrt(own / theirs) - 1) <= 1e-4);
                    });
  }
}

TEST_CASE("recomputation changes memory and not results", "[gradients]") {
  const std::string name = "cnn";  // two blocks
  const TensorFile file = read_weights(golden / "network" / name / "checkpoint.pth");
  IColoriTConfig config = infer_config(file);
  const auto lab = read_npy<float>(golden / "network" / name / "lab.npy"),
             mask = read_npy<float>(golden / "network" / name / "mask.npy");
  const auto weights = load_weights<float>(file, config);
  Step<CpuBackend, float> kept(config, weights, lab.values, mask.values, false),
      again(config, weights, lab.values, mask.values, true);
  CHECK(again.bytes < kept.bytes);
  CHECK(again.loss == kept.loss);
  CHECK(std::equal(kept.gradients.flat().data(), kept.gradients.flat().data() + kept.gradients.flat().extent(0),
                   again.gradients.flat().data()));
}
