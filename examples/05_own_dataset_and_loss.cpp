// Training on a data set and with a loss that the library knows nothing of: two small types, no change to the library.
#include <cmath>
#include <iostream>
#include <numbers>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/training.hpp"

using namespace icolorit;

namespace {

/// A data set is anything with a size, a loader and names. This one paints discs; yours may read a database.
struct Discs {
  Index size() const { return 64; }
  std::string name(Index i) const { return concat("disc ", i); }
  Image load(Index i) const {
    Image picture(64, 64, 3, 8);
    const auto samples = picture.samples<std::uint8_t>();  // (64,64,3)
    Random random(1, static_cast<std::uint64_t>(i));
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
};
static_assert(Dataset<Discs>);

/// A loss is a value and a derivative of prediction - target. This one is log cosh, smooth at 0 and straight far away.
struct LogCosh {
  template <class T>
  T value(T difference) const {
    const T magnitude = std::abs(difference);
    return magnitude + std::log1p(std::exp(-2 * magnitude)) - std::numbers::ln2_v<T>;
  }
  template <class T>
  T derivative(T difference) const {
    return std::tanh(difference);
  }
};
static_assert(Loss<LogCosh, float>);

int run() {
  const Discs discs;
  TrainerConfig config;
  config.network = {.dim = 48, .heads = 3, .patch = 16, .size = 64, .depth = 2};
  config.epochs = 15;
  config.warmup_epochs = 1;
  config.rate = 2e-3;
  LoaderConfig loader;
  loader.batch = 16;
  loader.hints = {.most = 10};

  Trainer<CpuBackend, Discs, LogCosh> trainer(discs, config, loader);
  while (std::ssize(trainer.state().history) < config.epochs) {
    trainer.step();
    if (trainer.state().epoch_is_due()) trainer.complete_epoch({});
  }
  const auto& history = trainer.state().history;
  std::cout << "loss " << history.front().loss << " in the first epoch, " << history.back().loss << " in the last\n";

  const TensorFile weights = trainer.weights();
  write_safetensors("05_discs.safetensors", weights.tensors, weights.metadata);
  std::cout << "wrote 05_discs.safetensors, for Model<CpuBackend>::load\n";
  return history.back().loss < history.front().loss / 2 ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
