// Region masks: where the regions of a document are, after snapping to edges and softening.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/image/guided_upsample.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/image/local_statistics.hpp"
#include "icolorit/models/color_fusion.hpp"
#include "icolorit/models/optimization_engine.hpp"
#include "icolorit/studio/flood.hpp"
#include "icolorit/studio/outline.hpp"
#include "icolorit/studio/rasterize.hpp"

namespace icolorit::studio {

/// How much of each place belongs to a region, at a size of its own.
class Mask {
 public:
  Mask(Index height, Index width) : values_(height * width), height_(height), width_(width) {}

  TensorView<float, 2> view() { return values_.view(height_, width_); }
  TensorView<const float, 2> view() const { return values_.view(height_, width_); }

  /// At a place of a picture of `picture` width and height, linear between pixels; in [0,1].
  float at(Point place, Point picture) const {
    const double x = place.x / picture.x * static_cast<double>(width_) - .5;
    const double y = place.y / picture.y * static_cast<double>(height_) - .5;
    const auto cell = [](double position, Index extent) {
      return std::clamp(static_cast<Index>(std::floor(position)), Index{0}, std::max(extent - 2, Index{0}));
    };
    const Index column = cell(x, width_), row = cell(y, height_);
    const auto share = [](double position, Index first) {
      return static_cast<float>(std::clamp(position - static_cast<double>(first), 0., 1.));
    };
    const float right = share(x, column), down = share(y, row);
    const auto values = view();
    const Index next_column = std::min(column + 1, width_ - 1), next_row = std::min(row + 1, height_ - 1);
    return (1 - down) * ((1 - right) * values(row, column) + right * values(row, next_column)) +
           down * ((1 - right) * values(next_row, column) + right * values(next_row, next_column));
  }

 private:
  Buffer<float> values_;
  Index height_, width_;
};

/// Masks of one picture's regions, kept until their shape changes. Threads may share it.
class RegionMasks {
 public:
  /// For a picture of width x height pixels, of which `guide` is a copy at the masks' size.
  RegionMasks(std::shared_ptr<const Image> guide, Index width, Index height)
      : picture_{static_cast<double>(width), static_cast<double>(height)},
        guide_(std::move(guide)),
        height_(guide_->height()),
        width_(guide_->width()) {}

  /// Width and height of the picture.
  Point picture() const { return picture_; }

  std::shared_ptr<const Mask> mask(const Region& region) {
    const std::lock_guard lock(mutex_);
    return entry(region).mask;
  }

  /// Closed lines around the region in pixels of the picture, to be drawn.
  std::vector<std::vector<Point>> outline(const Region& region) {
    const std::lock_guard lock(mutex_);
    Entry& found = entry(region);
    if (!found.outline)
      found.outline = studio::outline(std::as_const(*found.mask).view(), {picture_.x / static_cast<double>(width_),
                                                                          picture_.y / static_cast<double>(height_)});
    return *found.outline;
  }

  /// Whether the middle of a pixel belongs to the region.
  bool contains(const Region& region, Point place) { return mask(region)->at(place, picture_) >= .5f; }

