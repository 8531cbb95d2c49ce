// TrainedParameters: the numbers that a training changes, the optimizer that changes them, and their place in files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/training/adamw.hpp"
#include "icolorit/training/initial_weights.hpp"
#include "icolorit/training/lora_parameters.hpp"
#include "icolorit/training/master_parameters.hpp"
#include "icolorit/training/trainer_config.hpp"

namespace icolorit {

/// All parameters of a network or, with TrainerConfig::lora, the adapter's alone. Where T is a 16-bit type the
/// optimizer keeps master parameters in float (Micikevicius et al. 2018); files hold the masters.
template <class B, class T>
class TrainedParameters {
 public:
  using Sum = Accumulator<T>;
  using Context = typename B::Context;

  /// Of a network that must outlive it; the adapter's first numbers are of this seed. `set` comes next.
  TrainedParameters(Context& context, TrainingNetwork<B, T>& network, const TrainerConfig& config, std::uint64_t seed)
      : network_(network),
        decay_of_average_(config.average),
        lora_(config.lora.empty() ? nullptr
                                  : std::make_unique<LoraParameters<B, T>>(context, network, config.lora, seed)),
        masters_(lora_ ? lora_->parameters() : network.parameters().flat()),
        optimizer_(with_layout([&](const auto& layout) { return AdamW<B, T>(context, layout, config.adamw); })),
        average_(config.average > 0 ? size() : 0) {
    if (!lora_) return;
    base_.emplace(network.config());
    if constexpr (keeps_master_parameters<T>) {
      Buffer<T> initial(size());
      Buffer<Sum> masters(size());
      B::download(context, initial.view(), TensorView<const T, 1>(lora_->parameters()));
      std::transform(initial.data(), initial.data() + size(), masters.data(), [](T x) { return static_cast<Sum>(x); });
      masters_.set(context, std::as_const(masters).view());
    }
  }
  TrainedParameters(const TrainedParameters&) = delete;
  TrainedParameters& operator=(const TrainedParameters&) = delete;

  /// How many numbers change: the length of `gradients`.
  Index size() const {
    return with_layout([](const auto& layout) { return layout.size(); });
  }
  /// Memory of parameters, gradients, moments, the average and, with an adapter, the frozen base.
  Index bytes() const {
    const Index of_network = network_.parameters().flat().extent(0), kept = keeps_master_parameters<T> ? 3 : 2;
    const Index frozen = lora_ ? of_network * Index{sizeof(T) + sizeof(Sum)} + 2 * size() * Index{sizeof(T)} : 0;
    return 2 * of_network * Index{sizeof(T)} + (size() * kept + average_.size()) * Index{sizeof(Sum)} + frozen;
  }
  Index updates() const { return optimizer_.steps(); }

  /// The network's parameters (n); with an adapter, those that it begins to change.
  void set(Context& context, TensorView<const Sum, 1> parameters) {
    if (lora_) return set_base(context, parameters);
    masters_.set(context, parameters);
    if (average_.size() > 0) B::upload(context, average_.view(), parameters);
  }

  /// (n): of what changes, from the network's own after a backward pass.
  TensorView<T, 1> gradients(Context& context) {
    return lora_ ? lora_->gradients(context) : network_.gradients().flat();
  }
  double norm(Context& context, TensorView<const T, 1> gradients) { return optimizer_.norm(context, gradients); }

  /// One step of the optimizer from gradients (n) times gradient_scale.
  void step(Context& context, TensorView<const T, 1> gradients, double rate, double decay, double gradient_scale) {
    optimizer_.step(context, masters_.view(), gradients, rate, decay, gradient_scale);
    masters_.round(context);
    if (lora_) lora_->merge(context);
    update_average(context);
  }

  /// The network as others use it, without metadata: the average where one is kept, the adapter added to its base. The
  /// tensors are in the file's own memory.
  TensorFile weights(Context& context) {
    if (!lora_) return network_file(context, average_.size() > 0 ? average_.view() : masters_.view());
    TensorFile file = base_file();
    LoraAdapter(adapter(context), lora_->config().adapter).apply(file);
    return file;
  }

  /// The adapter by PEFT's names; nothing without one.
  TensorFile adapter(Context& context) {
    TensorFile file;
    if (!lora_) return file;
    const std::span<const Sum> numbers = download(context, file, masters_.view());
    file.tensors = stored_parameters<Lora>(numbers, lora_->config());
    return file;
  }

  /// All that `restore` reads, by the network's names and `training.*`.
  TensorFile state(Context& context) {
    TensorFile file = lora_ ? weights(context) : network_file(context, masters_.view());
    const auto add = [&](std::string_view name, TensorView<Sum, 1> values) {
      const std::span<Sum> numbers = download(context, file, values);
      const Index count = with_layout([&](const auto& layout) {
        layout.remove_padding(numbers.data(), numbers.data());
        return layout.count();
      });
      const auto packed = numbers.first(static_cast<std::size_t>(count));
      file.tensors.emplace(name, stored(std::span<const Sum>(packed), Shape{count}));
    };
    add(first_moment_key, optimizer_.first_moment());
    add(second_moment_key, optimizer_.second_moment());
    if (average_.size() > 0) add(average_key, average_.view());
    if (!lora_) return file;
    add(adapter_key, masters_.view());
    const std::span<const Sum> base(base_->flat().data(), static_cast<std::size_t>(base_->flat().extent(0)));
    file.tensors.emplace(base_key, stored(base, Shape{std::ssize(base)}));
    return file;
  }

