// Losses, schedules and AdamW against the executable specification and PyTorch.
#include <filesystem>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/weights.hpp"
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

/// The network of the golden case `cnn`, its picture and its hints.
template <class B, class T>
struct Training {
  Training()
      : file(read_weights(golden / "network" / "cnn" / "checkpoint.pth")),
        config(infer_config(file)),
        context(make_context<B>()),
        network(context, config, 1),
        lab(read_npy<float>(golden / "network" / "cnn" / "lab.npy")),
        mask(read_npy<float>(golden / "network" / "cnn" / "mask.npy")) {
    B::upload(context, network.parameters().flat(), load_weights<T>(file, config).flat());
  }

  template <class L>
  double loss_and_gradients(const L& loss) {
    network.clear_gradients(context);
    return network.accumulate(context, lab.view<4>(), mask.view<2>(), loss);
  }

  TensorFile file;
  IColoriTConfig config;
  typename B::Context context;
  TrainingNetwork<B, T> network;
  NpyArray<float> lab, mask;
};

/// A loss that no header of the library knows.
struct CharbonnierLoss {
  template <class T>
  ICOLORIT_HOST_DEVICE T value(T d) const {
    return std::sqrt(d * d + T(1e-6));
  }
  template <class T>
  ICOLORIT_HOST_DEVICE T derivative(T d) const {
    return d / std::sqrt(d * d + T(1e-6));
  }
};

}  // namespace

TEST_CASE("schedules equal the specification's step for step", "[training]") {
  const CosineSchedule schedules[] = {{5e-4, 1e-5, 20, 10}, {.05, .05, 6}, {1., .1, 12, 4, .2}};
  const auto expected = read_npy<double>(golden / "training" / "schedule.npy");
  std::size_t position = 0;
  for (const CosineSchedule& schedule : schedules)
    for (Index step = 0; step < schedule.steps; ++step) {
      CAPTURE(step);
      REQUIRE(position < expected.values.size());
      CHECK(schedule.at(step) == Approx(expected.values[position++]).epsilon(1e-12));
    }
  CHECK(position == expected.values.size());
  REQUIRE_THROWS_AS(schedules[1].at(6), ArgumentError);
}

TEST_CASE("losses equal the specification", "[training]") {
  Training<ReferenceBackend, double> training;
  const auto expected = read_npy<double>(golden / "training" / "values.npy");
  CHECK(training.loss_and_gradients(L1Loss{}) == Approx(expected.values[0]).epsilon(1e-9));
  CHECK(training.loss_and_gradients(L2Loss{}) == Approx(expected.values[1]).epsilon(1e-9));
  CHECK(training.loss_and_gradients(HuberLoss{}) == Approx(expected.values[2]).epsilon(1e-9));
}

TEMPLATE_TEST_CASE("derivatives of losses are those of their values", "[training]", L1Loss, L2Loss, HuberLoss,
                   CharbonnierLoss) {
  const TestType loss;
  for (const double d : {-.5, -.02, -.004, .003, .0099, .0101, .7}) {
    CAPTURE(d);
    CHECK(loss.derivative(d) == Approx((loss.value(d + 1e-7) - loss.value(d - 1e-7)) / 2e-7).epsilon(1e-5));
  }
  CHECK(ProvidesLoss<ReferenceBackend, float, TestType>);
}

TEMPLATE_LIST_TEST_CASE("twenty steps follow PyTorch's AdamW", "[training]", SingleBackends) {
  using B = typename TestType::Backend;
  using T = typename TestType::Element;
  Training<B, T> training;
  AdamW<B, T> optimizer(training.context, ParameterLayout<IColoriT>(training.config));
  const CosineSchedule rate{2e-3, 1e-5, 20, 5};
  const auto expected = read_npy<double>(golden / "training" / "losses.npy");
  REQUIRE(expected.values.size() == 20);
  for (Index step = 0; step < 20; ++step) {
    CAPTURE(step);
    const double loss = training.loss_and_gradients(L1Loss{});
    CHECK(loss == Approx(expected.values[static_cast<std::size_t>(step)]).epsilon(1e-4));  // docs/specification.md
    optimizer.step(training.context, training.network.parameters().flat(), training.network.gradients().flat(),
                   rate.at(step), .05);
  }
  CHECK(optimizer.steps() == 20);
  CHECK(expected.values.back() < .8 * expected.values.front());
}

TEST_CASE("the norm of a gradient and its clipping", "[training]") {
  Training<ReferenceBackend, double> training;
  AdamW<ReferenceBackend, double> optimizer(training.context, ParameterLayout<IColoriT>(training.config));
  training.loss_and_gradients(L2Loss{});
  double squares = 0;
  const auto flat = training.network.gradients().flat();
  for (Index i = 0; i < flat.extent(0); ++i) squares += flat[i] * flat[i];
  const double norm = optimizer.norm(training.context, flat);
  CHECK(norm == Approx(std::sqrt(squares)).epsilon(1e-12));
  CHECK(clipping_factor(norm, 0) == 1);
  CHECK(clipping_factor(norm, 2 * norm) == 1);
  CHECK(clipping_factor(norm, norm / 4) == Approx(.25));
}
