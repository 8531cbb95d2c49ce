// The trainer: the same numbers whatever interrupts or divides it, and it learns.
#include "icolorit/training/trainer.hpp"

#include <filesystem>
#include <limits>

#include "icolorit/io/safetensors.hpp"
#include "icolorit/training/validation.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/counting_allocator.hpp"
#include "support/executors.hpp"
#include "support/pictures.hpp"
#include "support/training.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

template <class L = HuberLoss>
using SmallTrainer = Trainer<CpuBackend, SmoothPictures, L>;

}  // namespace

TEST_CASE("ten steps are five steps, a file, and five more, bit for bit", "[training]") {
  TrainerConfig config = small_training();
  config.average = .99;
  config.drop_path = .3;
  config.clip = .5;
  config.parts = 2;
  LoaderConfig loader = small_loader();
  loader.augmentation.mirrored = .5;

  SmallTrainer<> straight(pictures, config, loader);
  const std::vector<double> expected = losses_of(straight, 10);

  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "checkpoint.safetensors";
  {
    SmallTrainer<> first(pictures, config, loader);
    losses_of(first, 5);
    const TensorFile file = first.checkpoint();
    write_safetensors(path, file.tensors, file.metadata);
  }
  SmallTrainer<> second(pictures, config, loader);
  second.restore(read_safetensors(path));
  CHECK(losses_of(second, 5) == std::vector<double>(expected.begin() + 5, expected.end()));
  CHECK(bytes_of(second) == bytes_of(straight));
  CHECK(second.state().updates == 10);
  CHECK(second.state().running.loss == straight.state().running.loss);

  // A checkpoint is a file of weights, too.
  CHECK(infer_config(read_safetensors(path)) == config.network);
  CHECK_NOTHROW(load_weights<float>(read_safetensors(path), config.network));
}

TEST_CASE("threads, executors, parts and recomputation change no result", "[training]") {
  const auto run = [](auto change, CpuBackend::Context context = CpuBackend::Context(1)) {
    TrainerConfig config = small_training();
    LoaderConfig loader = small_loader();
    change(config, loader);
    SmallTrainer<> trainer(pictures, config, loader, {}, std::move(context));
    std::vector<double> losses = losses_of(trainer, 4);
    return std::pair(losses, bytes_of(trainer));
  };
  const auto expected = run([](auto&, auto&) {});
  CHECK(run([](auto&, auto& loader) { loader.threads = 5; }, CpuBackend::Context(3)) == expected);
  with_each_executor(
      3, [&](auto executor) { CHECK(run([](auto&, auto&) {}, CpuBackend::Context(std::move(executor))) == expected); });
  CHECK(run([](auto& config, auto&) { config.recompute = true; }) == expected);
  const auto in_parts = run([](auto& config, auto&) { config.parts = 4; });
  for (std::size_t i = 0; i < 4; ++i) CHECK(in_parts.first[i] == Approx(expected.first[i]).epsilon(1e-5));
}

TEST_CASE("a training pass allocates nothing", "[training]") {
  for (const Stabilizer head : {Stabilizer::convolution, Stabilizer::linear, Stabilizer::local_attention})
    for (const bool recompute : {false, true}) {
      CAPTURE(name_of(head), recompute);
      const IColoriTConfig config{.dim = 32, .heads = 2, .patch = 8, .size = 32, .depth = 2, .head = head};
      CpuBackend::Context context(1);
      TrainingNetwork<CpuBackend> network(context, config, 2, recompute);
      CHECK(TrainingNetwork<CpuBackend>::memory_required(config, 2, recompute) ==
            network.workspace_bytes() + 2 * network.parameters().flat().extent(0) * Index{sizeof(float)});
      const auto parameters = random_parameters(config, 1);
      std::copy_n(parameters.flat().data(), parameters.flat().extent(0), network.parameters().flat().data());
      Buffer<float> lab(2 * 3 * 32 * 32), mask(2 * 16 * 16);
      std::fill_n(lab.data(), lab.size(), .1f);
      std::fill_n(mask.data(), mask.size(), 1.f);
      const auto pass = [&] {
        network.accumulate(context, std::as_const(lab).view(2, 3, 32, 32), std::as_const(mask).view(2, 256), L1Loss{});
      };
      const Index before = allocations();
      pass();
      CHECK(allocations() == before);
    }
}

