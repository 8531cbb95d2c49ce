// OptimizationColors: Levin's optimisation as the engine of a Colorizer.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/models/color_engine.hpp"
#include "icolorit/models/hint_places.hpp"
#include "icolorit/models/optimization_engine.hpp"

namespace icolorit {

/// Levin's optimisation at a reduced size of the picture's own aspect ratio; needs no weights.
/// Thread-safety: one thread at a time; for_each alone works on several.
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

  /// About how many bytes a picture of that size takes: the system and its factors.
  Index memory_required(Index width, Index height) const {
    const auto [w, h] = working_size(width, height);
    // Nested dissection fills a system of n pixels with O(n log n) numbers (A. George, 1973); the factor was measured.
    const auto n = static_cast<double>(w * h);
    return static_cast<Index>(50 * n * std::log2(std::max(n, 2.)));
  }

  Index lost_hints() const { return places_.lost(); }
  std::pair<double, double> hint_cell(Index, Index) const { return {1, 1}; }

  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView& picture,
               const ProgressCallback& progress) {
    const Index width = picture.width(), height = picture.height();
    points_.clear();
    for (const Hint& hint : hints) {
      expect_hint("OptimizationColors.predict", hint, width, height);
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
