// Training compiled once: link icolorit::compiled_training, and a program that trains compiles in a second or two.
//
//   train(pictures_in("photos"), {.folder = "run", .initial_weights = "weights.safetensors"});
//   AnyColorizer colorizer = make_colorizer(load_model("run/weights.safetensors"));
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/image/opened_image.hpp"

namespace icolorit {

/// A data set behind functions, as the concept OpensPictures of training/dataset.hpp describes one: several threads
/// call them at once, and the same number always gives the same picture. Thread-safety: that of its functions.
struct PictureSource {
  Index count = 0;
  /// Picture i; `opened` makes one of an Image. An icolorit::Error means that another picture takes its place.
  std::function<OpenedImage(Index)> read;
  std::function<std::string(Index)> describe;  ///< what reports call picture i

  Index size() const { return count; }
  OpenedImage open(Index i) const { return read(i); }
  Image load(Index i) const { return read(i).decode(1); }
  std::string name(Index i) const { return describe(i); }
};

/// The picture files in a folder and in those below it. Throws FileError where there are none.
[[nodiscard]] PictureSource pictures_in(const std::filesystem::path& folder);

/// After one step.
struct TrainingStep {
  Index epoch = 0;  ///< from 1
  Index step = 0;   ///< of the epoch, from 1
  Index steps = 0;  ///< an epoch has
  double loss = 0;  ///< mean over the step's pictures, before the update
  double gradient_norm = 0;
  double rate = 0;  ///< learning rate
};

/// After one epoch, whose network is in the folder already.
struct TrainingEpoch {
  Index epoch = 0;                             ///< from 1
  double loss = 0;                             ///< mean over the steps
  double rate = 0;                             ///< learning rate of the last step
  double seconds = 0;                          ///< in steps, validation not included
  std::vector<std::pair<Index, double>> psnr;  ///< number of hints and mean PSNR in dB of the validation pictures
};

struct CompiledTrainingOptions {
  /// Made where it is missing. The training writes there what TrainingRunOptions::folder lists, and goes on with the
  /// checkpoint that lies there, if any, whose settings must be the same.
  std::filesystem::path folder;
  std::filesystem::path initial_weights;  ///< to begin with; empty: random ones, for `network`
  /// A published variant, e.g. icolorit_tiny_4ch_patch16_224, or hyper-parameters for parse_config, e.g.
  /// dim=192,heads=3,depth=6. Unused where there are initial weights.
  std::string network = "icolorit_tiny_4ch_patch16_224";
  // 0: as suits the number of pictures or, of random weights, as published, see training/training_defaults.hpp
  Index epochs = 0;
  Index batch = 0;                             ///< pictures a step
  double rate = 0;                             ///< highest learning rate
  Index max_hints = 0;                         ///< of a training picture; 0: as published
  std::vector<Index> validation_hints{1, 10};  ///< with how many hints the validation pictures are scored
  std::uint64_t seed = 4885;                   ///< of pictures, hints and random weights; published
  int threads = 0;                             ///< that compute; 0: as many as the machine offers
  // Called on the thread that calls `train`. Returning false stops the training; what they throw stops it, too, and is
  // thrown by `train`. Both leave a checkpoint to go on from.
  std::function<bool(const TrainingStep&)> on_step;
  std::function<bool(const TrainingEpoch&)> on_epoch;
  /// Called often while the validation pictures are scored; false or an exception stops.
  std::function<bool()> goes_on;
};

/// Trains a network on the CPU with the published loss. `validation` may be null; where it is not, the best network is
/// kept, too. Returns whether the training came to its end; false: it was stopped, and the same call goes on with it.
/// Throws ArgumentError for impossible settings and for others than the checkpoint's, FileError, and DivergedError.
bool train(const PictureSource& pictures, const CompiledTrainingOptions& options,
           const PictureSource* validation = nullptr);

}  // namespace icolorit