TEST_CASE("the running mean of the weights", "[training]") {
  TrainerConfig config = small_training();
  config.average = .9;
  config.warmup_epochs = 0;
  SmallTrainer<> trainer(pictures, config, small_loader());
  const auto values = [&](const TensorFile& file) {
    std::vector<float> result(32);
    copy_elements(*file.find("norm.weight"), std::span<float>(result));
    return result;
  };
  std::vector<float> mean = values(trainer.weights());
  for (const double decay : {2. / 11, 3. / 12, 4. / 13}) {  // (1 + n) / (10 + n) after n updates
    trainer.step();
    const std::vector<float> now = values(trainer.checkpoint()), reported = values(trainer.weights());
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += static_cast<float>(1 - decay) * (now[i] - mean[i]);
      CHECK(reported[i] == Approx(mean[i]).epsilon(1e-6));
    }
  }
}

namespace {

/// A user's own loss, that is not finite whenever the test says so.
struct FragileLoss : L1Loss {
  const bool* broken = nullptr;
  template <class T>
  T value(T difference) const {
    return *broken ? std::numeric_limits<T>::infinity() : L1Loss::value(difference);
  }
};

}  // namespace

TEST_CASE("steps without a finite loss are skipped, counted, and end the training when there are too many",
          "[training]") {
  bool broken = false;
  TrainerConfig config = small_training();
  config.max_skipped = 2;
  FragileLoss loss;
  loss.broken = &broken;
  SmallTrainer<FragileLoss> trainer(pictures, config, small_loader(), loss);
  CHECK(!trainer.step().skipped);
  const std::vector<std::byte> before = bytes_of(trainer);
  broken = true;
  CHECK(trainer.step().skipped);
  CHECK(trainer.step().skipped);
  CHECK(bytes_of(trainer) == before);
  CHECK(trainer.state().updates == 1);
  CHECK(trainer.state().skipped_in_a_row == 2);
  broken = false;
  CHECK(!trainer.step().skipped);
  CHECK(trainer.state().skipped_in_a_row == 0);
  broken = true;
  trainer.step();
  trainer.step();
  CHECK_THROWS_AS(trainer.step(), DivergedError);

  // A gradient alone that is not finite is no better.
  struct SteepLoss : L1Loss {
    float derivative(float) const { return std::numeric_limits<float>::quiet_NaN(); }
  };
  SmallTrainer<SteepLoss> steep(pictures, small_training(), small_loader());
  CHECK(steep.step().skipped);
}

TEST_CASE("drop path changes the losses, the same way in every run", "[training]") {
  TrainerConfig config = small_training();
  const std::vector<double> whole = [&] {
    SmallTrainer<> trainer(pictures, config, small_loader());
    return losses_of(trainer, 2);
  }();
  config.drop_path = .9;
  SmallTrainer<> dropped(pictures, config, small_loader()), again(pictures, config, small_loader());
  const std::vector<double> losses = losses_of(dropped, 2);
  CHECK(losses != whole);
  CHECK(losses == losses_of(again, 2));
}

