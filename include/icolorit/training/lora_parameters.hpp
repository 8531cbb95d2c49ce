// LoraParameters: what a training with low-rank adaptation changes instead of a network's own parameters.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/core/transfer.hpp"
#include "icolorit/models/lora.hpp"
#include "icolorit/training/training_network.hpp"

namespace icolorit {

/// The matrices A (r,in) and B (out,r) of every adapted weight of a TrainingNetwork, in the backend's memory, and their
/// gradients. The network computes with W + s B A in the place of W, s the scale, so that layers and kernels know
/// nothing of the adaptation. From its gradient dW follow, by the chain rule,
///   dA = s B^T dW  (r,in),   dB = s dW A^T  (out,r).
template <class B, class T>
class LoraParameters {
 public:
  using Memory = typename B::Memory;
  using Context = typename B::Context;

  /// Of a network that must outlive it. As PEFT begins: A uniform in +-1/sqrt(in), from a stream of its own for every
  /// name, and B zero, so that nothing is changed yet. Throws ArgumentError where no layer is adapted.
  LoraParameters(Context& context, TrainingNetwork<B, T>& network, const LoraConfig& adapter, std::uint64_t seed)
      : config_{network.config(), adapter},
        parameters_(config_),
        gradients_(config_),
        base_(network.parameters().flat().extent(0)) {
    ParameterBuffer<Lora, T> initial(config_);
    Lora::visit(config_, initial.views(), "", [&](const std::string& name, auto& view, const auto& extents, Decay) {
      Random random(seed, crc32(std::as_bytes(std::span(name))));
      const double bound = name.ends_with(lora_a_ending) ? 1 / std::sqrt(static_cast<double>(extents[1])) : 0;
      for (Index i = 0; i < view.elements(); ++i)
        view.data()[i] = static_cast<T>(static_cast<float>(bound * (2 * random.uniform() - 1)));
    });
    B::upload(context, parameters_.flat(), std::as_const(initial).flat());
    B::fill(context, gradients_.flat(), T(0.f));
    const auto collect = [&](auto& views, std::vector<TensorView<T, 2>>& weights) {
      Lora::visit_weights(config_, views,
                          [&](const std::string&, auto& view, const auto&) { weights.push_back(view); });
    };
    collect(network.parameters().views(), weights_);
    collect(network.gradients().views(), weight_gradients_);
    if (weights_.empty()) throw ArgumentError("LoraParameters: the network has no layer that is to be adapted");
    const T* const first = network.parameters().flat().data();
    for (const TensorView<T, 2>& weight : weights_)
      bases_.push_back({base_.data() + (weight.data() - first), weight.extents()});
  }

  const Lora::Config& config() const { return config_; }

  /// (n), in the backend's memory. Whoever changes the parameters calls `merge` then.
  TensorView<T, 1> parameters() { return parameters_.flat(); }

  /// What the network holds now is its base from now on.
  void set_base(Context& context) {
    for (std::size_t i = 0; i < weights_.size(); ++i) B::copy(context, bases_[i], TensorView<const T, 2>(weights_[i]));
  }

  /// W = base + s B A for every adapted weight.
  void merge(Context& context) {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const auto& [a, b] = std::as_const(parameters_).views().pairs[i];
      B::copy(context, weights_[i], TensorView<const T, 2>(bases_[i]));
      B::matmul(context, weights_[i].as_batch(), b.as_batch(), a.as_batch(), scale(), true);  // (out,in)
    }
  }

  /// Those of A and B (n) from the network's, overwritten.
  TensorView<T, 1> gradients(Context& context) {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const auto& [a, b] = std::as_const(parameters_).views().pairs[i];
      const auto& [da, db] = gradients_.views().pairs[i];
      const TensorView<const T, 2> dw = weight_gradients_[i];
      B::matmul(context, da.as_batch(), b.transposed().as_batch(), dw.as_batch(), scale(), false);  // (r,in)
      B::matmul(context, db.as_batch(), dw.as_batch(), a.transposed().as_batch(), scale(), false);  // (out,r)
    }
    return gradients_.flat();
  }

 private:
  T scale() const { return static_cast<T>(static_cast<Accumulator<T>>(config_.adapter.scale())); }

  Lora::Config config_;
  ParameterBuffer<Lora, T, Memory> parameters_, gradients_;
  Buffer<T, Memory> base_;  // laid out as the network's parameters; those that are not adapted are left out
  std::vector<TensorView<T, 2>> weights_, weight_gradients_, bases_;
};

}  // namespace icolorit
