// SampleMaker: one training picture with its hints, as a pure function of the data set, a random stream and an index.
#pragma once

#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "icolorit/image/convert.hpp"
#include "icolorit/image/grey.hpp"
#include "icolorit/training/augmentation.hpp"
#include "icolorit/training/dataset.hpp"
#include "icolorit/training/hint_sampler.hpp"
#include "icolorit/training/skip_report.hpp"

namespace icolorit {

/// A picture of a training, and what is shown of it.
struct TrainingSample {
  Index index;    ///< of the picture in its data set
  Image picture;  ///< three channels
  Crop crop;
};

/// Loads, augments and hints. Any number of threads may use it at once. The data set must outlive it.
template <Dataset D>
class SampleMaker {
 public:
  /// Throws ArgumentError for an empty data set or impossible settings.
  SampleMaker(const D& dataset, Augmentation augmentation, const HintDistribution& hints)
      : dataset_(dataset),
        augmentation_(std::move(augmentation)),
        hints_(hints),
        grid_(augmentation_.size, augmentation_.size, hints.cell) {
    if (dataset.size() < 1) throw ArgumentError("SampleMaker: the data set is empty");
    expect_valid(augmentation_);
    expect_valid(hints_, grid_.cells());
  }

  Index size() const { return augmentation_.size; }
  Index cells() const { return grid_.cells(); }

  /// Makes the sample of picture `index`, or, where that is unreadable or grey, of another one that `random` chooses.
  ///   mask     (cells)  overwritten: 0 at a hint, 1 elsewhere
  ///   weights  (S,S)    overwritten with the weights of the pixels where D WeighsPixels, else unused
  /// Pictures that were not used are added to `skipped`. Throws FileError where no picture of the data set can be used,
  /// and whatever but icolorit::Error the data set throws.
  TrainingSample operator()(TensorView<float, 1> mask, Index index, Random random, SkipReport& skipped,
                            TensorView<float, 2> weights = {}) const {
    const Index count = dataset_.size();
    Index stride = 0;
    std::string reason;
    for (Index tried = 0; tried < count; ++tried) {
      if (std::optional<TrainingSample> sample = make(index, weights, random, reason)) {
        sample_hint_mask(mask, random, sample_hint_count(random, hints_));
        return *std::move(sample);
      }
      skipped.add(index, dataset_.name(index), reason);
      // A stride without a common divisor visits every picture once; a random one spreads the neighbours of a bad
      // folder evenly over all others.
      while (count > 1 && (stride == 0 || std::gcd(stride, count) != 1)) stride = 1 + random.below(count - 1);
      index = (index + stride) % count;
    }
    throw FileError(concat("none of the ", count, " pictures can be used for training; the last one tried: ", reason));
  }

 private:
  /// Nothing, and a reason, where the picture cannot be used.
  std::optional<TrainingSample> make(Index index, TensorView<float, 2> weights, Random& random,
                                     std::string& reason) const {
    Index width = 0, height = 0;
    CropBox box;  // in the full picture
    Image picture, weight_picture;
    try {
      const OpenedImage opened = open_picture(dataset_, index);
      width = opened.width;
      height = opened.height;
      box = random_resized_crop(random, width, height, augmentation_);
      picture = opened.decode(augmentation_.reduced_decoding ? scale_for(box, augmentation_.size) : 1.0);
      if constexpr (WeighsPixels<D>) weight_picture = dataset_.loss_weights(index);
    } catch (const Error& error) {
      reason = error.what();
      return std::nullopt;
    }
    // Judged anew each time, from what was read: a memory of earlier verdicts would depend on the order of the threads.
    if (is_grey(picture)) {
      reason = "the picture is grey";
      return std::nullopt;
    }
    if (picture.has_alpha()) picture = converted(picture, 3, picture.bits());
    const auto part_of = [&](const Image& image) {
      return rescaled(box, width, height, image.width(), image.height());
    };
    const bool mirrored = augmentation_.mirrored > 0 && random.uniform() < augmentation_.mirrored;
    if constexpr (WeighsPixels<D>)
      crop_to_weights(weights, weight_picture, Crop{part_of(weight_picture), mirrored, {}});
    const Crop crop{part_of(picture), mirrored, augmentation_.jitter.draw(random)};
    return TrainingSample{index, std::move(picture), crop};
  }

  const D& dataset_;
  Augmentation augmentation_;
  HintDistribution hints_;
  HintGrid grid_;
};

}  // namespace icolorit
