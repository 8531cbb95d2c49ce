// Shapes drawn into a mask: how much of each pixel lies inside a closed line, or under a brush.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "icolorit/core/tensor_view.hpp"
#include "icolorit/studio/document.hpp"

namespace icolorit::studio {

/// The part of each pixel that lies inside a polygon, which closes itself; even-odd rule where it crosses itself.
///   mask   (h,w)  overwritten, in [0,1]
///   scale         pixels of the mask for one unit of the points
/// Rows are sampled four times, columns exactly.
inline void fill_polygon(TensorView<float, 2> mask, std::span<const Point> points, Point scale) {
  constexpr int samples = 4;
  const Index height = mask.extent(0), width = mask.extent(1);
  std::vector<double> crossings;
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) mask(y, x) = 0;
    for (int sample = 0; sample < samples; ++sample) {
      const double line = static_cast<double>(y) + (sample + .5) / samples;
      crossings.clear();
      for (std::size_t i = 0; i < points.size(); ++i) {
        const Point& next = points[(i + 1) % points.size()];
        const double y0 = points[i].y * scale.y, y1 = next.y * scale.y;
        if ((y0 <= line) == (y1 <= line)) continue;
        crossings.push_back(scale.x * (points[i].x + (line - y0) / (y1 - y0) * (next.x - points[i].x)));
      }
      std::ranges::sort(crossings);
      for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
        const double left = std::max(crossings[i], 0.), right = std::min(crossings[i + 1], static_cast<double>(width));
        for (auto x = static_cast<Index>(left); x < width && static_cast<double>(x) < right; ++x)
          mask(y, x) += static_cast<float>(
              std::max(0., std::min(right, static_cast<double>(x + 1)) - std::max(left, static_cast<double>(x))) /
              samples);
      }
    }
  }
}

/// Draws (or erases) a brush stroke: pixels within the radius of the line through its points; the edge is soft over one
/// pixel.
///   mask  (h,w)  changed, in [0,1]
inline void draw_brush(TensorView<float, 2> mask, const BrushStroke& stroke, Point scale) {
  const Index height = mask.extent(0), width = mask.extent(1);
  const double radius = std::max(.5, stroke.radius * std::sqrt(scale.x * scale.y));
  const auto clamped = [](double value, Index most) {
    return static_cast<Index>(std::clamp(value, 0., static_cast<double>(most)));
  };
  for (std::size_t i = 0; i < stroke.points.size(); ++i) {
    const Point& first = stroke.points[i > 0 ? i - 1 : 0];
    const Point& last = stroke.points[i];
    const double x0 = first.x * scale.x, y0 = first.y * scale.y, dx = last.x * scale.x - x0, dy = last.y * scale.y - y0;
    const double length2 = dx * dx + dy * dy;
    const Index top = clamped(std::min(y0, y0 + dy) - radius - 1, height),
                bottom = clamped(std::max(y0, y0 + dy) + radius + 2, height);
    const Index left = clamped(std::min(x0, x0 + dx) - radius - 1, width),
                right = clamped(std::max(x0, x0 + dx) + radius + 2, width);
    for (Index y = top; y < bottom; ++y)
      for (Index x = left; x < right; ++x) {
        const double px = static_cast<double>(x) + .5 - x0, py = static_cast<double>(y) + .5 - y0;
        const double t = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0., 1.) : 0.;
        const double distance = std::hypot(px - t * dx, py - t * dy);
        const auto inside = static_cast<float>(std::clamp(radius + .5 - distance, 0., 1.));
        mask(y, x) = stroke.erase ? std::min(mask(y, x), 1 - inside) : std::max(mask(y, x), inside);
      }
  }
}

}  // namespace icolorit::studio
