// Our side of a paired comparison (compare.py), on any backend: prepares a workload, says `ready VALUE`, then runs it
// whenever a line `run N` comes in, and answers with the seconds that N runs took. VALUE is compared with the peer's
// before any timing. Inputs and results stay in the backend's memory, as the peers' do.
#pragma once

#include <chrono>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "icolorit/core/transfer.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/models/model.hpp"
#include "icolorit/training/adamw.hpp"
#include "icolorit/training/master_parameters.hpp"
#include "icolorit/training/training_network.hpp"

namespace icolorit::peers {

/// A folder with checkpoint.pth, lab.npy (B,3,S,S) and mask.npy (B,(S/s)(S/s)) as the executable specification has
/// them.
struct Inputs {
  explicit Inputs(const std::filesystem::path& folder)
      : weights(read_weights(folder / "checkpoint.pth")),
        config(infer_config(weights)),
        lab_values(read_npy<float>(folder / "lab.npy")),
        mask_values(read_npy<float>(folder / "mask.npy")),
        lab(lab_values.view<4>()),
        mask(mask_values.view<2>()) {}

  TensorFile weights;
  IColoriTConfig config;
  NpyArray<float> lab_values, mask_values;
  TensorView<const float, 4> lab;
  TensorView<const float, 2> mask;
};

/// Until the backend has done what was queued.
template <class Context>
void wait_for(Context& context) {
  if constexpr (requires { context.synchronize(); }) context.synchronize();
}

/// The forward pass; its value is the mean magnitude of ab.
template <class B, class T>
class Forward {
 public:
  Forward(const Inputs& inputs, Precision precision, typename B::Context context)
      : inputs_(inputs),
        context_(std::move(context)),
        model_(inputs.weights, ModelOptions{.precision = precision}),
        scratch_([&](Arena& arena) {
          return IColoriT::take_scratch<B, T>(context_, model_.prepared(), inputs.lab.extent(0), arena);
        }),
        lab_(inputs.lab.elements()),
        mask_(inputs.mask.elements()),
        ab_(inputs.lab.elements() / 3 * 2),
        lab_there_(lab_.put(context_, inputs.lab)),
        mask_there_(mask_.put(context_, inputs.mask)),
        result_(inputs.lab.elements() / 3 * 2) {}
  Forward(const Forward&) = delete;
  Forward& operator=(const Forward&) = delete;

  void operator()() {
    const auto forward = [this] {
      IColoriT::forward<B, T>(context_, ab_.place(result()), {lab_there_, mask_there_}, model_.prepared(), *scratch_,
                              [](Index, Index) {});
    };
    if constexpr (ReplaysWork<B>)
      B::replay(context_, recording_, forward);
    else
      forward();
    wait_for(context_);
  }
  double value() {
    (*this)();
    ab_.get(context_, result());
    double sum = 0;
    for (Index i = 0; i < result_.size(); ++i) sum += std::abs(static_cast<double>(result_.data()[i]));
    return sum / static_cast<double>(result_.size());
  }

 private:
  TensorView<float, 4> result() {
    return result_.view(inputs_.lab.extent(0), Index{2}, inputs_.config.size, inputs_.config.size);
  }

  const Inputs& inputs_;
  typename B::Context context_;
  Model<B, T> model_;
  Allocated<IColoriT::Scratch<B, T>, typename B::Memory> scratch_;
  Staging<B, T> lab_, mask_, ab_;
  TensorView<const T, 4> lab_there_;
  TensorView<const T, 2> mask_there_;
  Buffer<float> result_;
  RecordingOf<B> recording_;
};

/// A training step with the L1 loss and AdamW; its value is the loss of the third.
template <class B, class T>
class Training {
 public:
  Training(const Inputs& inputs, typename B::Context context)
      : context_(std::move(context)),
        network_(context_, inputs.config, inputs.lab.extent(0)),
        optimizer_(context_, ParameterLayout<IColoriT>(inputs.config)),
        masters_(network_.parameters().flat()),
        lab_(inputs.lab.elements()),
        mask_(inputs.mask.elements()),
        lab_there_(lab_.put(context_, inputs.lab)),
        mask_there_(mask_.put(context_, inputs.mask)) {
    masters_.set(context_, load_weights<Accumulator<T>>(inputs.weights, inputs.config).flat());
  }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  double operator()() {
    network_.clear_gradients(context_);
    constexpr double scale = std::is_same_v<T, f16> ? 65536 : 1;
    const double loss = network_.accumulate_on_device(context_, lab_there_, mask_there_, L1Loss{}, {}, scale);
    optimizer_.step(context_, masters_.view(), network_.gradients().flat(), 1e-4, .05, 1 / scale);
    masters_.round(context_);
    wait_for(context_);
    return loss;
  }
  double value() {
    (*this)();
    (*this)();
    return (*this)();
  }

 private:
  typename B::Context context_;
  TrainingNetwork<B, T> network_;
  AdamW<B, T> optimizer_;
  MasterParameters<B, T> masters_;
  Staging<B, T> lab_, mask_;
  TensorView<const T, 4> lab_there_;
  TensorView<const T, 2> mask_there_;
};

template <class Work>
void serve(Work&& work) {
  std::cout << "ready " << std::setprecision(9) << work.value() << std::endl;
  std::string word;
  for (Index runs = 0; std::cin >> word >> runs;) {
    const auto start = std::chrono::steady_clock::now();
    for (Index i = 0; i < runs; ++i) work();
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
  }
}

}  // namespace icolorit::peers
