// Both engines behind interfaces that say nothing of backends: engines.cpp and cuda.cu alone compile the network.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "icolorit/core/progress.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/io/tensor_file.hpp"
#include "icolorit/models/icolorit_config.hpp"
#include "icolorit/models/paper_protocol.hpp"

namespace icolorit::tool {

/// What the commands ask of an engine; empty or 0 means: not given.
struct EngineOptions {
  std::string engine;  // icolorit or optimization
  std::filesystem::path weights;
  std::string variant, head;      // demand this network of the weights
  std::string device = "cpu";     // or cuda
  std::string precision = "f32";  // of the network: f32; int8 on the CPU; bf16, f16 on CUDA
  Index size = 0;                 // of the network's square input
  int threads = 0;

  /// Adds --weights, --variant, --head, --size, --engine and those of add_machine_to to a command.
  void add_to(CLI::App& command);
  /// Adds --device, --precision and --threads.
  void add_machine_to(CLI::App& command);
  /// Throws Misuse for a precision that the device does not have.
  void check_machine() const;

  /// Fills in the engine and the weights where the command line leaves them open: weights installed beside the tool
  /// (../share/icolorit/*.safetensors), else the optimisation. Throws Misuse where options contradict each other.
  void complete();

  bool uses_network() const { return engine == "icolorit"; }
};

/// Pictures at their own size.
class FullColors {
 public:
  virtual ~FullColors() = default;

  /// Width and height of the square picture whose cells --reveal names.
  virtual Index reveal_size() const = 0;
  virtual Image colorize(Image picture, std::span<const Hint> hints, const ProgressCallback& progress) = 0;
  /// ab (2,h,w) of the last picture at working size, Lab units.
  virtual TensorView<const float, 3> ab() const = 0;
};

/// The published evaluation, a batch of pictures at a time.
class Evaluation {
 public:
  virtual ~Evaluation() = default;

  virtual const HintGrid& grid() const = 0;
  /// How many pictures predict() takes at most.
  virtual Index batch() const = 0;
  /// ab (B,2,h,w) in network units, each picture with its own colours revealed at its cells. Valid until the next call.
  virtual TensorView<const float, 4> predict(std::span<const EvaluationPicture* const> pictures,
                                             std::span<const std::vector<Index>* const> hinted,
                                             const ProgressCallback& progress) = 0;
};

/// Both throw FileError, FormatError and WeightsError for the weights, and Misuse for a size that does not fit them.
std::unique_ptr<FullColors> make_full_colors(const EngineOptions& options, bool bicubic);
std::unique_ptr<Evaluation> make_evaluation(const EngineOptions& options, Index batch);

/// A network's forward pass on a batch that stays the same, to be timed.
class ForwardPass {
 public:
  virtual ~ForwardPass() = default;

  virtual void run() = 0;
  /// The network on the size that it runs at.
  virtual const IColoriTConfig& config() const = 0;
};

/// With random weights where the options name a variant and no weights. Throws as above.
std::unique_ptr<ForwardPass> make_forward_pass(const EngineOptions& options, Index batch);
/// How many threads the options ask for.
int threads_of(const EngineOptions& options);
/// The processor's multiply-add peak, see cpu/fma_probe.hpp.
double fma_peak(int threads);

/// The self-check sample of these weights, see models/self_check.hpp.
std::vector<float> self_check_of(const TensorFile& weights);

}  // namespace icolorit::tool
