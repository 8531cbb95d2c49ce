// DropPathFactors: which branches of which blocks a step leaves out, for each picture.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/core/random.hpp"
#include "icolorit/layers/transformer_block.hpp"
#include "icolorit/training/loader.hpp"

namespace icolorit {

/// Draws the factors of stochastic depth (Huang et al. 2016): a branch counts 0 or 1 / (1 - rate), where the rate grows
/// linearly from none in the first block to `last_rate` in the last. They are a function of the seed and a picture's
/// place in the stream, however batches are divided among parts and ranks.
template <class B, class T>
class DropPathFactors {
 public:
  /// For `each` pictures at a time.
  DropPathFactors(Index depth, Index each, double last_rate, std::uint64_t seed)
      : depth_(depth),
        each_(each),
        last_rate_(last_rate),
        seed_(seed ^ unlike_pictures),
        here_(last_rate > 0 ? 2 * depth * each : 0),
        there_(here_.size()) {}

  /// Of every block, for the pictures from place `first` of their epoch on; none where nothing is dropped.
  std::span<const TransformerBlock::DropPath<T>> operator()(typename B::Context& context, Index epoch, Index first) {
    blocks_.clear();
    if (last_rate_ == 0) return blocks_;
    for (Index i = 0; i < each_; ++i) {
      Random random(epoch_seed(seed_, epoch), static_cast<std::uint64_t>(first + i));
      for (Index branch = 0; branch < 2 * depth_; ++branch) {
        const double rate =
            last_rate_ * static_cast<double>(branch / 2) / static_cast<double>(std::max<Index>(1, depth_ - 1));
        here_.data()[branch * each_ + i] =
            static_cast<T>(static_cast<Accumulator<T>>(random.uniform() < rate ? 0 : 1 / (1 - rate)));
      }
    }
    const TensorView<const T, 1> factors = std::as_const(there_).view();
    for (Index block = 0; block < depth_; ++block)
      blocks_.push_back(
          {factors.narrowed(0, 2 * block * each_, each_), factors.narrowed(0, (2 * block + 1) * each_, each_)});
    B::upload(context, there_.view(), std::as_const(here_).view());
    return blocks_;
  }

 private:
  static constexpr std::uint64_t unlike_pictures = 0x64726f7070617468u;  // the loader has streams for the same numbers

  Index depth_, each_;
  double last_rate_;
  std::uint64_t seed_;
  Buffer<T> here_;                       // (2 depth,B)
  Buffer<T, typename B::Memory> there_;  // (2 depth,B)
  std::vector<TransformerBlock::DropPath<T>> blocks_;
};

}  // namespace icolorit
