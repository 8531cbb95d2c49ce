// TrainingNetwork: a network's parameters and gradients in a backend's memory, and one pass forward and backward.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/core/transfer.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/models/icolorit.hpp"
#include "icolorit/training/loss_weights.hpp"
#include "icolorit/training/losses.hpp"

namespace icolorit {

/// Everything between a batch of pictures and the gradient of its loss; the memory is taken once.
/// Thread-safety: one thread at a time.
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
        pass_([&](Arena& arena) { return take(config, batch, recompute, arena); }),
        host_values_(tokens()),
        lab_(batch * 3 * config.size * config.size),
        mask_(batch * config.size * config.size),
        weights_(batch * config.size * config.size) {
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
  ///   weights                of the pixels in the loss, main memory; none: all count alike, as published
  /// Throws ShapeError.
  template <class L>
    requires ProvidesLoss<B, T, L>
  double accumulate(Context& context, TensorView<const float, 4> lab, TensorView<const float, 2> mask, const L& loss,
                    std::span<const TransformerBlock::DropPath<T>> drop = {}, double gradient_scale = 1,
                    const LossWeights<float>& weights = {}) {
    expect_shape("TrainingNetwork.accumulate", "lab", lab, {batch_, 3, config_.size, config_.size});
    expect_shape("TrainingNetwork.accumulate", "mask", mask, {batch_, mask.extent(1)});
    LossWeights<T> there{{}, weights.hinted};
    if (!weights.pixels.empty()) {
      expect_shape("TrainingNetwork.accumulate", "weights", weights.pixels, {batch_, config_.size, config_.size});
      there.pixels = weights_.put(context, weights.pixels);
    }
    return accumulate_on_device(context, lab_.put(context, lab), mask_.put(context, mask), loss, drop, gradient_scale,
                                there);
  }

  /// The same for a batch that is in the backend's memory already.
  template <class L>
    requires ProvidesLoss<B, T, L>
  double accumulate_on_device(Context& context, TensorView<const T, 4> picture, TensorView<const T, 2> mask,
                              const L& loss, std::span<const TransformerBlock::DropPath<T>> drop = {},
                              double gradient_scale = 1, const LossWeights<T>& weights = {}) {
    expect_shape("TrainingNetwork.accumulate", "lab", picture, {batch_, 3, config_.size, config_.size});
    expect_shape("TrainingNetwork.accumulate", "mask", mask, {batch_, mask.extent(1)});
    if (!weights.pixels.empty())
      expect_shape("TrainingNetwork.accumulate", "weights", weights.pixels, {batch_, config_.size, config_.size});
    const auto& [saved, loss_memory, scratch, weight_memory] = *pass_;
    const auto& params = std::as_const(parameters_).views();
    const IColoriT::TrainingInputs<T> inputs{picture, mask, positions(), drop};
    IColoriT::forward<B, T>(context, saved.head.y, inputs, config_, params, saved, scratch);
    B::pixel_unshuffle(context, loss_memory.target, picture.narrowed(1, 1, 2), config_.patch);
    const double value = weighted_loss(context, mask, loss, gradient_scale, weights);
    IColoriT::backward<B, T>(context, gradients_.views(), loss_memory.gradient, inputs, config_, params, saved,
                             scratch);
    return value;
  }

  /// Bytes that a network of this configuration takes to train on `batch` pictures at a time: parameters, gradients and
  /// a pass. The optimizer of a Trainer keeps two more numbers for each parameter.
  static Index memory_required(const IColoriTConfig& config, Index batch, bool recompute = false) {
    Arena arena = Arena::measuring();
    static_cast<void>(take(config, batch, recompute, arena));
    return arena.used() + 2 * ParameterLayout<IColoriT>(config).size() * static_cast<Index>(sizeof(T));
  }

  /// Memory of a pass, parameters and gradients not counted.
  Index workspace_bytes() const { return pass_.bytes(); }

 private:
  /// What the loss reads and writes.
  struct LossMemory {
    TensorView<T, 2> target, gradient;     // (B*N,2P^2)
    TensorView<Accumulator<T>, 1> values;  // (B*N)
  };
  /// The weights of a batch's pixels: as a picture, and as the network orders them.
  struct WeightMemory {
    TensorView<T, 3> picture;  // (B,S,S)
    TensorView<T, 2> tokens;   // (B*N,P^2)
  };
  struct Pass {
    IColoriT::Saved<T> saved;
    LossMemory loss;
    IColoriT::TrainingScratch<T> scratch;  // in use before and after `weights`, in the same memory
    WeightMemory weights;
  };
  static Pass take(const IColoriTConfig& config, Index batch, bool recompute, Arena& arena) {
    const Index M = batch * config.trained().tokens(), width = config.token_size();
    Pass pass;
    pass.saved = IColoriT::take_saved<T>(config, batch, recompute, arena);
    pass.loss = {arena.take<T, 2>({M, width}), arena.take<T, 2>({M, width}), arena.take<Accumulator<T>, 1>({M})};
    Arena::Overlay overlay(arena);
    pass.scratch = IColoriT::take_training_scratch<T>(config, batch, recompute, arena);
    overlay.next();
    pass.weights = {arena.take<T, 3>({batch, config.size, config.size}), arena.take<T, 2>({M, width / 2})};
    return pass;
  }

  /// The loss of the saved tokens against `target`; its gradient goes to `gradient`.
  template <class L>
  double weighted_loss(Context& context, TensorView<const T, 2> mask, const L& loss, double gradient_scale,
                       const LossWeights<T>& weights) {
    TensorView<const T, 2> of_tokens;  // (B*N,P^2), or left out
    if (!weights.all_are_one()) {
      const Index S = config_.size;
      const auto& [picture, tokens] = pass_->weights;
      B::fill(context, picture.flat(), T(weights.pixels.empty() ? 1.f : 0.f));
      if (!weights.pixels.empty()) B::add(context, picture.rows(), weights.pixels.rows());
      if (weights.hinted != 1) {
        const HintGrid grid = HintGrid::of_mask(S, S, mask.extent(1));
        B::weigh_hints(context, picture, mask, grid.cell(), static_cast<Accumulator<T>>(weights.hinted));
      }
      B::extract_patches(context, tokens, picture.template reshaped<4>({batch_, 1, S, S}), config_.patch);
      of_tokens = tokens;
    }
    const auto& [target, gradient, values] = pass_->loss;
    return token_loss<B, T>(context, gradient, pass_->saved.head.y, target, of_tokens, loss, values,
                            host_values_.view(), gradient_scale);
  }

  Index tokens() const { return batch_ * config_.trained().tokens(); }
  TensorView<const T, 2> positions() const { return positions_.view(config_.trained().tokens(), config_.dim); }

  IColoriTConfig config_;
  Index batch_;
  ParameterBuffer<IColoriT, T, Memory> parameters_, gradients_;
  Buffer<T, Memory> positions_;  // (N,D)
  Allocated<Pass, Memory> pass_;
  Buffer<Accumulator<T>> host_values_;  // (B*N)
  Staging<B, T> lab_, mask_, weights_;
};

}  // namespace icolorit