TEST_CASE("a checkpoint of another training is refused, with the reason", "[training][errors]") {
  SmallTrainer<> trainer(pictures, small_training(), small_loader());
  trainer.step();
  const TensorFile checkpoint = trainer.checkpoint();
  const auto refusal_of = [&](auto change) {
    TrainerConfig config = small_training();
    LoaderConfig loader = small_loader();
    change(config, loader);
    SmallTrainer<> other(pictures, config, loader);
    other.restore(checkpoint);
  };
  CHECK_NOTHROW(refusal_of([](auto&, auto& loader) { loader.threads = 1; }));
  CHECK_THROWS_WITH(refusal_of([](auto& config, auto&) { config.network.dim = 64; }),
                    ContainsSubstring("icolorit.dim is \"64\" and was \"32\""));
  CHECK_THROWS_WITH(refusal_of([](auto& config, auto& loader) {
                      config.rate = 1e-3;
                      loader.batch = 2;
                    }),
                    ContainsSubstring("rate is 0.001 and was 0.002") && ContainsSubstring("batch is 2 and was 4"));
  CHECK_THROWS_WITH(refusal_of([](auto& config, auto&) { config.notes["loss"] = "l1"; }),
                    ContainsSubstring("loss is \"l1\" and was missing"));

  SmallTrainer<> other(pictures, small_training(), small_loader());
  CHECK_THROWS_WITH(other.restore(trainer.weights()), ContainsSubstring("no checkpoint of a training"));
  TensorFile damaged = trainer.checkpoint();
  damaged.tensors.erase("training.second_moment");
  CHECK_THROWS_WITH(other.restore(damaged), ContainsSubstring("training.second_moment is missing"));
  CHECK(other.state().updates == 0);
}

TEST_CASE("impossible settings of a training are refused", "[training][errors]") {
  const auto with = [](auto change) {
    TrainerConfig config = small_training();
    change(config);
    SmallTrainer<> trainer(pictures, config, small_loader());
  };
  CHECK_THROWS_AS(with([](auto& c) { c.epochs = 0; }), ArgumentError);
  CHECK_THROWS_AS(with([](auto& c) { c.warmup_epochs = 6; }), ArgumentError);
  CHECK_THROWS_AS(with([](auto& c) { c.rate = 0; }), ArgumentError);
  CHECK_THROWS_AS(with([](auto& c) { c.drop_path = 1; }), ArgumentError);
  CHECK_THROWS_AS(with([](auto& c) { c.average = 1; }), ArgumentError);
  CHECK_THROWS_AS(with([](auto& c) { c.clip = -1; }), ArgumentError);
  CHECK_THROWS_AS(with([](auto& c) { c.parts = 3; }), ArgumentError);
  CHECK_THROWS_AS(with([](auto& c) { c.network.heads = 5; }), ArgumentError);
}

TEST_CASE("random weights are those of the published training", "[training]") {
  const IColoriTConfig config{.dim = 64, .heads = 2, .patch = 8, .size = 64, .depth = 2};
  auto parameters = random_parameters(config, 4885);
  IColoriT::visit(config, parameters.views(), "", [&](const std::string& name, auto& view, const auto&, Decay) {
    double least = 0, most = 0, sum = 0, squares = 0;
    const auto count = static_cast<double>(view.elements());
    for (Index i = 0; i < view.elements(); ++i) {
      const auto value = static_cast<double>(view.data()[i]);
      least = std::min(least, value);
      most = std::max(most, value);
      sum += value;
      squares += value * value;
    }
    INFO(name);
    const auto is_uniform = [&](double bound) {
      CHECK(std::max(-least, most) <= bound * (1 + 1e-6));
      // Standard deviations of the estimates: of the mean bound/sqrt(3n), of the mean square bound^2 sqrt(4/45n).
      CHECK(std::abs(sum / count) <= 5 * bound / std::sqrt(3 * count));
      CHECK(std::abs(squares / count - bound * bound / 3) <= 5 * bound * bound * std::sqrt(4 / (45 * count)));
    };
    if (name == "blocks.0.attn.qkv.weight")
      is_uniform(std::sqrt(6. / (64 + 192)));
    else if (name == "blocks.1.mlp.fc1.weight")
      is_uniform(std::sqrt(6. / (64 + 256)));
    else if (name == "patch_embed.proj.weight" || name == "patch_embed.proj.bias")
      is_uniform(1 / std::sqrt(4. * 64));
    else if (name == "head.head.weight" || name == "head.head.bias")
      is_uniform(1 / std::sqrt(64. * 9));
    else if (name.ends_with("rpb_table")) {
      CHECK(std::max(-least, most) <= .02);
      // A normal cut at one standard deviation has the variance 0.2911 (Johnson, Kotz 1970, sec. 13.7.1).
      CHECK(squares / count == Approx(.2911 * .02 * .02).epsilon(.2));
    } else if (name.find("norm") != std::string::npos && name.ends_with("weight")) {
      CHECK((least == 0 && sum == count && squares == count));
    } else if (view.rank == 1) {
      CHECK(squares == 0);
    }
  });
  const auto again = random_parameters(config, 4885), other = random_parameters(config, 4886);
  const auto flat = std::as_const(parameters).flat();
  CHECK(std::equal(flat.data(), flat.data() + flat.extent(0), again.flat().data()));
  CHECK(!std::equal(flat.data(), flat.data() + flat.extent(0), other.flat().data()));
}

