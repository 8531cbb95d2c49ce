// FusionEngine: a network's colours and the hints in one solve, at the picture's own aspect ratio. The default of
// Colorizer.
#pragma once

#include <algorithm>
#include <concepts>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/guided_upsample.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/models/color_engine.hpp"
#include "icolorit/models/color_fusion.hpp"
#include "icolorit/models/hint_places.hpp"
#include "icolorit/models/network_engine.hpp"
#include "icolorit/models/optimization_engine.hpp"

namespace icolorit {

struct FusionEngineOptions {
  ColorFusionOptions fusion;
  /// About how many pixels the working picture has at most.
  Index max_pixels = 90'000;
};

/// The network paints on its own square input; its colours are enlarged to the working picture along the edges of the
/// lightness and fused there with the hints (models/color_fusion.hpp). Every hint is kept, whichever cell of the
/// network it shares with others.
/// Thread-safety: one thread at a time; for_each alone works on several.
template <ColorEngine Network>
class FusionEngine {
 public:
  /// From a network engine, or from what makes one: a shared model, say.
  template <std::convertible_to<Network> Source>
  FusionEngine(Source&& source,
               const FusionEngineOptions& options = {})  // NOLINT: converts, so that Colorizer takes one
      : network_(std::forward<Source>(source)), options_(options) {}

  static constexpr bool keeps_hints = true;

  std::pair<Index, Index> working_size(Index width, Index height) const {
    return OptimizationEngine::working_size(width, height, options_.max_pixels);
  }

  void set_picture(const ImageView& picture) {
    network_.set_picture(picture);
    const auto [w, h] = working_size(picture.width(), picture.height());
    canvas_.emplace(network_.working_size(picture.width(), picture.height()), w, h, options_.fusion);
    squashed_lightness(canvas_->lightness.view(h, w), picture);
    canvas_->upsampler.set_guide(std::as_const(canvas_->lightness).view(h, w));
    canvas_->fusion.set_lightness(std::as_const(canvas_->lightness).view(h, w));
  }

  /// About how many bytes a picture of that size takes beside the network's own.
  Index memory_required(Index width, Index height) const {
    const auto [w, h] = working_size(width, height);
    const auto [network_w, network_h] = network_.working_size(width, height);
    return (2 * network_h * network_w + h * w) * static_cast<Index>(sizeof(float)) +
           Upsampler::memory_required(Upsampling::guided, network_h, network_w, h, w) +
           ColorFusion::memory_required(h, w);
  }

  Index lost_hints() const { return places_.lost(); }
  std::pair<double, double> hint_cell(Index, Index) const { return {1, 1}; }

  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView& picture,
               const ProgressCallback& progress) {
    if (!canvas_) throw ShapeError("FusionEngine.predict: no picture yet, expected set_picture before");
    Canvas& c = *canvas_;
    const Index h = c.fusion.height(), w = c.fusion.width();
    expect_shape("FusionEngine.predict", "ab", ab, {2, h, w});
    network_.predict(c.network_ab.view(Index{2}, c.network_height, c.network_width), hints, picture,
                     ProgressPart(progress, 0, .6).callback());
    report(progress, 0.6, "fusing");
    c.upsampler.set_ab(std::as_const(c.network_ab).view(Index{2}, c.network_height, c.network_width));
    c.upsampler.rows(ab, std::as_const(c.lightness).view(h, w), 0);
    fix(hints, picture);
    c.fusion.solve(ab, ab, fixed_);
    places_.count(hints);
    report(progress, 1, "done");
  }

  template <class F>
  void for_each(Index count, F&& f) {
    network_.for_each(count, f);
  }

 private:
  /// Working pixels. A point alone would hardly spread; about as much as a hint cell of the network shows it.
  static constexpr float smallest_spot = 1.5f;
  /// A spot does not cross an edge: pixels of another lightness than the hint's are left out of it.
  static constexpr float same_lightness = 8;

  /// Everything of one picture's size.
  struct Canvas {
    Canvas(std::pair<Index, Index> network, Index w, Index h, const ColorFusionOptions& options)
        : network_width(network.first),
          network_height(network.second),
          network_ab(2 * network_width * network_height),
          lightness(h * w),
          upsampler(Upsampling::guided, network_height, network_width, h, w),
          fusion(h, w, options) {}

    Index network_width, network_height;
    Buffer<float> network_ab;  // (2, network_height, network_width)
    Buffer<float> lightness;   // (h,w)
    Upsampler upsampler;
    ColorFusion fusion;
  };

  /// The working pixels that the hints decide: their spots, then, because two spots may overlap, their own pixels.
  void fix(std::span<const Hint> hints, const ImageView& picture) {
    const Index h = canvas_->fusion.height(), w = canvas_->fusion.width();
    fixed_.clear();
    for (const Hint& hint : hints) fix_spot(hint, picture);
    for (const Hint& hint : hints)
      fixed_.push_back({rescale_position(hint.y, picture.height(), h), rescale_position(hint.x, picture.width(), w),
                        hint.color.a, hint.color.b, pixel_lightness(picture, hint.y, hint.x)});
  }

  /// The working pixels around the hint's own, within its radius or `smallest_spot`, that have about its lightness.
  void fix_spot(const Hint& hint, const ImageView& picture) {
    const Index h = canvas_->fusion.height(), w = canvas_->fusion.width();
    const TensorView<const float, 2> lightness = std::as_const(canvas_->lightness).view(h, w);
    const float own = pixel_lightness(picture, hint.y, hint.x);
    const Index y = rescale_position(hint.y, picture.height(), h), x = rescale_position(hint.x, picture.width(), w);
    const auto radius = [&](Index working, Index full) {  // in working pixels
      return std::max(smallest_spot, hint.radius * static_cast<float>(working) / static_cast<float>(full));
    };
    const float down = radius(h, picture.height()), right = radius(w, picture.width());
    const auto rows = static_cast<Index>(down), columns = static_cast<Index>(right);
    for (Index py = std::max(y - rows, Index{0}); py <= std::min(y + rows, h - 1); ++py)
      for (Index px = std::max(x - columns, Index{0}); px <= std::min(x + columns, w - 1); ++px) {
        const float dy = static_cast<float>(py - y) / down, dx = static_cast<float>(px - x) / right;
        if (dy * dy + dx * dx <= 1 && std::abs(lightness(py, px) - own) <= same_lightness)
          fixed_.push_back({py, px, hint.color.a, hint.color.b, lightness(py, px)});
      }
  }

  Network network_;
  FusionEngineOptions options_;
  std::optional<Canvas> canvas_;
  std::vector<FixedColor> fixed_;
  HintPlaces places_;
};

template <class B, class T>
FusionEngine(std::shared_ptr<const Model<B, T>>, FusionEngineOptions = {}) -> FusionEngine<NetworkEngine<B, T>>;
template <ColorEngine Network>
FusionEngine(Network, FusionEngineOptions = {}) -> FusionEngine<Network>;

}  // namespace icolorit
