// The published evaluation of the optimisation engine: the same pictures and hints as PaperProtocol's, and no network.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/models/optimization_engine.hpp"
#include "icolorit/models/paper_protocol.hpp"

namespace icolorit {

/// Colours batches of pictures from their own colours at hinted cells, each on one of several threads.
/// Thread-safety: one thread at a time; it starts threads of its own.
class OptimizationProtocol {
 public:
  /// Throws ArgumentError unless there is at least one picture in a batch and one thread.
  OptimizationProtocol(const HintGrid& grid, Index batch, Index threads)
      : cells_(grid), batch_(batch), ab_(std::max<Index>(batch, 0) * 2 * grid.height() * grid.width()) {
    if (batch < 1 || threads < 1)
      throw ArgumentError(concat("OptimizationProtocol: batches of ", batch, " pictures on ", threads,
                                 " threads, expected at least 1 of each"));
    engines_ = std::vector<OptimizationEngine>(static_cast<std::size_t>(std::min(threads, batch)));
  }

  const HintGrid& cells() const { return cells_; }
  Index batch() const { return batch_; }

  EvaluationPicture prepare(const Image& picture) const { return {picture, cells_.width(), cells_.height()}; }

  /// ab (B,2,h,w) in network units, of at most batch() pictures; 0 where a picture has no hints. Valid until the next
  /// call. Throws ShapeError, ArgumentError.
  TensorView<const float, 4> predict(std::span<const EvaluationPicture* const> pictures,
                                     std::span<const std::vector<Index>* const> hinted) {
    const Index count = std::ssize(pictures), h = cells_.height(), w = cells_.width();
    if (count < 1 || count > batch_ || std::ssize(hinted) != count)
      throw ShapeError(concat("OptimizationProtocol.predict: ", count, " pictures and ", hinted.size(),
                              " hint lists for batches of ", batch_));
    const TensorView<float, 4> ab = ab_.view(count, 2, h, w);
    run_on_threads(count, std::ssize(engines_), [&](Index i, Index thread) {
      color(engines_[static_cast<std::size_t>(thread)], ab[i], *pictures[static_cast<std::size_t>(i)],
            *hinted[static_cast<std::size_t>(i)]);
    });
    return ab;
  }

 private:
  void color(OptimizationEngine& engine, TensorView<float, 3> ab, const EvaluationPicture& picture,
             const std::vector<Index>& hinted) const {
    const std::span<float> values(ab.data(), static_cast<std::size_t>(ab.elements()));
    std::ranges::fill(values, 0.f);
    if (hinted.empty()) return;
    const Index h = cells_.height(), w = cells_.width();
    Buffer<float> lab(3 * h * w);
    image_to_lab(lab.view(3, h, w), picture.rgb);
    const TensorView<const float, 3> colors = std::as_const(lab).view(3, h, w);
    engine.set_lightness(colors[0]);
    std::vector<PixelHint> hints;
    for (const Index cell : hinted) {
      const Lab<float> color = cell_color(colors, cells_, cell);
      for (Index y = 0; y < cells_.cell(); ++y)
        for (Index x = 0; x < cells_.cell(); ++x)
          hints.push_back({cells_.row_of(cell) + y, cells_.column_of(cell) + x, color.a, color.b});
    }
    engine.solve(ab, hints);
    for (float& value : values) value = normalise(Lab<float>{0, value, 0}).a;
  }

  HintGrid cells_;
  Index batch_;
  std::vector<OptimizationEngine> engines_;  // one for each thread
  Buffer<float> ab_;
};

}  // namespace icolorit
