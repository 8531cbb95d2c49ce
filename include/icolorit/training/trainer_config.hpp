// TrainerConfig: what a training is told before it begins.
#pragma once

#include "icolorit/core/error.hpp"
#include "icolorit/io/tensor_file.hpp"
#include "icolorit/models/icolorit_config.hpp"
#include "icolorit/models/lora_config.hpp"
#include "icolorit/training/adamw.hpp"

namespace icolorit {

/// Defaults are the published recipe's (Yun et al. 2023, sec. 4.1) where it has one.
struct TrainerConfig {
  IColoriTConfig network;
  Index epochs = 25;
  double rate = 5e-4, final_rate = 1e-5;  ///< of the cosine schedule of the learning rate
  Index warmup_epochs = 3;
  double decay = .05, final_decay = .05;  ///< weight decay, a cosine without warm-up
  AdamWOptions adamw;
  double clip = 0;         ///< maximum norm of the gradient; 0 disables clipping
  double drop_path = 0;    ///< share of dropped branches in the last block; the first drops none, linear in between
  double average = 0;      ///< decay of the weights' exponential moving average, e.g. 0.9999; 0: none is kept
  Index max_skipped = 10;  ///< steps in a row whose loss or gradient is not finite
  Index parts = 1;         ///< a rank's share of a batch is computed in as many equal parts: less memory, same result
  bool recompute = false;  ///< inner values are computed again instead of kept: less memory, the same result
  double hint_weight = 1;  ///< factor on the loss of the pixels in hinted cells; published: 1
  LoraConfig lora;         ///< of a rank above 0: an adapter is trained, and the network that it changes stays
  Metadata notes;    ///< kept in checkpoints, which a training with other notes refuses, e.g. the name of the loss
  Metadata remarks;  ///< kept in checkpoints and never compared, e.g. where the pictures are

  /// Throws ArgumentError for an impossible setting.
  void validate() const {
    network.validate();
    lora.validate();
    const auto require = [](bool holds, auto&&... message) {
      if (!holds) throw ArgumentError(concat("TrainerConfig: ", message...));
    };
    require(epochs >= 1 && warmup_epochs >= 0 && warmup_epochs <= epochs, epochs, " epochs with ", warmup_epochs,
            " of warm-up, expected at least 1 and no more warm-up than that");
    require(rate > 0 && final_rate >= 0 && decay >= 0 && final_decay >= 0, "rates and decays must not be negative");
    require(clip >= 0, "clip is ", clip, ", expected 0 or a positive norm");
    require(drop_path >= 0 && drop_path < 1, "drop_path is ", drop_path, ", expected a share below 1");
    require(average >= 0 && average < 1, "average is ", average, ", expected 0 or a decay below 1");
    require(lora.empty() || average == 0, "a low-rank adapter has no moving average: set average to 0");
    require(hint_weight >= 0 && hint_weight < 1e9, "hint_weight is ", hint_weight, ", expected 0 or a positive factor");
    require(max_skipped >= 0 && parts >= 1, "max_skipped is ", max_skipped, " and parts ", parts,
            ", expected at least 0 and 1");
  }
};

}  // namespace icolorit
