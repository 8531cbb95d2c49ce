// Fusion under the published evaluation: what PaperProtocol predicted, fused with the same hints at the same size.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/models/color_fusion.hpp"
#include "icolorit/models/paper_protocol.hpp"

namespace icolorit {

/// Fuses batches of predictions, each picture on one of several threads. Every pixel of a hinted cell gets the colour
/// that the network is shown for the cell.
/// Thread-safety: one thread at a time; it starts threads of its own.
class FusionProtocol {
 public:
  /// Throws ArgumentError unless there is at least one picture in a batch and one thread.
  FusionProtocol(const HintGrid& grid, Index batch, Index threads, const ColorFusionOptions& options = {})
      : cells_(grid), batch_(batch), ab_(std::max<Index>(batch, 0) * 2 * grid.height() * grid.width()) {
    if (batch < 1 || threads < 1)
      throw ArgumentError(concat("FusionProtocol: batches of ", batch, " pictures on ", threads,
                                 " threads, expected at least 1 of each"));
    for (Index thread = 0; thread < std::min(threads, batch); ++thread)
      workers_.emplace_back(grid.height(), grid.width(), options);
  }

  /// ab (B,2,h,w) in network units, of at most `batch` pictures. Valid until the next call.
  ///   network_ab  (B,2,h,w)  the network's prediction for the same pictures and hints
  /// Throws ShapeError, ArgumentError.
  TensorView<const float, 4> fuse(TensorView<const float, 4> network_ab,
                                  std::span<const EvaluationPicture* const> pictures,
                                  std::span<const std::vector<Index>* const> hinted) {
    const Index count = std::ssize(pictures), h = cells_.height(), w = cells_.width();
    if (count < 1 || count > batch_ || std::ssize(hinted) != count)
      throw ShapeError(concat("FusionProtocol.fuse: ", count, " pictures and ", hinted.size(),
                              " hint lists for batches of ", batch_));
    expect_shape("FusionProtocol.fuse", "network_ab", network_ab, {count, 2, h, w});
    const TensorView<float, 4> ab = ab_.view(count, 2, h, w);
    run_on_threads(count, std::ssize(workers_), [&](Index i, Index thread) {
      fuse(workers_[static_cast<std::size_t>(thread)], ab[i], network_ab[i], *pictures[static_cast<std::size_t>(i)],
           *hinted[static_cast<std::size_t>(i)]);
    });
    return ab;
  }

 private:
  struct Worker {
    Worker(Index height, Index width, const ColorFusionOptions& options)
        : fusion(height, width, options), lab(3 * height * width) {}
    ColorFusion fusion;
    Buffer<float> lab;  // (3,h,w)
    std::vector<FixedColor> fixed;
  };

  void fuse(Worker& worker, TensorView<float, 3> ab, TensorView<const float, 3> network_ab,
            const EvaluationPicture& picture, const std::vector<Index>& hinted) const {
    const Index h = cells_.height(), w = cells_.width();
    image_to_lab(worker.lab.view(3, h, w), picture.rgb);
    const TensorView<const float, 3> colors = std::as_const(worker.lab).view(3, h, w);
    worker.fixed.clear();
    for (const Index cell : hinted) {
      const Lab<float> color = cell_color(colors, cells_, cell);
      for (Index y = cells_.row_of(cell); y < cells_.row_of(cell) + cells_.cell(); ++y)
        for (Index x = cells_.column_of(cell); x < cells_.column_of(cell) + cells_.cell(); ++x)
          worker.fixed.push_back({y, x, color.a, color.b, colors(0, y, x)});
    }
    // The solver's tolerance is in Lab units.
    for (Index c = 0; c < 2; ++c)
      for (Index y = 0; y < h; ++y)
        for (Index x = 0; x < w; ++x) ab(c, y, x) = denormalise(Lab<float>{0, network_ab(c, y, x), 0}).a;
    worker.fusion.set_lightness(colors[0]);
    worker.fusion.solve(ab, ab, worker.fixed);
    for (float& value : std::span(ab.data(), static_cast<std::size_t>(ab.elements())))
      value = normalise(Lab<float>{0, value, 0}).a;
  }

  HintGrid cells_;
  Index batch_;
  std::vector<Worker> workers_;  // one for each thread
  Buffer<float> ab_;             // (batch,2,h,w)
};

}  // namespace icolorit
