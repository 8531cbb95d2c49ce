// NetworkEngine: the network as the engine of a Colorizer.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "icolorit/image/hints.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/models/color_engine.hpp"
#include "icolorit/models/predictor.hpp"

namespace icolorit {

/// The network on its own input size: pictures are squashed to it, as in training and in the published evaluation.
/// Hints mark cells of `cell` x `cell` network pixels; of several in one cell the last counts. predict allocates
/// nothing. A `mirrored` engine predicts the picture's mirror image, too, and takes the mean of both: twice the time,
/// and 0.01 to 0.03 dB better on 93 photographs of the training pool.
/// Thread-safety: one thread at a time; for_each alone works on several. The model may be shared.
template <class B, class T = float>
class NetworkEngine {
 public:
  /// Throws ArgumentError unless the cell divides the model's input. A model alone converts, so that Colorizer takes
  /// one.
  NetworkEngine(std::shared_ptr<const Model<B, T>> model, typename B::Context context = typename B::Context(),
                Index cell = 2, bool mirrored = false)
      : cells_(model->height(), model->width(), cell),
        predictor_(std::move(model), 1, std::move(context)),
        lab_(3 * pixels()),
        mask_(cells_.cells()),
        mirrored_ab_(mirrored ? 2 * pixels() : 0) {}

  static constexpr bool keeps_hints = false;  // the network paints what it finds likely

  std::pair<Index, Index> working_size(Index, Index) const { return {cells_.width(), cells_.height()}; }

  void set_picture(const ImageView& picture) {
    const TensorView<float, 2> l = lab()[0];
    squashed_lightness(l, picture);
    for (float& value : std::span(l.data(), static_cast<std::size_t>(pixels())))
      value = normalise(Lab<float>{value, 0, 0}).l;
  }

  Index lost_hints() const { return lost_; }
  std::pair<double, double> hint_cell(Index width, Index height) const {
    return {static_cast<double>(width) / static_cast<double>(cells_.columns()),
            static_cast<double>(height) / static_cast<double>(cells_.rows())};
  }

  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView& picture,
               const ProgressCallback& progress) {
    const Index h = cells_.height(), w = cells_.width();
    expect_shape("NetworkEngine.predict", "ab", ab, {2, h, w});
    const TensorView<float, 3> hinted = lab().narrowed(0, 1, 2);  // (2,h,w)
    lost_ = rasterise_hints(mask_.view(), hinted, hints, picture.width(), picture.height(), cells_);
    for (float& value : std::span(hinted.data(), static_cast<std::size_t>(2 * h * w))) value /= ab_scale;
    const bool mirrored = mirrored_ab_.size() > 0;
    const ProgressPart first(progress, 0, mirrored ? .5 : 1), second(progress, .5, 1);
    run(ab, first.callback());
    if (mirrored) add_mirrored(ab, second.callback());
    for (float& value : std::span(ab.data(), static_cast<std::size_t>(2 * h * w))) value *= ab_scale;
  }

  template <class F>
  void for_each(Index count, F&& f) {
    if constexpr (RunsLoops<B>) {
      B::for_each(predictor_.context(), count, f);
    } else {
      for (Index i = 0; i < count; ++i) f(i);
    }
  }

 private:
  static constexpr float ab_scale = 110;  // network units, see normalise()

  /// The network on lab_ and mask_, as they are.
  void run(TensorView<float, 3> ab, const ProgressCallback& progress) {
    const Index h = cells_.height(), w = cells_.width();
    predictor_({ab.data(), {1, 2, h, w}}, TensorView<const float, 4>(lab().data(), {1, 3, h, w}),
               std::as_const(mask_).view(1, mask_.size()), progress);
  }

  /// ab becomes the mean of itself and of what the mirror image gives.
  void add_mirrored(TensorView<float, 3> ab, const ProgressCallback& progress) {
    const auto mirror = [](float* rows, Index count, Index width) {
      for (Index row = 0; row < count; ++row) std::reverse(rows + row * width, rows + (row + 1) * width);
    };
    const Index h = cells_.height(), w = cells_.width();
    mirror(lab_.data(), 3 * h, w);
    mirror(mask_.data(), cells_.rows(), cells_.columns());
    run(mirrored_ab_.view(Index{2}, h, w), progress);
    mirror(lab_.data(), h, w);  // lightness stays for the next call, hints are drawn anew
    mirror(mirrored_ab_.data(), 2 * h, w);
    for (Index i = 0; i < 2 * h * w; ++i) ab.data()[i] = .5f * (ab.data()[i] + mirrored_ab_.data()[i]);
  }

  Index pixels() const { return cells_.height() * cells_.width(); }
  TensorView<float, 3> lab() { return lab_.view(3, cells_.height(), cells_.width()); }

  HintGrid cells_;
  Predictor<B, T> predictor_;
  Buffer<float> lab_;          // (3,h,w), network units
  Buffer<float> mask_;         // (cells)
  Buffer<float> mirrored_ab_;  // (2,h,w), or nothing
  Index lost_ = 0;
};

}  // namespace icolorit
