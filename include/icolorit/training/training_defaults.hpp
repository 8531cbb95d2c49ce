// Settings of a training that suit the number of pictures, for those that the user leaves open.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"

namespace icolorit {

struct TrainingDefaults {
  Index batch = 256;
  Index epochs = 25;
  Index warmup_epochs = 3;
  double rate = 5e-4, final_rate = 1e-5;
};

/// For training a network further on `pictures` an epoch. Few pictures get small batches, so that an epoch still has
/// several steps: the least power of two that is no less than the root of their number, at most the published 256. The
/// number of epochs, unless it is given, makes about a hundred steps of them, but is at least 5 and at most 25; a tenth
/// of them is warm-up. The learning rate is a tenth of the published one: twice as much already costs a network a tenth
/// of a decibel on pictures unlike the new ones (measured in docs/training.md). Throws ArgumentError for less than one
/// picture.
inline TrainingDefaults fine_tuning_defaults(Index pictures, Index epochs = 0) {
  if (pictures < 1) throw ArgumentError(concat("fine_tuning_defaults: ", pictures, " pictures, expected at least 1"));
  constexpr Index min_epochs = 5, max_epochs = 25, wanted_steps = 100;
  TrainingDefaults defaults;
  const Index most = std::min<Index>(pictures, defaults.batch);
  defaults.batch = 1;
  while (defaults.batch * defaults.batch < pictures && 2 * defaults.batch <= most) defaults.batch *= 2;
  const Index steps = pictures / defaults.batch;
  defaults.epochs = epochs > 0 ? epochs : std::clamp((wanted_steps + steps - 1) / steps, min_epochs, max_epochs);
  defaults.warmup_epochs = std::max<Index>(1, defaults.epochs / 10);
  defaults.rate = 5e-5;
  defaults.final_rate = 1e-6;
  return defaults;
}

/// For tuning a network, or a low-rank adapter of it, on an album: 16 pictures a step, or a quarter of them where they
/// are few, and epochs for about 6,000 pictures in all unless their number is given, which is some minutes for the tiny
/// network on two cores. An adapter, one of whose matrices begins at zero, learns at four times the rate. What the
/// settings gain is measured in docs/finetuning.md. Throws ArgumentError for less than one picture.
inline TrainingDefaults album_defaults(Index pictures, Index epochs, bool adapter) {
  if (pictures < 1) throw ArgumentError(concat("album_defaults: ", pictures, " pictures, expected at least 1"));
  TrainingDefaults defaults;
  defaults.batch = std::clamp<Index>(pictures / 4, 1, 16);
  defaults.epochs = epochs > 0 ? epochs : std::clamp<Index>(6000 / pictures, 4, 60);
  defaults.warmup_epochs = 1;
  defaults.rate = adapter ? 2e-3 : 5e-4;
  defaults.final_rate = defaults.rate / 100;
  return defaults;
}

/// The published number of epochs on ImageNet (Yun et al. 2023, sec. 4.1) of a variant, by its name: 1000 of a base
/// network, 100 of a small one and 25 of a tiny one, which are those of all other names, too.
inline Index published_epochs(std::string_view variant) {
  return variant.find("base") != variant.npos ? 1000 : variant.find("small") != variant.npos ? 100 : 25;
}

/// For training from random weights: the published recipe (Yun et al. 2023, sec. 4.1), with a smaller batch where an
/// epoch has fewer pictures than the published 256. `epochs` are those published for the variant. Throws ArgumentError
/// for less than one picture.
inline TrainingDefaults published_defaults(Index pictures, Index epochs) {
  if (pictures < 1) throw ArgumentError(concat("published_defaults: ", pictures, " pictures, expected at least 1"));
  TrainingDefaults defaults;
  defaults.batch = std::min(defaults.batch, pictures);
  defaults.epochs = epochs;
  defaults.warmup_epochs = std::min(defaults.warmup_epochs, epochs);
  return defaults;
}

}  // namespace icolorit
