// Outline: closed lines around the parts of a mask that count as inside, to be drawn.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "icolorit/core/tensor_view.hpp"
#include "icolorit/studio/document.hpp"

namespace icolorit::studio {

namespace outline_detail {

/// Keeps of line[first..last] its ends and what lies further than `tolerance` from the line through the kept points
/// beside it (D. Douglas, T. Peucker, "Algorithms for the reduction of the number of points required to represent a
/// digitized line", 1973).
inline void mark_kept(const std::vector<Point>& line, std::vector<bool>& kept, std::size_t first, std::size_t last,
                      double tolerance) {
  std::vector<std::pair<std::size_t, std::size_t>> parts{{first, last}};
  while (!parts.empty()) {
    const auto [from, to] = parts.back();
    parts.pop_back();
    const Point a = line[from], b = line[to];
    const double length = std::hypot(b.x - a.x, b.y - a.y);
    double furthest = tolerance;
    std::size_t at = from;
    for (std::size_t i = from + 1; i < to; ++i) {
      const Point p = line[i];
      const double distance = length > 0 ? std::abs((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)) / length
                                         : std::hypot(p.x - a.x, p.y - a.y);
      if (distance <= furthest) continue;
      furthest = distance;
      at = i;
    }
    if (at == from) continue;
    kept[at] = true;
    parts.emplace_back(from, at);
    parts.emplace_back(at, to);
  }
}

/// A closed line without the stairs that pixels make.
inline std::vector<Point> simplified(std::vector<Point> line, double tolerance) {
  const auto away = [&](const Point& point) { return std::hypot(point.x - line[0].x, point.y - line[0].y); };
  const auto opposite = static_cast<std::size_t>(std::ranges::max_element(line, {}, away) - line.begin());
  std::vector<bool> kept(line.size() + 1);
  kept[0] = kept[opposite] = true;
  line.push_back(line[0]);
  mark_kept(line, kept, 0, opposite, tolerance);
  mark_kept(line, kept, opposite, line.size() - 1, tolerance);
  std::vector<Point> result;
  for (std::size_t i = 0; i + 1 < line.size(); ++i)
    if (kept[i]) result.push_back(line[i]);
  return result;
}

}  // namespace outline_detail

/// Lines along the borders of the pixels of at least 1/2, with the inside on their right, in the mask's pixels times
/// `scale`, without the stairs between pixels. Of several lines those of most points come first; lines beyond
/// `most_points` are left out.
inline std::vector<std::vector<Point>> outline(TensorView<const float, 2> mask, Point scale,
                                               std::size_t most_points = 5000) {
  const Index height = mask.extent(0), width = mask.extent(1);
  const auto inside = [&](Index y, Index x) {
    return y >= 0 && x >= 0 && y < height && x < width && mask(y, x) >= .5f;
  };
  using Corner = std::pair<Index, Index>;  // row, column
  std::multimap<Corner, Corner> edges;
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      if (!inside(y, x)) continue;
      if (!inside(y - 1, x)) edges.insert({{y, x}, {y, x + 1}});
      if (!inside(y, x + 1)) edges.insert({{y, x + 1}, {y + 1, x + 1}});
      if (!inside(y + 1, x)) edges.insert({{y + 1, x + 1}, {y + 1, x}});
      if (!inside(y, x - 1)) edges.insert({{y + 1, x}, {y, x}});
    }
  std::multimap<std::size_t, std::vector<Point>, std::greater<>> found;  // by the number of points, most first
  while (!edges.empty()) {
    const Corner start = edges.begin()->first;
    Corner at = start, before = start;
    std::vector<Corner> corners;
    do {
      const auto edge = edges.find(at);
      const Corner next = edge->second;
      edges.erase(edge);
      const bool straight =
          at.first - before.first == next.first - at.first && at.second - before.second == next.second - at.second;
      if (!straight || corners.empty()) corners.push_back(at);
      before = std::exchange(at, next);
    } while (at != start);
    std::vector<Point> line;
    for (const auto& [row, column] : corners)
      line.push_back({static_cast<double>(column) * scale.x, static_cast<double>(row) * scale.y});
    constexpr double tolerance = .75;  // of a pixel of the mask; the step of a stair is at most .71 from its line
    line = outline_detail::simplified(std::move(line), tolerance * std::min(scale.x, scale.y));
    const std::size_t size = line.size();
    found.emplace(size, std::move(line));
  }
  std::vector<std::vector<Point>> lines;
  std::size_t points = 0;
  for (auto& [size, line] : found)
    if ((points += size) <= most_points) lines.push_back(std::move(line));
  return lines;
}

}  // namespace icolorit::studio
