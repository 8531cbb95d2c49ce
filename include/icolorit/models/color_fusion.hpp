// Fusion of a network's colours with the hints: the hints hold exactly and spread up to the edges of the lightness;
// where they do not reach, the network decides.
//
// x minimises  sum over pairs of neighbours w_rs (x_r - x_s)^2 + sum of mass_r (x_r - n_r)^2,  x equal to the hints
// where there are any; w as in Levin et al. 2004 (image/affinity.hpp), n the network's colours. The mass is small near
// hints, which are certain, and grows with the distance to them. On 48 pictures of the training pool (224 x 224) the
// result is better than the network's colours by 0.1 dB with 5 hints, 0.5 with 50, 1.4 with 200.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/image/affinity.hpp"
#include "icolorit/image/screened_poisson.hpp"

namespace icolorit {

struct ColorFusionOptions {
  /// Softer than what spreads hints alone: with a network's colours everywhere, a hint need not cross a picture along
  /// the faintest gradient, so that differences of 1.4 in L and less are no edges.
  AffinityOptions affinity{.variance_scale = .05, .min_variance = 2e-4};
  /// Trust in the network far from all hints, for a picture of 224 x 224 pixels. (Found on the training pool together
  /// with `reach`: 1.5e-3 to 3e-3 and 12 to 30 differ by less than 0.1 dB.)
  double trust = 2e-3;
  /// Pixels of a picture of 224 x 224 from a hint to where trust in the network is 63 % of that.
  double reach = 30;
  /// Largest error of a pixel as the solver estimates it, in Lab units.
  float tolerance = .02f;
};

/// A pixel of the working picture whose colour is known.
struct FixedColor {
  Index y = 0, x = 0;
  float a = 0, b = 0;
  /// The lightness at the hint itself. Where the working picture is a reduced one, its pixel may be a mixture of both
  /// sides of an edge; this one tells on which side the hint is.
  float lightness = 0;
};

/// Solves for one working picture of h x w pixels. Memory is taken in the constructor and, for more fixed colours than
/// ever before, in solve. A solution depends on nothing that was solved before.
/// Thread-safety: one thread at a time.
class ColorFusion {
 public:
  /// Throws ShapeError for an empty picture, ArgumentError for options that are not positive.
  ColorFusion(Index height, Index width, const ColorFusionOptions& options = {})
      : options_(checked(options, height, width)),
        equation_(height, width),
        lightness_(height * width),
        base_weights_(4 * equation_.graph().plane()),
        distance_(equation_.graph().new_plane()) {}

  /// About how many bytes a fusion of h x w pixels keeps once it has a lightness.
  static Index memory_required(Index height, Index width) { return bytes_a_pixel * (height + 2) * (width + 2); }

  Index height() const { return equation_.graph().height(); }
  Index width() const { return equation_.graph().width(); }

  /// lightness (h,w) in [0,100]. Throws ShapeError.
  void set_lightness(TensorView<const float, 2> lightness) {
    expect_shape("ColorFusion.set_lightness", "lightness", lightness, {height(), width()});
    for (Index y = 0; y < height(); ++y)
      for (Index x = 0; x < width(); ++x) own_lightness()(y, x) = lightness(y, x);
    std::vector<PixelAffinities> affinities;
    affinities.reserve(static_cast<std::size_t>(height() * width()));
    for (Index y = 0; y < height(); ++y)
      for (Index x = 0; x < width(); ++x) affinities.push_back(affinity_of(y, x));
    PixelGraph& graph = equation_.graph();
    for (Index y = 0; y < height(); ++y)
      for (Index x = 0; x < width(); ++x)
        for_each_pair(y, x, [&](PixelGraph::Step step, std::size_t k, Index ny, Index nx) {
          graph.weights(step)[graph.at(y, x)] =
              static_cast<float>(pair_weight(affinities[static_cast<std::size_t>(y * width() + x)],
                                             affinities[static_cast<std::size_t>(ny * width() + nx)], k));
        });
    std::copy_n(graph.weights(PixelGraph::east), base_weights_.size(), base_weights_.data());
    set_masses({});
    equation_.plan();
  }

  /// The network's colours `target` (2,h,w), Lab units, fused with the fixed colours, of which the last in one pixel
  /// counts: ab (2,h,w), overwritten, may be the target. Throws ShapeError, and ArgumentError for a fixed colour
  /// outside the picture; then ab is as it was.
  void solve(TensorView<float, 3> ab, TensorView<const float, 3> target, std::span<const FixedColor> fixed) {
    for (const FixedColor& color : fixed)
      if (color.y < 0 || color.y >= height() || color.x < 0 || color.x >= width())
        throw ArgumentError(concat("ColorFusion.solve: the fixed colour at row ", color.y, ", column ", color.x,
                                   " lies outside the working picture of ", height(), " rows and ", width(),
                                   " columns"));
    PixelGraph& graph = equation_.graph();
    std::copy_n(base_weights_.data(), base_weights_.size(), graph.weights(PixelGraph::east));
    weigh_by_own_lightness(fixed);
    set_masses(fixed);
    equation_.begin(target);
    for (auto color = fixed.rbegin(); color != fixed.rend(); ++color)  // the first that a pixel is given counts
      equation_.fix(color->y, color->x, color->a, color->b);
    equation_.solve(options_.tolerance);
    equation_.copy_solution(ab);
  }

 private:
  static constexpr double reference_pixels = 224. * 224;  // options are given for such a picture
  static constexpr float same_lightness = .25f;           // a smaller difference changes no weight visibly

  /// 28 floats, and nearly as much again for the coarser graphs of the multigrid: 190 to 243 bytes in all were
  /// measured, more where the picture has more texture.
  static constexpr Index bytes_a_pixel = 215;

