// A training that is small enough for tests, and what it leaves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "icolorit/io/safetensors.hpp"
#include "icolorit/training/trainer.hpp"

namespace icolorit::test {

/// Coarse random colours, enlarged smoothly: a picture whose colour cannot be told from its lightness.
struct SmoothPictures {
  Index count = 8;

  Index size() const { return count; }
  std::string name(Index i) const { return concat("picture", i, ".png"); }
  Image load(Index i) const {
    Random random(99, static_cast<std::uint64_t>(i));
    Image coarse(4, 4, 3, 8);
    const auto samples = coarse.samples<std::uint8_t>();
    for (Index k = 0; k < samples.elements(); ++k)
      samples.data()[k] = static_cast<std::uint8_t>(60 + random.below(140));
    return resize_pillow_bilinear(coarse, 32, 32);
  }
};

inline TrainerConfig small_training() {
  TrainerConfig config;
  config.network = {.dim = 32, .heads = 2, .patch = 8, .size = 32, .depth = 3};
  config.epochs = 5;
  config.warmup_epochs = 1;
  config.rate = 2e-3;
  return config;
}

inline LoaderConfig small_loader() {
  LoaderConfig config;
  config.batch = 4;
  config.hints = {.most = 20};
  return config;
}

inline const SmoothPictures pictures;

/// Everything that a checkpoint holds.
std::vector<std::byte> bytes_of(auto& trainer) {
  const TensorFile file = trainer.checkpoint();
  return format_safetensors(file.tensors);
}

std::vector<double> losses_of(auto& trainer, Index steps) {
  std::vector<double> losses;
  for (Index i = 0; i < steps; ++i) losses.push_back(trainer.step().loss);
  return losses;
}

}  // namespace icolorit::test
