// Scout: what an engine would paint under other hints, on a small copy of the picture; how sure it is, and where.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/local_statistics.hpp"
#include "icolorit/image/orientation.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/models/any_colorizer.hpp"
#include "icolorit/models/optimization_engine.hpp"

namespace icolorit::studio {

/// ab of a small picture, Lab units.
struct ScoutedColors {
  Index height = 0, width = 0;
  std::vector<float> ab;  // (2,height,width)

  float at(Index channel, Index y, Index x) const {
    return ab[static_cast<std::size_t>((channel * height + y) * width + x)];
  }
};

/// Several answers to the same picture: with all hints, without any, with some left out, mirrored, of another model.
struct ScoutedVariants {
  ScoutedColors all, none;
  std::vector<ScoutedColors> others;
};

/// One thread uses it.
class Scout {
 public:
  static constexpr Index max_pixels = 90'000;

  /// Two engines of one kind: one for the picture, one for its mirror image; and one of another model, or none.
  Scout(AnyColorizer direct, AnyColorizer mirrored, std::optional<AnyColorizer> other, const Image& original)
      : direct_(std::move(direct)),
        mirrored_(std::move(mirrored)),
        other_(std::move(other)),
        original_width_(original.width()),
        original_height_(original.height()) {
    const auto [width, height] = OptimizationEngine::working_size(original.width(), original.height(), max_pixels);
    Image small = resize_pillow_bilinear(original, width, height);
    mirrored_.set_image(upright(small, 2));  // 2: mirrored
    if (other_) other_->set_image(small);
    direct_.set_image(std::move(small));
  }

  Index width() const { return direct_.image().width(); }
  Index height() const { return direct_.image().height(); }

  /// With these hints, in pixels of the original.
  ScoutedColors colors(std::span<const Hint> hints) { return rendered(direct_, scaled(hints, false)); }

  /// Deterministic: the same hints give the same variants.
  ScoutedVariants variants(std::span<const Hint> hints) {
    ScoutedVariants result{colors(hints), colors({}), {}};
    ScoutedColors mirror = rendered(mirrored_, scaled(hints, true));
    for (Index c = 0; c < 2; ++c)
      for (Index y = 0; y < mirror.height; ++y) {
        const auto row = mirror.ab.begin() + (c * mirror.height + y) * mirror.width;
        std::reverse(row, row + mirror.width);
      }
    result.others.push_back(std::move(mirror));
    if (other_) result.others.push_back(rendered(*other_, scaled(hints, false)));
    Random random(1);
    for (int i = 0; i < dropped && hints.size() > 1; ++i) {
      std::vector<Hint> some;
      for (const Hint& hint : hints)
        if (random.below(2) == 0) some.push_back(hint);
      result.others.push_back(colors(some));
    }
    return result;
  }

 private:
  static constexpr int dropped = 4;  // variants with half of the hints

  std::vector<Hint> scaled(std::span<const Hint> hints, bool mirrored) const {
    std::vector<Hint> result(hints.begin(), hints.end());
    for (Hint& hint : result) {
      hint.x = rescale_position(hint.x, original_width_, width());
      hint.y = rescale_position(hint.y, original_height_, height());
      hint.radius *= static_cast<float>(width()) / static_cast<float>(original_width_);
      if (mirrored) hint.x = width() - 1 - hint.x;
    }
    return result;
  }

  static ScoutedColors rendered(AnyColorizer& colorizer, const std::vector<Hint>& hints) {
    colorizer.hints().replace(hints, HintList::Step::joined);
    const Image& image = colorizer.render();
    ScoutedColors result{image.height(), image.width(),
                         std::vector<float>(static_cast<std::size_t>(2 * image.height() * image.width()))};
    Buffer<float> lab(3 * image.height() * image.width());
    image_to_lab(lab.view(Index{3}, image.height(), image.width()), image);
    std::copy_n(lab.data() + image.height() * image.width(), result.ab.size(), result.ab.begin());
    return result;
  }

  AnyColorizer direct_, mirrored_;
  std::optional<AnyColorizer> other_;
  Index original_width_, original_height_;
};

/// How far the answers differ at each pixel, (height,width): the root mean square distance from their mean, Lab units,
/// averaged over a small window.
inline std::vector<float> disagreement(const ScoutedVariants& variants) {
  const Index height = variants.all.height, width = variants.all.width;
  std::vector<const ScoutedColors*> answers{&variants.all, &variants.none};
  for (const ScoutedColors& other : variants.others) answers.push_back(&other);
  const auto count = static_cast<float>(answers.size());
  std::vector<float> result(static_cast<std::size_t>(height * width));
  BoxMean(height, width, std::max(Index{1}, std::min(height, width) / 60))(
      TensorView<float, 2>(result.data(), {height, width}), [&](Index y, Index x) {
        float square = 0;
        for (Index c = 0; c < 2; ++c) {
          float mean = 0;
          for (const ScoutedColors* answer : answers) mean += answer->at(c, y, x) / count;
          for (const ScoutedColors* answer : answers)
            square += (answer->at(c, y, x) - mean) * (answer->at(c, y, x) - mean) / count;
        }
        return std::sqrt(square);
      });
  return result;
}

/// A place, in pixels of the small picture, and how much the answers differ there.
struct UnsurePlace {
  Index y = 0, x = 0;
  float weight = 0;
};

/// The places of most disagreement, the greatest first, none near another.
inline std::vector<UnsurePlace> unsure_places(const ScoutedVariants& variants, std::size_t most = 5) {
  constexpr float least = .5f;  // less cannot be seen
  std::vector<float> map = disagreement(variants);
  const Index height = variants.all.height, width = variants.all.width;
  const double apart = .12 * std::hypot(static_cast<double>(height), static_cast<double>(width));
  std::vector<UnsurePlace> places;
  while (places.size() < most) {
    const auto greatest = std::ranges::max_element(map);
    if (*greatest < least) break;
    const Index y = (greatest - map.begin()) / width, x = (greatest - map.begin()) % width;
    places.push_back({y, x, *greatest});
    for (Index py = 0; py < height; ++py)
      for (Index px = 0; px < width; ++px)
        if (std::hypot(static_cast<double>(py - y), static_cast<double>(px - x)) < apart)
          map[static_cast<std::size_t>(py * width + px)] = 0;
  }
  return places;
}

}  // namespace icolorit::studio
