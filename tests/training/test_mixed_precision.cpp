// Training in 16 bits: master parameters in float, loss scaling, and that it learns as training in float does.
#include <cmath>
#include <vector>

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/training.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

template <class On>
using SmallTrainer = Trainer<typename On::Backend, SmoothPictures, HuberLoss, typename On::Element>;

}  // namespace

// docs/specification.md, "How close this library comes".
TEMPLATE_LIST_TEST_CASE("200 steps in 16 bits end within 1 % of the loss in 32", "[training][precision]",
                        HalfBackends) {
  TrainerConfig config = small_training();
  config.network.depth = 2;
  config.epochs = 10;
  config.clip = 1;
  LoaderConfig loader = small_loader();
  loader.pictures_per_epoch = 80;
  const auto last_losses = [](auto trainer) {
    const std::vector<double> losses = losses_of(trainer, 200);
    double sum = 0;
    for (std::size_t i = 180; i < 200; ++i) sum += losses[i];
    CHECK(sum / 20 < .8 * losses.front());
    CHECK(trainer.state().updates >= 190);  // all but those that found the scale
    return sum / 20;
  };
  const double expected = last_losses(SmallTrainer<ReferenceFloat>(pictures, config, loader));
  CHECK(last_losses(SmallTrainer<TestType>(pictures, config, loader)) == Approx(expected).epsilon(.01));
}

TEMPLATE_LIST_TEST_CASE("a training in 16 bits goes on from its file, bit for bit, with its master parameters",
                        "[training][precision]", HalfBackends) {
  using T = typename TestType::Element;
  using HalfTrainer = SmallTrainer<TestType>;
  TrainerConfig config = small_training();
  config.average = .99;
  HalfTrainer straight(pictures, config, small_loader());
  const std::vector<double> expected = losses_of(straight, 4);
  HalfTrainer first(pictures, config, small_loader()), second(pictures, config, small_loader());
  losses_of(first, 2);
  second.restore(first.checkpoint());
  CHECK(losses_of(second, 2) == std::vector<double>(expected.begin() + 2, expected.end()));
  CHECK(bytes_of(second) == bytes_of(straight));
  CHECK(second.state().scale.factor == straight.state().scale.factor);
  CHECK(second.state().scale.steps == straight.state().scale.steps);

  const TensorFile file = straight.checkpoint();
  const StoredTensor* weight = file.find("norm.weight");
  REQUIRE(weight->dtype == DType::f32);
  std::vector<float> values(32);
  copy_elements(*weight, std::span<float>(values));
  CHECK(std::ranges::any_of(values, [](float value) { return value != float(T(value)); }));
  SmallTrainer<ReferenceFloat> single(pictures, config, small_loader());
  CHECK_THROWS_WITH(HalfTrainer(pictures, config, small_loader()).restore(single.checkpoint()),
                    ContainsSubstring(concat("precision is \"", name_of(dtype_of<T>), "\" and was missing")));
}

TEST_CASE("the loss scale of half precision falls where gradients overflow and rises after many steps",
          "[training][precision]") {
  LossScale scale = LossScale::initial<f16>();
  CHECK(scale.factor == 65536);
  scale.update<f16>(false);
  CHECK(scale.factor == 32768);
  for (Index i = 0; i < LossScale::steps_to_double - 1; ++i) scale.update<f16>(true);
  CHECK(scale.factor == 32768);
  scale.update<f16>(true);
  CHECK(scale.factor == 65536);
  for (Index i = 0; i < 100 * LossScale::steps_to_double; ++i) scale.update<f16>(true);
  CHECK(scale.factor == LossScale::most);
  for (int i = 0; i < 100; ++i) scale.update<f16>(false);
  CHECK(scale.factor == 1);
  CHECK(LossScale::initial<bf16>().factor == 1);
  CHECK(LossScale::initial<float>().factor == 1);

  // So steep that the first gradients cannot be f16; the trainer finds a scale at which they can.
  struct SteepLoss : L1Loss {
    float derivative(float difference) const { return 1e3f * L1Loss::derivative(difference); }
  };
  TrainerConfig config = small_training();
  config.epochs = 10;
  config.max_skipped = 20;
  Trainer<ReferenceBackend, SmoothPictures, SteepLoss, f16> trainer(pictures, config, small_loader());
  Index skipped = 0;
  for (int i = 0; i < 20; ++i) skipped += trainer.step().skipped;
  CHECK(skipped > 0);
  CHECK(skipped < 20);
  CHECK(trainer.state().scale.factor == std::ldexp(65536, -static_cast<int>(skipped)));
}
