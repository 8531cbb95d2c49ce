// Our side of a paired comparison (compare.py): prepares a workload, says `ready VALUE`, then runs it whenever a line
// `run N` comes in, and answers with the seconds that N runs took. VALUE is compared with the peer's before any timing.
//   icolorit_worker forward|forward-int8|training FOLDER THREADS
// FOLDER holds checkpoint.pth, lab.npy (B,3,S,S) and mask.npy (B,(S/s)(S/s)) as the executable specification has them.
#include <chrono>
#include <functional>
#include <iomanip>
#include <iostream>
#include <string>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/cpu/fma_probe.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/models/predictor.hpp"
#include "icolorit/training/adamw.hpp"
#include "icolorit/training/initial_weights.hpp"
#include "icolorit/training/training_network.hpp"

using namespace icolorit;

namespace {

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

/// The forward pass; its value is the mean magnitude of ab.
class Forward {
 public:
  Forward(const Inputs& inputs, int threads, Precision precision)
      : inputs_(inputs),
        predictor_(std::make_shared<const Model<CpuBackend>>(inputs.weights, ModelOptions{.precision = precision},
                                                             CpuBackend::Context(threads)),
                   inputs.lab.extent(0), CpuBackend::Context(threads)),
        ab_(inputs.lab.elements() / 3 * 2) {}

  double operator()() {
    const auto ab = ab_.view(inputs_.lab.extent(0), Index{2}, inputs_.config.size, inputs_.config.size);
    predictor_(ab, inputs_.lab, inputs_.mask);
    return 0;
  }
  double value() {
    (*this)();
    double sum = 0;
    for (Index i = 0; i < ab_.size(); ++i) sum += std::abs(static_cast<double>(ab_.data()[i]));
    return sum / static_cast<double>(ab_.size());
  }

 private:
  const Inputs& inputs_;
  Predictor<CpuBackend> predictor_;
  Buffer<float> ab_;
};

/// A training step with the L1 loss and AdamW; its value is the loss of the third.
class Training {
 public:
  Training(const Inputs& inputs, int threads)
      : inputs_(inputs),
        context_(threads),
        network_(context_, inputs.config, inputs.lab.extent(0)),
        optimizer_(context_, inputs.config) {
    const auto parameters = load_weights<float>(inputs.weights, inputs.config);
    std::copy_n(parameters.flat().data(), parameters.flat().extent(0), network_.parameters().flat().data());
  }

  double operator()() {
    network_.clear_gradients(context_);
    const double loss = network_.accumulate(context_, inputs_.lab, inputs_.mask, L1Loss{});
    optimizer_.step(context_, network_.parameters().flat(), network_.gradients().flat(), 1e-4, .05);
    return loss;
  }
  double value() {
    (*this)();
    (*this)();
    return (*this)();
  }

 private:
  const Inputs& inputs_;
  CpuBackend::Context context_;
  TrainingNetwork<CpuBackend> network_;
  AdamW<CpuBackend, IColoriT, float> optimizer_;
};

template <class Work>
void serve(Work work) {
  std::cout << "ready " << std::setprecision(9) << work.value() << std::endl;
  std::string word;
  for (Index runs = 0; std::cin >> word >> runs;) {
    const auto start = std::chrono::steady_clock::now();
    for (Index i = 0; i < runs; ++i) work();
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "probe") {
      std::cout << cpu::fma_peak(std::stoi(argv[2])) << '\n';
      return 0;
    }
    if (argc != 4)
      throw ArgumentError("usage: icolorit_worker forward|forward-int8|training FOLDER THREADS, or probe THREADS");
    const Inputs inputs(argv[2]);
    const int threads = std::stoi(argv[3]);
    const std::string workload = argv[1];
    if (workload == "training")
      serve(Training(inputs, threads));
    else
      serve(Forward(inputs, threads, workload == "forward-int8" ? Precision::int8 : Precision::full));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