TEST_CASE("weights of another input size serve with interpolated position tables", "[training]") {
  const IColoriTConfig own{.dim = 32, .heads = 2, .patch = 8, .size = 32, .depth = 2};
  IColoriTConfig larger = own;
  larger.size = 64;
  const auto source = random_parameters(own, 7);
  TensorFile file;
  file.tensors = stored_parameters<IColoriT>(
      std::span<const float>(source.flat().data(), static_cast<std::size_t>(source.flat().extent(0))), own);
  const auto same = adapted_parameters(file, own);
  CHECK(std::equal(source.flat().data(), source.flat().data() + source.flat().extent(0), same.flat().data()));

  // What the inference model computes on the larger grid is what training starts from there.
  auto adapted = adapted_parameters(file, larger);
  IColoriT::visit(larger, adapted.views(), "", [&](const std::string& name, auto& view, const auto&, Decay) {
    INFO(name);
    std::vector<float> expected(static_cast<std::size_t>(view.elements()));
    if (name.ends_with("rpb_table")) {
      std::vector<float> table(static_cast<std::size_t>(file.find(name)->shape.elements()));
      copy_elements(*file.find(name), std::span<float>(table));
      const Buffer<float> resized = resized_position_bias<float>(TensorView<const float, 2>(table.data(), {7 * 7, 2}),
                                                                 own.trained(), larger.trained());
      std::copy_n(resized.data(), resized.size(), expected.data());
    } else {
      copy_elements(*file.find(name), std::span<float>(expected));
    }
    CHECK(std::equal(expected.begin(), expected.end(), view.data()));
  });

  IColoriTConfig other = larger;
  other.dim = 64;
  CHECK_THROWS_AS(adapted_parameters(file, other), WeightsError);
}

TEST_CASE("eight pictures are learned by heart: more than 35 dB at 10 hints", "[training]") {
  TrainerConfig config = small_training();
  config.network.dim = 64;
  config.epochs = 60;
  config.warmup_epochs = 5;
  LoaderConfig loader = small_loader();
  loader.batch = 8;
  loader.pictures_per_epoch = 80;
  loader.augmentation.min_area = 1;  // the whole picture, squashed
  loader.augmentation.min_ratio = loader.augmentation.max_ratio = 1;
  Trainer<CpuBackend, SmoothPictures, L1Loss> trainer(pictures, config, loader);
  while (trainer.state().next.epoch < config.epochs) trainer.step();

  SkipReport skipped;
  const auto model = std::make_shared<const Model<CpuBackend>>(trainer.weights());
  const auto scores = validate<CpuBackend, float>(model, pictures, {.counts = {0, 10}}, skipped);
  CAPTURE(scores[0].psnr);
  CHECK(scores[1].hints == 10);
  CHECK(scores[1].psnr > 35);
  CHECK(skipped.count() == 0);
}
