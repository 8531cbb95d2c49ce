// The engines behind interfaces that say nothing of backends: engines.cpp and cuda.cu alone compile the network.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine_options.hpp"
#include "icolorit/core/progress.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/io/tensor_file.hpp"
#include "icolorit/models/any_color_engine.hpp"
#include "icolorit/models/any_colorizer.hpp"
#include "icolorit/models/icolorit_config.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

/// Pictures at their own size.
struct FullColors {
  AnyColorizer colorizer;
  Index reveal_size;  // width and height of the square picture whose cells --reveal names
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
  /// What the network said in the last predict(), where that was fused with the hints; else an empty view.
  virtual TensorView<const float, 4> before_fusion() const { return {}; }
};

/// Throws Misuse unless hint cells tile the square input.
inline void expect_cells(Index size, Index cell) {
  require(size % cell == 0, "--size ", size, " is not a multiple of --hint-size ", cell, ": change one of them");
}

/// All throw FileError, FormatError and WeightsError for the weights, and Misuse for a size that does not fit them.
FullColors make_full_colors(const EngineOptions& options, bool bicubic);
/// So many of them, which share the network and the threads, for so many pictures at a time.
std::vector<FullColors> make_full_colors(const EngineOptions& options, bool bicubic, Index count);
/// The engine alone, which works at about so many pixels unless it is a network without fusion.
AnyColorEngine make_color_engine(const EngineOptions& options, Index working_pixels);
/// Of hints that are squares of `cell` x `cell` pixels of the network's input.
std::unique_ptr<Evaluation> make_evaluation(const EngineOptions& options, Index batch, Index cell);

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

/// The self-check sample of these weights, see models/self_check.hpp.
std::vector<float> self_check_of(const TensorFile& weights);

}  // namespace icolorit::tool
