// Color engine: what turns lightness and hints into colour at a working size. Colorizer adds everything around it.
#pragma once

#include <algorithm>
#include <concepts>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/models/optimization_engine.hpp"
#include "icolorit/models/predictor.hpp"

namespace icolorit {

/// What Colorizer asks of an engine, for a picture of W x H pixels:
///   working_size(W,H)  width and height at which the picture is coloured
///   set_picture(p)     takes a view of a picture, 8 or 16 bits, and reduces it as it needs; may allocate
///   predict(ab, hints, p, progress)
///                      ab (2,h,w), Lab units, at the working size, from hints in pixels of p, the picture of the last
///                      set_picture; throws Cancelled, and ArgumentError for a hint outside the picture
///   lost_hints()       how many hints of the last predict do not count, because a later one took their place
///   hint_cell(W,H)     width and height, in pixels of the picture, of the place that one hint takes
///   keeps_hints        whether ab has the asked colours at the hints, up to the working picture's resolution, so that
///                      they may be made exact at full size
///   for_each(n, f)     f(i) for i in [0,n), in any order, on as many threads as the engine has
template <class E>
concept ColorEngine =
    requires(E& engine, const E& const_engine, Index extent, const ImageView& picture, TensorView<float, 3> ab,
             std::span<const Hint> hints, const ProgressCallback& progress, void (*f)(Index)) {
      { const_engine.working_size(extent, extent) } -> std::same_as<std::pair<Index, Index>>;
      { engine.set_picture(picture) } -> std::same_as<void>;
      { engine.predict(ab, hints, picture, progress) } -> std::same_as<void>;
      { const_engine.lost_hints() } -> std::same_as<Index>;
      { const_engine.hint_cell(extent, extent) } -> std::same_as<std::pair<double, double>>;
      { std::bool_constant<E::keeps_hints>{} };
      { engine.for_each(extent, f) } -> std::same_as<void>;
    };

/// Counts hints that lie in the same pixel as a later one. Allocates only for more hints than ever before.
class HintPlaces {
 public:
  void count(std::span<const Hint> hints) {
    places_.clear();
    for (const Hint& hint : hints) places_.emplace_back(hint.y, hint.x);
    std::ranges::sort(places_);
    lost_ = places_.end() - std::unique(places_.begin(), places_.end());
  }
  Index lost() const { return lost_; }

 private:
  std::vector<std::pair<Index, Index>> places_;
  Index lost_ = 0;
};

/// The network on its own input size: pictures are squashed to it, as in training and in the published evaluation.
/// Hints mark cells of `cell` x `cell` network pixels; of several in one cell the last counts. predict allocates
/// nothing. A `mirrored` engine predicts the picture's mirror image, too, and takes the mean of both: twice the time,
/// and 0.01 to 0.03 dB better on 93 photographs of the training pool.
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

/// Levin's optimisation at a reduced size of the picture's own aspect ratio; needs no weights.
class OptimizationColors {
 public:
  /// `threads` share the work around the solver, which itself runs on one. Throws ArgumentError below 1.
  explicit OptimizationColors(int threads = 1, const OptimizationEngine::Options& options = {})
      : engine_(std::make_unique<OptimizationEngine>(options)), threads_(threads) {
    if (threads < 1)
      throw ArgumentError(concat("OptimizationColors: ", threads, " threads asked for, expected at least 1"));
  }

  static constexpr bool keeps_hints = true;

  std::pair<Index, Index> working_size(Index width, Index height) const {
    return OptimizationEngine::working_size(width, height);
  }

  void set_picture(const ImageView& picture) {
    const auto [w, h] = working_size(picture.width(), picture.height());
    Buffer<float> l(h * w);
    squashed_lightness(l.view(h, w), picture);
    engine_->set_lightness(std::as_const(l).view(h, w));
  }

  Index lost_hints() const { return places_.lost(); }
  std::pair<double, double> hint_cell(Index, Index) const { return {1, 1}; }

  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView& picture,
               const ProgressCallback& progress) {
    const Index width = picture.width(), height = picture.height();
    points_.clear();
    for (const Hint& hint : hints) {
      expect_inside("OptimizationColors.predict", hint, width, height);
      points_.push_back({rescale_position(hint.y, height, ab.extent(1)), rescale_position(hint.x, width, ab.extent(2)),
                         hint.color.a, hint.color.b});
    }
    places_.count(hints);
    engine_->solve(ab, points_, progress);
  }

  template <class F>
  void for_each(Index count, F&& f) {
    run_on_threads(count, threads_, [&](Index i, Index) { f(i); });
  }

 private:
  std::unique_ptr<OptimizationEngine> engine_;  // neither copied nor moved itself
  int threads_;
  std::vector<PixelHint> points_;
  HintPlaces places_;
};

}  // namespace icolorit
