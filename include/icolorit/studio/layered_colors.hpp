// Layered colours: the colours outside and inside of regions, laid over each other and adjusted, for finish().
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/studio/region_masks.hpp"

namespace icolorit::studio {

/// One after the other.
inline Adjustments combined(const Adjustments& first, const Adjustments& second) {
  return {first.saturation * second.saturation, first.temperature + second.temperature};
}

/// Lab units that a temperature of 1 adds to a and b: along the locus of daylight, on which b changes four times as
/// fast as a.
inline constexpr float temperature_a = 10, temperature_b = 40;

/// A region's colours, or, where it has none of its own, a change of those below it.
struct ColorLayer {
  std::shared_ptr<const Image> colors;  ///< of the picture's size; null: those below
  std::shared_ptr<const Mask> mask;
  Adjustments adjustments;
};

/// Offers what finish() asks of colours; lightness is left alone. What it is made of must outlive it.
class LayeredColors {
 public:
  LayeredColors(const Image& base, const Adjustments& adjustments, std::vector<ColorLayer> layers)
      : base_(base), adjustments_(adjustments), layers_(std::move(layers)) {}

  Index height() const { return base_.height(); }
  Index width() const { return base_.width(); }

  /// a and b of `count` pixels of row y from pixel x on.
  void tile(Index y, Index x, Index count, LabTile& lab) const {
    read(base_, y, x, count, lab);
    adjust(lab, adjustments_);
    const Point picture{static_cast<double>(width()), static_cast<double>(height())};
    for (const ColorLayer& layer : layers_) {
      TilePlane share;
      float most = 0;
      for (Index i = 0; i < count; ++i) {
        const Point place{static_cast<double>(x + i) + .5, static_cast<double>(y) + .5};
        share[static_cast<std::size_t>(i)] = layer.mask->at(place, picture);
        most = std::max(most, share[static_cast<std::size_t>(i)]);
      }
      if (most == 0) continue;
      LabTile own = lab;
      if (layer.colors != nullptr) read(*layer.colors, y, x, count, own);
      adjust(own, layer.adjustments);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        lab.a[i] += share[i] * (own.a[i] - lab.a[i]);
        lab.b[i] += share[i] * (own.b[i] - lab.b[i]);
      }
    }
  }

 private:
  static void read(const Image& image, Index y, Index x, Index count, LabTile& lab) {
    LinearTile linear;
    LabTile all;
    visit_samples(image, [&](auto samples) { load_linear(linear, samples[y].narrowed(0, x, count)); });
    linear_to_lab(all, linear);
    lab.a = all.a;
    lab.b = all.b;
  }

  static void adjust(LabTile& lab, const Adjustments& adjustments) {
    if (adjustments == Adjustments{}) return;
    const float add_a = temperature_a * adjustments.temperature, add_b = temperature_b * adjustments.temperature;
    for (std::size_t i = 0; i < lab.a.size(); ++i) {
      lab.a[i] = adjustments.saturation * lab.a[i] + add_a;
      lab.b[i] = adjustments.saturation * lab.b[i] + add_b;
    }
  }

  const Image& base_;
  Adjustments adjustments_;
  std::vector<ColorLayer> layers_;
};

}  // namespace icolorit::studio
