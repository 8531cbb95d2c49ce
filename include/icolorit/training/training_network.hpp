// TrainingNetwork: a network's parameters and gradients in a backend's memory, and one pass forward and backward.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/core/transfer.hpp"
#include "icolorit/models/icolorit.hpp"
#include "icolorit/training/losses.hpp"

namespace icolorit {

/// Everything between a batch of pictures and the gradient of its loss; the memory is taken once.
template <class B, class T = float>
requires TrainingBackend<B, T>
class TrainingNetwork {
 public:
  using Memory = typename B::Memory;
  using Context = typename B::Context;

  /// For batches of exactly `batch` pictures of the network's own size. `recompute` trades a third more arithmetic for
  /// a fraction of the memory and changes no result. Parameters are not initialised, gradients are 0.
  TrainingNetwork(Context& context, const IColoriTConfig& config, Index batch, bool recompute = false)
      : config_(config),
        batch_(batch),
        parameters_(config),
        gradients_(config),
        positions_(upload<B>(context, resized_position_table<T>(config.trained(), config.trained(), config.dim))),
        workspace_(bytes(config, batch, recompute)),
        arena_(workspace_.arena()),
        saved_(IColoriT::take_saved<T>(config, batch, recompute, arena_)),
        target_(arena_.take<T, 2>({tokens(), config.token_size()})),
        gradient_(arena_.take<T, 2>({tokens(), config.token_size()})),
        values_(arena_.take<Accumulator<T>, 1>({tokens()})),
        host_values_(tokens()),
        lab_(batch * 3 * config.size * config.size),
        mask_(batch * config.size * config.size) {
    clear_gradients(context);
  }
  TrainingNetwork(const TrainingNetwork&) = delete;
  TrainingNetwork& operator=(const TrainingNetwork&) = delete;

  const IColoriTConfig& config() const { return config_; }
  Index batch() const { return batch_; }

  /// In the backend's memory, in the order of the registry.
  ParameterBuffer<IColoriT, T, Memory>& parameters() { return parameters_; }
  ParameterBuffer<IColoriT, T, Memory>& gradients() { return gradients_; }
  void clear_gradients(Context& context) { B::fill(context, gradients_.flat(), T(0.f)); }

  /// The loss of a batch; its gradient times gradient_scale is added to gradients(). Allocates nothing.
  ///   lab   (B,3,S,S)        network units, main memory; ab is both the source of the hints and the target
  ///   mask  (B,(S/s)(S/s))   0 = hint, 1 = none, main memory
  ///   drop                   drop-path factors of each block, or none
  /// Throws ShapeError.
  template <class L>
  requires ProvidesLoss<B, T, L>
  double accumulate(Context& context, TensorView<const float, 4> lab, TensorView<const float, 2> mask, const L& loss,
                    std::span<const TransformerBlock::DropPath<T>> drop = {}, double gradient_scale = 1) {
    expect_shape("TrainingNetwork.accumulate", "lab", lab, {batch_, 3, config_.size, config_.size});
    expect_shape("TrainingNetwork.accumulate", "mask", mask, {batch_, mask.extent(1)});
    return accumulate_there(context, lab_.put(context, lab), mask_.put(context, mask), loss, drop, gradient_scale);
  }

  /// The same for a batch that is in the backend's memory already.
  template <class L>
  requires ProvidesLoss<B, T, L>
  double accumulate_there(Context& context, TensorView<const T, 4> picture, TensorView<const T, 2> mask, const L& loss,
                          std::span<const TransformerBlock::DropPath<T>> drop = {}, double gradient_scale = 1) {
    expect_shape("TrainingNetwork.accumulate", "lab", picture, {batch_, 3, config_.size, config_.size});
    expect_shape("TrainingNetwork.accumulate", "mask", mask, {batch_, mask.extent(1)});
    const Arena::Scope scope(arena_);
    IColoriT::forward<B, T>(context, picture, mask, positions(), config_, std::as_const(parameters_).views(), drop,
                            saved_, arena_);
    B::pixel_unshuffle(context, target_, picture.narrowed(1, 1, 2), config_.patch);
    const double value = token_loss<B, T>(context, gradient_, saved_.head.y, target_, loss, values_,
                                          host_values_.view(), gradient_scale);
    IColoriT::backward<B, T>(context, gradients_.views(), gradient_, config_, std::as_const(parameters_).views(), drop,
                             saved_, arena_);
    return value;
  }

  /// Memory of the passes, parameters and gradients not counted.
  Index workspace_bytes() const { return workspace_.bytes(); }
  /// The most of it that was in use so far.
  Index peak_bytes() const { return arena_.peak(); }

 private:
  static Index bytes(const IColoriTConfig& config, Index batch, bool recompute) {
    const Index M = batch * config.trained().tokens();
    Arena arena = Arena::measuring();
    for (int i = 0; i < 2; ++i) arena.take<T, 2>({M, config.token_size()});
    arena.take<Accumulator<T>, 1>({M});
    IColoriT::plan_training<T>(config, batch, recompute, arena);
    return arena.peak();
  }

  Index tokens() const { return batch_ * config_.trained().tokens(); }
  TensorView<const T, 2> positions() const { return positions_.view(config_.trained().tokens(), config_.dim); }

  IColoriTConfig config_;
  Index batch_;
  ParameterBuffer<IColoriT, T, Memory> parameters_, gradients_;
  Buffer<T, Memory> positions_;  // (N,D)
  Workspace<Memory> workspace_;
  Arena arena_;  // what is taken below stays, each pass adds its scratch
  IColoriT::Saved<T> saved_;
  TensorView<T, 2> target_, gradient_;    // (B*N,2P^2)
  TensorView<Accumulator<T>, 1> values_;  // (B*N)
  Buffer<Accumulator<T>> host_values_;    // (B*N)
  Staging<B, T> lab_, mask_;
};

}  // namespace icolorit