  static const ColorFusionOptions& checked(const ColorFusionOptions& options, Index height, Index width) {
    if (height < 1 || width < 1)
      throw ShapeError(concat("ColorFusion: the picture is ", Shape({height, width}), ", expected at least one pixel"));
    options.affinity.validate("ColorFusion");
    if (!(options.trust > 0 && options.reach > 0 && options.tolerance > 0))
      throw ArgumentError(concat("ColorFusion: trust ", options.trust, ", reach ", options.reach, " and tolerance ",
                                 options.tolerance, " must be positive"));
    return options;
  }

  TensorView<float, 2> own_lightness() { return lightness_.view(height(), width()); }
  PixelAffinities affinity_of(Index y, Index x) { return pixel_affinities(own_lightness(), y, x, options_.affinity); }

  /// f(step, k, ny, nx) for the pairs that pixel (y,x) makes with later neighbours; k counts in neighbor_steps.
  template <class F>
  void for_each_pair(Index y, Index x, F&& f) const {
    for (std::size_t i = 0; i < PixelGraph::steps.size(); ++i) {  // in the order of the last four neighbor_steps
      const Index ny = y + neighbor_steps[4 + i][0], nx = x + neighbor_steps[4 + i][1];
      if (ny < height() && nx >= 0 && nx < width()) f(PixelGraph::steps[i], 4 + i, ny, nx);
    }
  }

  /// Weights around fixed pixels, as if the photograph had these pixels' own lightness all over them.
  void weigh_by_own_lightness(std::span<const FixedColor> fixed) {
    replaced_.clear();
    replaced_.reserve(fixed.size());
    for (const FixedColor& color : fixed) {
      float& lightness = own_lightness()(color.y, color.x);
      if (std::abs(lightness - color.lightness) < same_lightness) continue;
      replaced_.push_back({color.y, color.x, 0, 0, lightness});
      lightness = color.lightness;
    }
    for (const FixedColor& pixel : replaced_) reweigh(pixel.y, pixel.x);
    // Backwards, because a pixel may have been replaced twice.
    for (auto pixel = replaced_.rbegin(); pixel != replaced_.rend(); ++pixel)
      own_lightness()(pixel->y, pixel->x) = pixel->lightness;
  }

  /// All pairs in which a pixel whose affinities see the lightness of (y,x) takes part.
  void reweigh(Index y, Index x) {
    constexpr Index reach = 2, side = 2 * reach + 1;
    std::array<PixelAffinities, side * side> affinities;
    const Index top = std::max(y - reach, Index{0}), bottom = std::min(y + reach, height() - 1);
    const Index left = std::max(x - reach, Index{0}), right = std::min(x + reach, width() - 1);
    const auto of = [&](Index py, Index px) -> PixelAffinities& {
      return affinities[static_cast<std::size_t>((py - top) * side + px - left)];
    };
    for (Index py = top; py <= bottom; ++py)
      for (Index px = left; px <= right; ++px) of(py, px) = affinity_of(py, px);
    PixelGraph& graph = equation_.graph();
    for (Index py = top; py <= bottom; ++py)
      for (Index px = left; px <= right; ++px)
        for_each_pair(py, px, [&](PixelGraph::Step step, std::size_t k, Index ny, Index nx) {
          if (ny > bottom || nx < left || nx > right) return;
          graph.weights(step)[graph.at(py, px)] = static_cast<float>(pair_weight(of(py, px), of(ny, nx), k));
        });
  }

  /// mass = trust (1 - exp(-(d / reach)^2)), d the distance to the nearest fixed pixel. Both scale with the picture, so
  /// that a larger working picture of the same photograph gets the same colours.
  void set_masses(std::span<const FixedColor> fixed) {
    const double scale = static_cast<double>(height() * width()) / reference_pixels;
    const auto trust = static_cast<float>(options_.trust / scale);
    const auto per_distance = static_cast<float>(1 / (options_.reach * std::sqrt(scale)));
    measure_distances(fixed);
    PixelGraph& graph = equation_.graph();
    constexpr float least = 1e-3f;  // of the trust: beside a fixed pixel the equation still has one solution
    graph.for_each_row([&](Index first) {
      for (Index i = first; i < first + width(); ++i) {
        const float d = distance_.data()[i] * per_distance;
        graph.mass()[i] = trust * std::max(least, 1 - std::exp(-d * d));
      }
    });
  }

  /// Chamfer distances to the nearest fixed pixel, within 8 % of Euclid's (G. Borgefors, "Distance transformations in
  /// digital images", 1986).
  void measure_distances(std::span<const FixedColor> fixed) {
    constexpr float far = 1e6f, straight = 1, diagonal = 1.41421356f;
    const PixelGraph& graph = equation_.graph();
    float* const d = distance_.data();
    std::fill_n(d, distance_.size(), far);
    for (const FixedColor& color : fixed) d[graph.at(color.y, color.x)] = 0;
    const Index down = graph.stride();
    const auto relax = [&](Index i, Index direction) {
      d[i] = std::min({d[i], d[i - direction] + straight, d[i - direction * down] + straight,
                       d[i - direction * (down - 1)] + diagonal, d[i - direction * (down + 1)] + diagonal});
    };
    for (Index y = 0; y < height(); ++y)
      for (Index x = 0; x < width(); ++x) relax(graph.at(y, x), 1);
    for (Index y = height(); y-- > 0;)
      for (Index x = width(); x-- > 0;) relax(graph.at(y, x), -1);
  }

  ColorFusionOptions options_;
  ScreenedPoisson equation_;
  Buffer<float> lightness_;     // (h,w)
  Buffer<float> base_weights_;  // of the graph, without fixed colours
  Buffer<float> distance_;      // a plane of the graph
  std::vector<FixedColor> replaced_;
};

}  // namespace icolorit
