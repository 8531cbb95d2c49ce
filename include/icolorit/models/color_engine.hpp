// Color engine: what turns lightness and hints into colour at a working size. Colorizer adds everything around it.
#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/models/optimization_engine.hpp"
#include "icolorit/models/predictor.hpp"

namespace icolorit {

/// working_size(W,H): the width and height at which a picture of W x H pixels is coloured.
/// set_lightness: takes a picture at working size, l (h,w) in [0,100]. May allocate.
/// predict: ab (2,h,w) in Lab units from hints in pixels of the original picture of W x H pixels.
/// for_each: f(i) for i in [0,count), in any order, on as many threads as the engine has.
template <class E>
concept ColorEngine = requires(E& engine, Index extent, TensorView<const float, 2> l, TensorView<float, 3> ab,
                               std::span<const Hint> hints, const ProgressCallback& progress, void (*f)(Index)) {
  { std::as_const(engine).working_size(extent, extent) } -> std::same_as<std::pair<Index, Index>>;
  { engine.set_lightness(l) } -> std::same_as<void>;
  { engine.predict(ab, hints, extent, extent, progress) } -> std::same_as<void>;
  { engine.for_each(extent, f) } -> std::same_as<void>;
};

/// The network on its own input size: pictures are squashed to it, as in training and in the published evaluation.
/// Hints mark cells of `cell` x `cell` network pixels; of several in one cell the last counts. predict allocates
/// nothing.
template <class B, class T = float>
class NetworkEngine {
 public:
  /// Throws ArgumentError unless the cell divides the model's input. A model alone converts, so that Colorizer takes
  /// one.
  NetworkEngine(std::shared_ptr<const Model<B, T>> model, typename B::Context context = typename B::Context(),
                Index cell = 2)
      : cells_(model->height(), model->width(), cell),
        predictor_(std::move(model), 1, std::move(context)),
        lab_(3 * pixels()),
        mask_(cells_.cells()) {}

  std::pair<Index, Index> working_size(Index, Index) const { return {cells_.width(), cells_.height()}; }

  void set_lightness(TensorView<const float, 2> l) {
    expect_shape("NetworkEngine.set_lightness", "l", l, {cells_.height(), cells_.width()});
    for (Index y = 0; y < cells_.height(); ++y)
      for (Index x = 0; x < cells_.width(); ++x) lab()(0, y, x) = normalise(Lab<float>{l(y, x), 0, 0}).l;
  }

  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, Index width, Index height,
               const ProgressCallback& progress) {
    const Index h = cells_.height(), w = cells_.width();
    expect_shape("NetworkEngine.predict", "ab", ab, {2, h, w});
    const TensorView<float, 3> hinted = lab().narrowed(0, 1, 2);  // (2,h,w)
    rasterise_hints(mask_.view(), hinted, hints, width, height, cells_);
    for (float& value : std::span(hinted.data(), static_cast<std::size_t>(2 * h * w))) value /= ab_scale;
    predictor_({ab.data(), {1, 2, h, w}}, TensorView<const float, 4>(lab().data(), {1, 3, h, w}),
               std::as_const(mask_).view(1, mask_.size()), progress);
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

  Index pixels() const { return cells_.height() * cells_.width(); }
  TensorView<float, 3> lab() { return lab_.view(3, cells_.height(), cells_.width()); }

  HintGrid cells_;
  Predictor<B, T> predictor_;
  Buffer<float> lab_;   // (3,h,w), network units
  Buffer<float> mask_;  // (cells)
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

  std::pair<Index, Index> working_size(Index width, Index height) const {
    return OptimizationEngine::working_size(width, height);
  }

  void set_lightness(TensorView<const float, 2> l) { engine_->set_lightness(l); }

  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, Index width, Index height,
               const ProgressCallback& progress) {
    points_.clear();
    for (const Hint& hint : hints) {
      expect_inside("OptimizationColors.predict", hint, width, height);
      points_.push_back({rescale_position(hint.y, height, ab.extent(1)), rescale_position(hint.x, width, ab.extent(2)),
                         hint.color.a, hint.color.b});
    }
    engine_->solve(ab, points_, progress);
  }

  template <class F>
  void for_each(Index count, F&& f) {
    std::atomic<Index> next = 0;
    const auto work = [&] {
      for (Index i = next++; i < count; i = next++) f(i);
    };
    std::vector<std::jthread> helpers;
    for (int thread = 1; thread < threads_; ++thread) helpers.emplace_back(work);
    work();
  }

 private:
  std::unique_ptr<OptimizationEngine> engine_;  // neither copied nor moved itself
  int threads_;
  std::vector<PixelHint> points_;
};

}  // namespace icolorit
