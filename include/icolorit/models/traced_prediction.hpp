// A prediction that keeps every block's attention weights, which inference never forms: for looking into a network.
#pragma once

#include <utility>
#include <vector>

#include "icolorit/models/icolorit.hpp"

namespace icolorit {

/// One picture through the composed forward of training, at the size that the weights were trained on. The backend's
/// memory must be main memory.
/// Thread-safety: one thread at a time; several may share a Model.
template <class B>
  requires std::same_as<typename B::Memory, HostMemory>
class TracedPrediction {
 public:
  /// lab (3,size,size) in network units, of whose ab only the hinted cells are read; mask of its cells, 0 = hint,
  /// 1 = none. Throws ShapeError.
  TracedPrediction(typename B::Context& context, const IColoriTConfig& config,
                   const IColoriT::Params<const float>& params, TensorView<const float, 3> lab,
                   TensorView<const float, 1> mask)
      : memory_([&](Arena& arena) { return take(config, arena); }),
        ab_(2 * config.size * config.size),
        size_(config.size) {
    expect_shape("TracedPrediction", "lab", lab, {3, config.size, config.size});
    const Grid grid = config.trained();
    const Buffer<float> positions = resized_position_table<float>(grid, grid, config.dim);
    const IColoriT::TrainingInputs<float> inputs{lab.as_batch(), mask.as_batch(),
                                                 positions.view(grid.tokens(), config.dim)};
    const auto& [saved, scratch] = *memory_;
    IColoriT::forward<B, float>(context, saved.head.y, inputs, config, params, saved, scratch);
    PixelShuffle::forward<B, float>(context, ab_.view(1, 2, size_, size_), saved.head.y, config.patch);
  }

  /// ab (2,size,size) in network units.
  TensorView<const float, 3> ab() const { return ab_.view(2, size_, size_); }

  /// The attention weights (heads,N,N) of each block, row = query.
  std::vector<TensorView<const float, 3>> attention() const {
    std::vector<TensorView<const float, 3>> weights;
    for (const auto& block : memory_->saved.blocks) weights.push_back(block.attention.p[0]);
    return weights;
  }

 private:
  struct Pass {
    IColoriT::Saved<float> saved;
    IColoriT::TrainingScratch<float> scratch;
  };
  static Pass take(const IColoriTConfig& config, Arena& arena) {
    constexpr bool recompute = false;  // then every block keeps what it computed
    return {IColoriT::take_saved<float>(config, 1, recompute, arena),
            IColoriT::take_training_scratch<float>(config, 1, recompute, arena)};
  }

  Allocated<Pass, HostMemory> memory_;
  Buffer<float> ab_;
  Index size_;
};

}  // namespace icolorit
