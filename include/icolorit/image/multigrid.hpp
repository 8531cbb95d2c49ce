// A multigrid cycle on the pixels of a picture: solves A x = b roughly, in a time that is proportional to the pixels.
//
// U. Trottenberg, C. Oosterlee, A. Schueller, "Multigrid", 2001, sec. 2.4 (the cycle), 7.8 (as a preconditioner), A.9
// (aggregation). The finest level is the picture's own grid; the coarser ones are graphs of aggregates of pixels that
// are strongly joined, so that no unknown of a coarse level lies on both sides of an edge.
#pragma once

#include <utility>
#include <vector>

#include "icolorit/image/coarse_graph.hpp"
#include "icolorit/image/pixel_graph.hpp"

namespace icolorit {

/// The grids of one picture size and a cycle through them.
/// Thread-safety: one thread at a time.
class Multigrid {
 public:
  Multigrid(Index height, Index width)
      : graph_(height, width),
        right_side_(graph_.new_vector()),
        solution_(graph_.new_vector()),
        scratch_(graph_.new_vector()),
        inverse_(graph_.new_plane()),
        free_(graph_.new_plane()) {}

  /// The finest level's matrix. A pixel without weights and mass takes no part: cycle() leaves it 0.
  PixelGraph& graph() { return graph_; }
  const PixelGraph& graph() const { return graph_; }

  /// Chooses the coarser levels by the present weights and masses. To be called once a picture. Allocates.
  void plan() {
    graph_.update_diagonal();
    levels_.clear();
    levels_.emplace_back(aggregate(Pixels{graph_}, strength), [&](auto&& link) {
      for (const PixelGraph::Step step : PixelGraph::steps)
        for (Index i = 0; i < graph_.plane(); ++i)
          link(static_cast<NodeId>(i), static_cast<NodeId>(std::min(i + graph_.offset(step), graph_.plane() - 1)));
    });
    add_pixels(levels_[0]);
    while (levels_.back().nodes() > smallest && std::ssize(levels_) < max_levels) {
      const CoarseGraph& fine = levels_.back();
      CoarseGraph coarse(aggregate(fine, strength), [&](auto&& link) { fine.for_each_link(link); });
      if (2 * coarse.nodes() > fine.nodes()) return;  // nothing left to join
      add_nodes(coarse, fine);
      levels_.push_back(std::move(coarse));
    }
  }

  /// After changes of the finest level's weights or masses. Allocates nothing.
  void update() {
    graph_.update_diagonal();
    graph_.for_each_row([&](Index first) {
      for (Index i = first; i < first + graph_.width(); ++i) {
        const float diagonal = graph_.diagonal()[i];
        free_.data()[i] = diagonal > 0 ? 1.f : 0.f;
        inverse_.data()[i] = diagonal > 0 ? damping / diagonal : 0.f;
      }
    });
    add_pixels(levels_[0]);
    for (std::size_t l = 1; l < levels_.size(); ++l) add_nodes(levels_[l], levels_[l - 1]);
  }

  /// b, to be written before cycle(), which keeps it: a vector of the finest graph.
  float* right_side() { return right_side_.data(); }

  /// x = M b, for a fixed symmetric positive definite M near to the inverse of A. Valid until the next cycle.
  const float* cycle() {
    start();
    for (int sweep = 1; sweep < sweeps; ++sweep) smooth();
    store_residual();
    restrict_residual();
    cycle(0);
    add_interpolated();
    for (int sweep = 0; sweep < sweeps; ++sweep) smooth();
    return solution_.data();
  }

 private:
  static constexpr float damping = .85f;  // of Jacobi's method; below 1 it converges for every graph
  static constexpr int sweeps = 1;
  static constexpr float strength = .08f;  // of a link along which pixels are joined
  static constexpr NodeId smallest = 32;   // nodes of a level that a few sweeps solve
  static constexpr std::ptrdiff_t max_levels = 10;
  static constexpr int coarsest_sweeps = 4;

  /// The finest graph as aggregate() sees it: a node for every place of a plane.
  struct Pixels {
    const PixelGraph& graph;

    NodeId nodes() const { return static_cast<NodeId>(graph.plane()); }
    float diagonal(NodeId i) const { return graph.diagonal()[i]; }
    template <class F>
    void for_each_neighbor(NodeId i, F&& f) const {
      for (const PixelGraph::Step step : PixelGraph::steps) {
        const Index offset = graph.offset(step), before = i - offset, after = i + offset;
        if (after < graph.plane()) f(static_cast<NodeId>(after), graph.weights(step)[i]);
        if (before >= 0) f(static_cast<NodeId>(before), graph.weights(step)[before]);
      }
    }
  };

  void add_pixels(CoarseGraph& coarse) const {
    coarse.clear();
    graph_.for_each_row([&](Index first) {
      for (Index i = first; i < first + graph_.width(); ++i) coarse.add_mass(static_cast<NodeId>(i), graph_.mass()[i]);
    });
    const auto plane = static_cast<std::size_t>(graph_.plane());
    for (const PixelGraph::Step step : PixelGraph::steps)
      coarse.add_weights(static_cast<std::size_t>(step) * plane, {graph_.weights(step), plane});
    coarse.update_diagonal();
  }

