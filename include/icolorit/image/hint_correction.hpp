// The last step to exact hints: what an enlarged picture's colours miss at the hints is added there and fades out
// around them.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <tuple>
#include <vector>

#include "icolorit/image/guided_upsample.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/image/lightness.hpp"

namespace icolorit {

/// Enlarged colours that have the asked a and b at every hint of a picture, however near to each other the hints are.
/// Around a hint the correction fades over about a pixel of the working picture, sooner across edges of the lightness;
/// where several reach, that of the nearest hint counts. Offers what finish() asks of colours.
/// Thread-safety: one thread at a time calls set; any number may call tile between that.
class CorrectedColors {
 public:
  /// Of several hints in one pixel the last counts. `upsampler` has its guide and ab set and must outlive this, as the
  /// picture's size must be its own. `scale` is the side of a working pixel in pixels of the picture, at least 1.
  /// Allocates only where there are more hints than ever before.
  void set(const ImageView& picture, const Upsampler& upsampler, std::span<const Hint> hints, float scale) {
    upsampler_ = &upsampler;
    per_distance_ = 1 / (fade * scale);
    spots_.clear();
    float widest = 0;
    for (const Hint& hint : hints) {
      widest = std::max(widest, hint.radius);
      spots_.push_back({hint.y, hint.x, std::ssize(spots_), hint.radius, pixel_lightness(picture, hint.y, hint.x),
                        hint.color.a, hint.color.b});
    }
    reach_ = static_cast<Index>(std::ceil(fade * scale * faded + widest));
    keep_last_of_each_pixel();
    LabTile lab;
    for (Spot& spot : spots_) {
      lab.l[0] = spot.lightness;
      upsampler.tile(spot.y, spot.x, 1, lab);
      spot.a -= lab.a[0];
      spot.b -= lab.b[0];
    }
    rows_.assign(static_cast<std::size_t>(picture.height() + 1), 0);
    for (const Spot& spot : spots_) ++rows_[static_cast<std::size_t>(spot.y + 1)];
    for (std::size_t y = 1; y < rows_.size(); ++y) rows_[y] += rows_[y - 1];
  }

  Index height() const { return upsampler_->height(); }
  Index width() const { return upsampler_->width(); }

  /// As Upsampler::tile.
  void tile(Index y, Index x, Index count, LabTile& lab) const {
    upsampler_->tile(y, x, count, lab);
    const Index first = rows_[static_cast<std::size_t>(std::max(y - reach_, Index{0}))];
    const Index last = rows_[static_cast<std::size_t>(std::min(y + reach_ + 1, height()))];
    if (first == last) return;

    constexpr float unreached = faded * faded;
    std::array<float, color_tile> nearest;
    std::array<const Spot*, color_tile> owner{};
    nearest.fill(unreached);
    for (Index i = first; i < last; ++i) {
      const Spot& spot = spots_[static_cast<std::size_t>(i)];
      const Index begin = std::max(spot.x - reach_, x), end = std::min(spot.x + reach_ + 1, x + count);
      for (Index column = begin; column < end; ++column) {
        const auto at = static_cast<std::size_t>(column - x);
        const float squared = squared_distance(spot, y, column, lab.l[at]);
        if (squared >= nearest[at]) continue;
        nearest[at] = squared;
        owner[at] = &spot;
      }
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(count); ++at) {
      if (owner[at] == nullptr) continue;
      const float share = std::exp(-nearest[at]);
      lab.a[at] += share * owner[at]->a;
      lab.b[at] += share * owner[at]->b;
    }
  }

 private:
  static constexpr float fade = 1;      // working pixels to where 1/e of a correction is left
  static constexpr float faded = 2.5f;  // times as far 0.2 % is left: no more is added
  static constexpr float edge = 6;      // difference of L that counts as such a distance

  /// A hint's pixel, and what is to be added to a and b there.
  struct Spot {
    Index y, x, order;
    float radius, lightness, a, b;
  };

  float squared_distance(const Spot& spot, Index y, Index x, float lightness) const {
    const auto dy = static_cast<float>(y - spot.y), dx = static_cast<float>(x - spot.x);
    const float distance = std::max(0.f, std::sqrt(dy * dy + dx * dx) - spot.radius) * per_distance_;
    const float step = (lightness - spot.lightness) / edge;
    return distance * distance + step * step;
  }

  /// Sorts the spots by place; of several in one pixel only the last hint's stays.
  void keep_last_of_each_pixel() {
    const auto place = [](const Spot& spot) { return std::tuple(spot.y, spot.x, -spot.order); };
    std::ranges::sort(spots_, {}, place);
    const auto same_pixel = [](const Spot& a, const Spot& b) { return a.y == b.y && a.x == b.x; };
    spots_.erase(std::unique(spots_.begin(), spots_.end(), same_pixel), spots_.end());
  }

  const Upsampler* upsampler_ = nullptr;
  float per_distance_ = 1;
  Index reach_ = 0;
  std::vector<Spot> spots_;  // sorted by row
  std::vector<Index> rows_;  // the first spot of every row
};

}  // namespace icolorit
