// The whole network's gradient against PyTorch's autograd, for every parameter, and the laws of recomputation.
#include <cmath>
#include <filesystem>
#include <map>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/weights.hpp"
#include "icolorit/training/training_network.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

const std::filesystem::path golden = ICOLORIT_GOLDEN_DIR;
const std::string names[] = {"cnn", "linear_cell4", "locattn_cell8", "patch_level_hints", "three_channels"};

/// The loss of a golden case's picture and its gradients.
template <class B, class T, class L = L1Loss>
struct Step {
  explicit Step(const std::string& name, bool recompute = false)
      : file(read_weights(golden / "network" / name / "checkpoint.pth")),
        config(infer_config(file)),
        gradients(config) {
    const auto lab = read_npy<float>(golden / "network" / name / "lab.npy"),
               mask = read_npy<float>(golden / "network" / name / "mask.npy");
    auto context = make_context<B>();
    TrainingNetwork<B, T> network(context, config, 1, recompute);
    B::upload(context, network.parameters().flat(), load_weights<T>(file, config).flat());
    // Half precision has few small numbers: its gradients are computed larger (see LossScale).
    constexpr double scale = std::is_same_v<T, f16> ? 1024 : 1;
    loss = network.accumulate(context, lab.template view<4>(), mask.template view<2>(), L{}, {}, scale);
    B::download(context, gradients.flat(), network.gradients().flat());
    for (Index i = 0; i < gradients.flat().extent(0); ++i)
      gradients.flat()[i] = T(static_cast<Accumulator<T>>(gradients.flat()[i]) / static_cast<Accumulator<T>>(scale));
    bytes = network.workspace_bytes();
  }

  TensorFile file;
  IColoriTConfig config;
  ParameterBuffer<IColoriT, T> gradients;
  double loss = 0;
  Index bytes = 0;
};

/// f(cosine, ratio of the norms) of each parameter's gradient and the wanted one, wanted(name).
template <class Step, class Wanted, class F>
void compare_gradients(Step& step, Wanted wanted, F f) {
  IColoriT::visit(step.config, step.gradients.views(), "",
                  [&](const std::string& name, auto& view, const auto&, Decay) {
                    INFO(name);
                    const std::vector<double> expected = wanted(name, view.elements());
                    double product = 0, own = 0, theirs = 0;
                    for (std::size_t i = 0; i < expected.size(); ++i) {
                      const auto g = static_cast<double>(view.data()[i]);
                      product += g * expected[i];
                      own += g * g;
                      theirs += expected[i] * expected[i];
                    }
                    f(product / std::sqrt(own * theirs), std::sqrt(own / theirs));
                  });
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the network's gradient equals autograd's", "[gradients]", SingleBackends) {
  for (const std::string& name : names) {
    CAPTURE(name);
    Step<typename TestType::Backend, typename TestType::Element> step(name);
    const TensorFile golden_file = read_safetensors(golden / "gradients" / (name + ".safetensors"));
    const auto from_file = [&](const std::string& parameter, Index count) {
      std::vector<double> values(static_cast<std::size_t>(count));
      REQUIRE(golden_file.find(parameter) != nullptr);
      copy_elements(*golden_file.find(parameter), std::span<double>(values));
      return values;
    };
    CHECK(step.loss == Approx(from_file("loss", 1)[0]).epsilon(1e-5));
    compare_gradients(step, from_file, [](double cosine, double ratio) {
      // The demands on the project.
      CHECK(cosine >= 0.999999);
      CHECK(std::abs(ratio - 1) <= 1e-4);
    });
  }
}

// Of a smooth loss: the derivative of |d| has another sign wherever a rounding is larger than d, which says nothing
// about the network.
TEMPLATE_LIST_TEST_CASE("the network's gradient in 16 bits points where that in double does", "[gradients]",
                        HalfBackends) {
  for (const std::string& name : names) {
    CAPTURE(name);
    Step<typename TestType::Backend, typename TestType::Element, L2Loss> step(name);
    Step<ReferenceBackend, double, L2Loss> in_double(name);
    CHECK(step.loss == Approx(in_double.loss).epsilon(.01));
    std::map<std::string, std::vector<double>> wanted;
    IColoriT::visit(in_double.config, in_double.gradients.views(), "",
                    [&](const std::string& parameter, auto& view, const auto&, Decay) {
                      wanted[parameter].assign(view.data(), view.data() + view.elements());
                    });
    const auto by_name = [&](const std::string& parameter, Index) { return wanted.at(parameter); };
    compare_gradients(step, by_name, [](double cosine, double) { CHECK(cosine >= .999); });  // the demand
  }
}

TEMPLATE_LIST_TEST_CASE("recomputation changes memory and not results", "[gradients]", Backends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  Step<B, T> kept("cnn"), again("cnn", true);  // two blocks
  CHECK(again.bytes < kept.bytes);
  CHECK(again.loss == kept.loss);
  CHECK(std::equal(kept.gradients.flat().data(), kept.gradients.flat().data() + kept.gradients.flat().extent(0),
                   again.gradients.flat().data()));
}