  /// Forgets the masks of regions that are gone.
  void keep_only(const Document& document) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) {
      return std::ranges::none_of(document.regions, [&](const Region& region) { return region.id == entry.first; });
    });
  }

 private:
  struct Entry {
    RegionShape shape;
    double feather = 0;
    bool snap = false;
    std::shared_ptr<const Mask> mask;
    std::optional<std::vector<std::vector<Point>>> outline;
  };

  Entry& entry(const Region& region) {
    Entry& found = entries_[region.id];
    if (!found.mask || found.shape != region.shape || found.feather != region.feather || found.snap != region.snap)
      found = {region.shape, region.feather, region.snap, std::make_shared<const Mask>(make(region)), {}};
    return found;
  }

  /// What snapping and flooding need: the lightness at the fusion's working size, and its equation.
  struct Edges {
    Edges(const Image& guide, Index h, Index w)
        : guide_lightness(guide.height() * guide.width()),
          lightness(h * w),
          fusion(h, w),
          upsampler(Upsampling::guided, h, w, guide.height(), guide.width()) {
      squashed_lightness(guide_lightness.view(guide.height(), guide.width()), guide);
      squashed_lightness(lightness.view(h, w), guide);
      fusion.set_lightness(std::as_const(lightness).view(h, w));
      upsampler.set_guide(std::as_const(guide_lightness).view(guide.height(), guide.width()));
    }
    Buffer<float> guide_lightness;  // (H,W)
    Buffer<float> lightness;        // (h,w)
    ColorFusion fusion;
    Upsampler upsampler;
  };

  Mask make(const Region& region) {
    Mask mask(height_, width_);
    if (const auto* flooded = std::get_if<FloodShape>(&region.shape)) {
      flood_into(mask, *flooded);
    } else {
      draw(mask.view(), region.shape);
      if (region.snap) snap(mask);
    }
    soften(mask, region.feather);
    return mask;
  }

  void draw(TensorView<float, 2> mask, const RegionShape& shape) const {
    const Point scale{static_cast<double>(mask.extent(1)) / picture_.x,
                      static_cast<double>(mask.extent(0)) / picture_.y};
    if (const auto* polygon = std::get_if<PolygonShape>(&shape)) return fill_polygon(mask, polygon->points, scale);
    std::fill_n(mask.data(), mask.elements(), 0.f);
    for (const BrushStroke& stroke : std::get<BrushShape>(shape).strokes) draw_brush(mask, stroke, scale);
  }

  void flood_into(Mask& mask, const FloodShape& shape) {
    Edges& e = edges();
    const Index h = e.fusion.height(), w = e.fusion.width();
    const auto pixel = [](double place, double picture, Index extent) {
      return std::clamp(static_cast<Index>(place / picture * static_cast<double>(extent)), Index{0}, extent - 1);
    };
    Buffer<float> ab(2 * h * w);
    flood(ab.view(h, w), std::as_const(e.lightness).view(h, w), pixel(shape.seed.y, picture_.y, h),
          pixel(shape.seed.x, picture_.x, w), shape.tolerance, ColorFusionOptions().affinity);
    for (Index i = 0; i < h * w; ++i) ab.data()[i] *= inside;
    enlarge(mask, ab, h, w);
  }

  /// The edge moves to where the lightness has one, within `reach`: what is surely inside and outside stays, and the
  /// band between is solved along the affinities that stop colours, too (models/color_fusion.hpp).
  void snap(Mask& mask) {
    Edges& e = edges();
    const Index h = e.fusion.height(), w = e.fusion.width();
    constexpr double reach = .03;  // of the picture's diagonal
    const auto radius =
        std::max(Index{2}, static_cast<Index>(reach * std::hypot(static_cast<double>(h), static_cast<double>(w))));
    Buffer<float> ab(2 * h * w), mean(h * w);
    const auto planes = ab.view(Index{2}, h, w);
    const auto drawn = std::as_const(mask).view();
    PlanarResizer<float>(height_, width_, h, w, TriangleKernel{})(
        ab.view(Index{1}, h, w), TensorView<const float, 3>(drawn.data(), {1, height_, width_}));
    BoxMean(h, w, radius)(mean.view(h, w), std::as_const(ab).view(h, w));
    std::vector<FixedColor> fixed;
    for (Index y = 0; y < h; ++y)
      for (Index x = 0; x < w; ++x) {
        const float share = mean.view(h, w)(y, x);
        planes(0, y, x) *= inside;
        planes(1, y, x) = 0;
        if (share < .001f || share > .999f)
          fixed.push_back({y, x, share > .5f ? inside : 0, 0, e.lightness.view(h, w)(y, x)});
      }
    e.fusion.solve(planes, planes, fixed);
    constexpr float steepness = 4;  // the solution falls over the whole band; the edge shall not
    for (Index i = 0; i < h * w; ++i)
      ab.data()[i] = std::clamp(inside / 2 + steepness * (ab.data()[i] - inside / 2), 0.f, inside);
    enlarge(mask, ab, h, w);
  }

  /// The first plane of ab (2,h,w), in units of `inside`, to the mask's size along the edges of the lightness.
  void enlarge(Mask& mask, Buffer<float>& ab, Index h, Index w) {
    Edges& e = edges();
    std::fill_n(ab.data() + h * w, h * w, 0.f);
    e.upsampler.set_ab(std::as_const(ab).view(Index{2}, h, w));
    Buffer<float> rows(2 * height_ * width_);
    e.upsampler.rows(rows.view(Index{2}, height_, width_), std::as_const(e.guide_lightness).view(height_, width_), 0);
    for (Index i = 0; i < height_ * width_; ++i) mask.view().data()[i] = std::clamp(rows.data()[i] / inside, 0.f, 1.f);
  }

  void soften(Mask& mask, double feather) const {
    const double scale = static_cast<double>(width_) / picture_.x;
    const auto radius = static_cast<Index>(std::lround(feather * scale / 2));
    if (radius < 1) return;
    Buffer<float> sharp(height_ * width_);
    std::copy_n(mask.view().data(), sharp.size(), sharp.data());
    BoxMean(height_, width_, radius)(mask.view(), std::as_const(sharp).view(height_, width_));
  }

  Edges& edges() {
    if (!edges_) {
      const auto [w, h] = OptimizationEngine::working_size(width_, height_);
      edges_.emplace(*guide_, h, w);
    }
    return *edges_;
  }

  static constexpr float inside = 100;  // in the units of the fusion's tolerance

  Point picture_;
  std::shared_ptr<const Image> guide_;
  Index height_, width_;  // of the masks
  std::mutex mutex_;
  std::optional<Edges> edges_;
  std::map<std::string, Entry> entries_;
};

}  // namespace icolorit::studio
