// Training on a data set and with a loss that the library knows nothing of: two small types, no change to the library.
// TrainingRun adds what a long training needs: checkpoints from which it goes on, a log, validation, and an end in good
// order on Ctrl-C.
//
//   05_own_dataset_and_loss [FOLDER]     go on in FOLDER where Ctrl-C stopped it; without one, begin in a temporary one
#include <atomic>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <numbers>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/training.hpp"
#include "icolorit/training/training_run.hpp"

using namespace icolorit;

namespace {

// To train on a GPU, compile with nvcc, include "icolorit/cuda/backend.cuh", and write `using B = CudaBackend;` here.
using B = CpuBackend;

/// A data set is anything with a size, a loader and names. This one paints discs; yours may read a database. Several
/// threads call load at once, and the same i must always give the same picture.
struct Discs {
  Index first = 0, count = 64;

  Index size() const { return count; }
  std::string name(Index i) const { return concat("disc ", first + i); }
  Image load(Index i) const {
    Image picture(64, 64, 3, 8);
    const auto samples = picture.samples<std::uint8_t>();  // (64,64,3)
    Random random(1, static_cast<std::uint64_t>(first + i));
    const Index y0 = random.below(64), x0 = random.below(64), radius = 8 + random.below(24);
    for (Index y = 0; y < 64; ++y)
      for (Index x = 0; x < 64; ++x) {
        const bool inside = (y - y0) * (y - y0) + (x - x0) * (x - x0) < radius * radius;
        samples(y, x, 0) = inside ? 200 : 40;
        samples(y, x, 1) = static_cast<std::uint8_t>(60 + y);
        samples(y, x, 2) = inside ? 60 : 120;
      }
    return picture;
  }
  /// May be left out: how much each pixel counts in the loss, white for all and black for nothing. Here the frame of
  /// the picture counts half.
  Image loss_weights(Index) const {
    Image weights(64, 64, 1, 8);
    const auto samples = weights.samples<std::uint8_t>();  // (64,64,1)
    for (Index y = 0; y < 64; ++y)
      for (Index x = 0; x < 64; ++x) samples(y, x, 0) = y < 4 || x < 4 || y >= 60 || x >= 60 ? 128 : 255;
    return weights;
  }
};
static_assert(Dataset<Discs> && WeighsPixels<Discs>);

/// A loss is a value and a derivative of prediction - target. This one is log cosh, smooth at 0 and straight far away.
/// ICOLORIT_HOST_DEVICE lets a GPU call it; a CPU does without.
struct LogCosh {
  template <class T>
  ICOLORIT_HOST_DEVICE T value(T difference) const {
    const T magnitude = std::abs(difference);
    return magnitude + std::log1p(std::exp(-2 * magnitude)) - std::numbers::ln2_v<T>;
  }
  template <class T>
  ICOLORIT_HOST_DEVICE T derivative(T difference) const {
    return std::tanh(difference);
  }
};
static_assert(Loss<LogCosh, float>);

std::atomic<bool> stop_wanted = false;  // the only thing that a signal handler touches

int run(const std::filesystem::path& folder) {
  const Discs discs, unseen{.first = 1000, .count = 8};
  TrainerConfig config;
  config.network = {.dim = 48, .heads = 3, .patch = 16, .size = 64, .depth = 2};
  config.epochs = 15;
  config.warmup_epochs = 1;
  config.rate = 2e-3;
  config.hint_weight = 4;  // where the user gave a colour, an error counts four times
  LoaderConfig loader;
  loader.batch = 16;
  loader.hints = {.most = 10};
  Trainer<B, Discs, LogCosh> trainer(discs, config, loader);

  std::filesystem::create_directories(folder);
  if (std::filesystem::exists(checkpoint_path(folder))) trainer.restore(read_safetensors(checkpoint_path(folder)));

  TrainingRunOptions options;
  options.folder = folder;
  options.validation.counts = {1, 10};
  TrainingCallbacks callbacks;
  callbacks.step = [](const StepReport&) { return !stop_wanted; };
  callbacks.reference = [](const ReferenceScores& reference) {
    std::cout << "grey pictures have " << reference.baseline[0].psnr << " dB, the optimisation at 10 hints "
              << reference.baseline[2].psnr << " dB\n";
  };
  callbacks.epoch = [](const EpochRecord& record) {
    std::cout << "epoch " << record.epoch + 1 << ": loss " << record.loss << ", " << record.scores[1].psnr
              << " dB at 10 hints\n";
  };
  std::signal(SIGINT, [](int) { stop_wanted = true; });
  if (TrainingRun(trainer, &unseen, options, callbacks).run() == TrainingOutcome::stopped) {
    std::cout << "stopped; go on with the folder " << folder.string() << '\n';
    return 0;
  }
  std::cout << "wrote " << (folder / "best.safetensors").string() << ", for Model<CpuBackend>::load\n";
  const auto& history = trainer.state().history;
  return history.back().loss < history.front().loss / 2 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 1) return run(argv[1]);
    const std::filesystem::path temporary = std::filesystem::temp_directory_path() / "icolorit_05_own_dataset_and_loss";
    std::filesystem::remove_all(temporary);
    return run(temporary);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
