// A prediction that keeps every block's attention weights, which inference never forms: for looking into a network.
#pragma once

#include <utility>
#include <vector>

#include "icolorit/models/icolorit.hpp"

namespace icolorit {

/// One picture through the composed forward of training, at the size that the weights were trained on. The backend's
/// memory must be main memory.
template <class B>
requires std::same_as<typename B::Memory, HostMemory>
class TracedPrediction {
 public:
  /// lab (3,size,size) in network units, of whose ab only the hinted cells are read; mask of its cells, 0 = hint,
  /// 1 = none. Throws ShapeError.
  TracedPrediction(typename B::Context& context, const IColoriTConfig& config,
                   const IColoriT::Params<const float>& params, TensorView<const float, 3> lab,
                   TensorView<const float, 1> mask)
      : workspace_(workspace_bytes(config)), ab_(2 * config.size * config.size), size_(config.size) {
    expect_shape("TracedPrediction", "lab", lab, {3, config.size, config.size});
    const Grid grid = config.trained();
    const Buffer<float> positions = resized_position_table<float>(grid, grid, config.dim);
    Arena arena = workspace_.arena();
    saved_ = IColoriT::take_saved<float>(config, 1, /*recompute=*/false, arena);
    IColoriT::forward<B, float>(context, lab.reshaped<4>({1, 3, config.size, config.size}),
                                mask.reshaped<2>({1, mask.extent(0)}), positions.view(grid.tokens(), config.dim),
                                config, params, {}, saved_, arena);
    PixelShuffle::forward<B, float>(context, ab_.view(1, 2, size_, size_), saved_.head.y, config.patch);
  }

  /// ab (2,size,size) in network units.
  TensorView<const float, 3> ab() const { return ab_.view(2, size_, size_); }

  /// The attention weights (heads,N,N) of each block, row = query.
  std::vector<TensorView<const float, 3>> attention() const {
    std::vector<TensorView<const float, 3>> weights;
    for (const auto& block : saved_.blocks) weights.push_back(block.attention.p[0]);
    return weights;
  }

 private:
  static Index workspace_bytes(const IColoriTConfig& config) {
    Arena arena = Arena::measuring();
    IColoriT::take_saved<float>(config, 1, false, arena);
    // What the forward takes on its way: a row for each token, at most as wide as the MLP's inside.
    arena.take_rows<float>(config.trained().tokens(), std::max(config.mlp_hidden(), config.dim));
    return arena.peak();
  }

  Workspace<HostMemory> workspace_;
  IColoriT::Saved<float> saved_;
  Buffer<float> ab_;
  Index size_;
};

}  // namespace icolorit