  /// From what `state` gave, after so many updates. Throws FormatError or WeightsError where the file is none; then
  /// nothing has changed.
  void restore(Context& context, const TensorFile& file, Index updates) {
    const auto parameters = load_weights<Sum>(file, network_.config());
    const auto load = [&](std::string_view name) {
      return with_layout([&](const auto& layout) {
        const Buffer<Sum> packed = stored_numbers(file, name, layout.count());
        Buffer<Sum> values(layout.size());
        layout.add_padding(packed.data(), values.data());
        return values;
      });
    };
    const Buffer<Sum> first = load(first_moment_key), second = load(second_moment_key),
                      average = average_.size() > 0 ? load(average_key) : Buffer<Sum>(),
                      adapter = lora_ ? load(adapter_key) : Buffer<Sum>();
    if (lora_) {
      const Buffer<Sum> base = stored_numbers(file, base_key, base_->flat().extent(0));
      masters_.set(context, adapter.view());
      set_base(context, base.view());
    } else {
      masters_.set(context, parameters.flat());
    }
    B::upload(context, optimizer_.first_moment(), first.view());
    B::upload(context, optimizer_.second_moment(), second.view());
    if (average_.size() > 0) B::upload(context, average_.view(), average.view());
    optimizer_.resume(updates);
  }

 private:
  static constexpr std::string_view first_moment_key = "training.first_moment",
                                    second_moment_key = "training.second_moment", average_key = "training.average",
                                    adapter_key = "training.adapter", base_key = "training.base";

  template <class F>
  auto with_layout(F&& f) const {
    return lora_ ? f(ParameterLayout<Lora>(lora_->config())) : f(ParameterLayout<IColoriT>(network_.config()));
  }

  void set_base(Context& context, TensorView<const Sum, 1> parameters) {
    std::copy_n(parameters.data(), parameters.extent(0), base_->flat().data());
    MasterParameters<B, T>(network_.parameters().flat()).set(context, parameters);
    lora_->set_base(context);
    lora_->merge(context);
  }

  // With a shorter memory in the beginning, which would otherwise remember the random weights for long.
  void update_average(Context& context) {
    if (average_.size() == 0) return;
    const auto steps = static_cast<double>(updates());
    const double decay = std::min(decay_of_average_, (1 + steps) / (10 + steps));
    B::blend(context, average_.view(), masters_.view(), static_cast<Sum>(1 - decay));
  }

  // Copies into memory that the file owns.
  static std::span<Sum> download(Context& context, TensorFile& file, TensorView<Sum, 1> values) {
    std::vector<std::byte>& memory = file.memory.emplace_back(static_cast<std::size_t>(values.extent(0)) * sizeof(Sum));
    Sum* const to = reinterpret_cast<Sum*>(memory.data());
    B::download(context, TensorView<Sum, 1>(to, values.extents()), TensorView<const Sum, 1>(values));
    return {to, static_cast<std::size_t>(values.extent(0))};
  }

  TensorFile network_file(Context& context, TensorView<Sum, 1> flat) {
    TensorFile file;
    file.tensors = stored_parameters<IColoriT>(std::span<const Sum>(download(context, file, flat)), network_.config());
    return file;
  }

  /// The frozen parameters, in this object's memory.
  TensorFile base_file() const {
    const TensorView<const Sum, 1> flat = std::as_const(*base_).flat();
    TensorFile file;
    file.memory.emplace_back(static_cast<std::size_t>(flat.extent(0)) * sizeof(Sum));
    Sum* const to = reinterpret_cast<Sum*>(file.memory.back().data());
    std::copy_n(flat.data(), flat.extent(0), to);
    file.tensors = stored_parameters<IColoriT>(std::span<const Sum>(to, static_cast<std::size_t>(flat.extent(0))),
                                               network_.config());
    return file;
  }

  static Buffer<Sum> stored_numbers(const TensorFile& file, std::string_view name, Index count) {
    const StoredTensor* tensor = file.find(name);
    if (tensor == nullptr || tensor->dtype != dtype_of<Sum> || !(tensor->shape == Shape{count}))
      throw FormatError(
          concat("no checkpoint of this training: ", name, " is missing or not ", dtype_of<Sum>, " (", count, ")"));
    Buffer<Sum> numbers(count);
    copy_elements(*tensor, std::span<Sum>(numbers.data(), static_cast<std::size_t>(count)));
    return numbers;
  }

  TrainingNetwork<B, T>& network_;
  const double decay_of_average_;
  std::unique_ptr<LoraParameters<B, T>> lora_;          // null: all parameters change
  std::optional<ParameterBuffer<IColoriT, Sum>> base_;  // with an adapter: the frozen parameters as files hold them
  MasterParameters<B, T> masters_;                      // of what changes
  AdamW<B, T> optimizer_;
  Buffer<Sum, typename B::Memory> average_;  // (n), or nothing
};

}  // namespace icolorit