  static void add_nodes(CoarseGraph& coarse, const CoarseGraph& fine) {
    coarse.clear();
    for (NodeId i = 0; i < fine.nodes(); ++i) coarse.add_mass(i, fine.mass()[static_cast<std::size_t>(i)]);
    coarse.add_weights(0, fine.link_weights());
    coarse.update_diagonal();
  }

  /// f(shift, first) for the rows of both channels; `shift` leads from the first channel's plane to this one's.
  template <class F>
  void for_each_row(F&& f) const {
    for (Index channel = 0; channel < PixelGraph::channels; ++channel)
      graph_.for_each_row([&](Index first) { f(channel * graph_.plane(), first); });
  }

  /// Jacobi's first sweep, from x = 0.
  void start() {
    for_each_row([&](Index shift, Index first) {
      float* const x = solution_.data() + shift + first;
      const float *const b = right_side_.data() + shift + first, *const inverse = inverse_.data() + first;
      for (Index i = 0; i < graph_.width(); ++i) x[i] = inverse[i] * b[i];
    });
  }

  /// A further sweep: x + damping (b - A x) / diagonal.
  void smooth() {
    for_each_row([&](Index shift, Index first) {
      const float* const x = solution_.data() + shift;
      const float *const own = x + first, *const b = right_side_.data() + shift + first,
                         *const inverse = inverse_.data() + first;
      graph_.multiply_row(scratch_.data() + shift + first, x, first,
                          [=](Index i, float product) { return own[i] + inverse[i] * (b[i] - product); });
    });
    std::swap(solution_, scratch_);
  }

  /// b - A x into the scratch vector.
  void store_residual() {
    for_each_row([&](Index shift, Index first) {
      const float* const b = right_side_.data() + shift + first;
      graph_.multiply_row(scratch_.data() + shift + first, solution_.data() + shift, first,
                          [=](Index i, float product) { return b[i] - product; });
    });
  }

  void restrict_residual() {
    CoarseGraph& coarse = levels_[0];
    std::ranges::fill(coarse.right_side, 0.f);
    const float *const a = scratch_.data(), *const b = a + graph_.plane();
    graph_.for_each_row([&](Index first) {
      for (Index i = first; i < first + graph_.width(); ++i) {
        float* const sum = coarse.right_side.data() + PixelGraph::channels * coarse.aggregates()[i];
        sum[0] += a[i];
        sum[1] += b[i];
      }
    });
  }

  void add_interpolated() {
    const CoarseGraph& coarse = levels_[0];
    float *const a = solution_.data(), *const b = a + graph_.plane();
    graph_.for_each_row([&](Index first) {
      for (Index i = first; i < first + graph_.width(); ++i) {
        const float* const value = coarse.solution.data() + PixelGraph::channels * coarse.aggregates()[i];
        a[i] += free_.data()[i] * value[0];
        b[i] += free_.data()[i] * value[1];
      }
    });
  }

  void cycle(std::size_t l) {
    CoarseGraph& level = levels_[l];
    level.smooth_from_zero();
    if (l + 1 == levels_.size()) {
      for (int sweep = 1; sweep < coarsest_sweeps; ++sweep) {
        level.smooth_backwards();
        level.smooth_forwards();
      }
    } else {
      CoarseGraph& coarse = levels_[l + 1];
      std::ranges::fill(coarse.right_side, 0.f);
      for_each_value(level, coarse,
                     [&](std::size_t fine, std::size_t sum) { coarse.right_side[sum] += level.residual[fine]; });
      cycle(l + 1);
      for_each_value(level, coarse,
                     [&](std::size_t fine, std::size_t value) { level.solution[fine] += coarse.solution[value]; });
    }
    level.smooth_backwards();
  }

  /// f(place in a vector of the finer level, that of its aggregate) for all nodes and channels.
  template <class F>
  static void for_each_value(const CoarseGraph& fine, const CoarseGraph& coarse, F&& f) {
    constexpr auto channels = static_cast<std::size_t>(PixelGraph::channels);
    for (std::size_t i = 0; i < static_cast<std::size_t>(fine.nodes()); ++i) {
      const NodeId aggregate = coarse.aggregates()[i];
      if (aggregate < 0) continue;  // a node of fixed pixels only
      for (std::size_t c = 0; c < channels; ++c)
        f(channels * i + c, channels * static_cast<std::size_t>(aggregate) + c);
    }
  }

  PixelGraph graph_;
  Buffer<float> right_side_, solution_, scratch_;  // vectors
  Buffer<float> inverse_;                          // damping / diagonal
  Buffer<float> free_;                             // 1 where a pixel takes part, else 0
  std::vector<CoarseGraph> levels_;                // from fine to coarse
};

}  // namespace icolorit
