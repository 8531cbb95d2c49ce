// Weights of pixels in the loss: their gradient, their way from the data set, and what they change.
#include "icolorit/training/loss_weights.hpp"

#include <filesystem>

#include "icolorit/io/npy.hpp"
#include "icolorit/models/weights.hpp"
#include "icolorit/training/trainer.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/training.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

const std::filesystem::path network_folder = std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn";

/// Smooth pictures whose left half counts and whose right half does not.
struct HalfPictures : SmoothPictures {
  Image loss_weights(Index) const {
    Image weights(16, 16, 1, 8);  // half the pictures' size
    const auto samples = weights.samples<std::uint8_t>();
    for (Index y = 0; y < 16; ++y)
      for (Index x = 0; x < 16; ++x) samples(y, x, 0) = x < 8 ? 255 : 0;
    return weights;
  }
};
static_assert(WeighsPixels<HalfPictures> && !WeighsPixels<SmoothPictures>);

/// Nothing counts.
struct WorthlessPictures : SmoothPictures {
  Image loss_weights(Index) const { return Image(1, 1, 1, 8); }
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("the network's weighted gradient is the slope of its weighted loss", "[gradients]",
                        DoubleBackends) {
  using B = typename TestType::Backend;
  const TensorFile file = read_weights(network_folder / "checkpoint.pth");
  const IColoriTConfig config = infer_config(file);
  const auto lab = read_npy<float>(network_folder / "lab.npy"), mask = read_npy<float>(network_folder / "mask.npy");
  const Index S = config.size;
  Buffer<float> pixels(S * S);
  Random random(3);
  for (Index i = 0; i < pixels.size(); ++i) pixels.data()[i] = static_cast<float>(random.uniform());
  const LossWeights<float> weights{std::as_const(pixels).view(1, S, S), 5};

  auto context = make_context<B>();
  TrainingNetwork<B, double> network(context, config, 1);
  const auto start = load_weights<double>(file, config);
  const TensorView<const double, 1> values = start.flat();
  const auto loss_at = [&](double step, const Buffer<double>& direction) {
    Buffer<double> moved(values.extent(0));
    for (Index i = 0; i < moved.size(); ++i) moved.data()[i] = values[i] + step * direction.data()[i];
    B::upload(context, network.parameters().flat(), std::as_const(moved).view());
    network.clear_gradients(context);
    return network.accumulate(context, lab.template view<4>(), mask.template view<2>(), L2Loss{}, {}, 1, weights);
  };
  Buffer<double> direction(values.extent(0)), gradient(values.extent(0));
  for (Index i = 0; i < direction.size(); ++i) direction.data()[i] = 2 * random.uniform() - 1;
  constexpr double step = 1e-5;
  const double slope = (loss_at(step, direction) - loss_at(-step, direction)) / (2 * step);
  loss_at(0, direction);
  B::download(context, gradient.view(), TensorView<const double, 1>(network.gradients().flat()));
  double product = 0;
  for (Index i = 0; i < gradient.size(); ++i) product += gradient.data()[i] * direction.data()[i];
  CHECK(product == Approx(slope).epsilon(1e-6));
}

TEST_CASE("weights are cut, mirrored and resized as their picture is", "[training]") {
  const HalfPictures dataset;
  Augmentation augmentation;
  augmentation.size = 32;
  augmentation.min_area = augmentation.max_area = 1;
  augmentation.min_ratio = augmentation.max_ratio = 1;
  augmentation.mirrored = .5;
  const SampleMaker<HalfPictures> maker(dataset, augmentation, {.most = 4});
  Buffer<float> mask(16 * 16), weights(32 * 32);
  int mirrored = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SkipReport skipped;
    const Crop crop = maker(mask.view(), 0, Random(seed), skipped, weights.view(32, 32)).crop;
    mirrored += crop.mirrored;
    CHECK(weights.view(32, 32)(9, 3) == (crop.mirrored ? 0.f : 1.f));
    CHECK(weights.view(32, 32)(9, 28) == (crop.mirrored ? 1.f : 0.f));
  }
  CHECK((mirrored > 0 && mirrored < 20));

  CHECK_THROWS_AS(crop_to_weights(weights.view(32, 32), gradient_picture(8, 8), Crop{{0, 0, 8, 8}, false, {}}),
                  ShapeError);
}

TEST_CASE("a feed brings the weights that the loader makes into the backend's memory", "[training]") {
  const HalfPictures dataset;
  LoaderConfig config = small_loader();
  config.augmentation.size = 16;
  config.augmentation.mirrored = .5;
  Loader<HalfPictures> loader(dataset, config);
  KernelBackend::Context context;
  Feed<KernelBackend, float, HalfPictures> feed(context, dataset, config);
  for (int batch = 0; batch < 3; ++batch) {
    const auto expected = loader.next().weights;
    const auto there = feed.next().weights;
    REQUIRE(there.extents() == std::array<Index, 3>{4, 16, 16});
    std::vector<float> values(static_cast<std::size_t>(there.elements()));
    KernelBackend::download(context, TensorView<float, 1>(values.data(), {there.elements()}), there.flat());
    CHECK(std::equal(values.begin(), values.end(), expected.data()));
  }
  CHECK(Loader<SmoothPictures>(pictures, config).next().weights.empty());
}

TEST_CASE("hinted cells and the data set's weights change what is learned", "[training]") {
  const auto losses = [](const auto& dataset, double hint_weight) {
    TrainerConfig config = small_training();
    config.hint_weight = hint_weight;
    config.parts = 2;
    Trainer<CpuBackend, std::remove_cvref_t<decltype(dataset)>, HuberLoss> trainer(dataset, config, small_loader());
    return losses_of(trainer, 3);
  };
  const auto published = losses(pictures, 1);
  CHECK(losses(pictures, 10)[0] > published[0]);  // random weights are wrong everywhere, and hints count ten times
  CHECK(losses(pictures, 0)[0] < published[0]);
  CHECK(losses(HalfPictures(), 1)[0] < .75 * published[0]);
  CHECK(losses(WorthlessPictures(), 7) == std::vector<double>{0, 0, 0});
}
