// Outline: closed lines around the parts of a mask that count as inside, to be drawn.
#pragma once

#include <cmath>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "icolorit/core/tensor_view.hpp"
#include "icolorit/studio/document.hpp"

namespace icolorit::studio {

/// Lines along the borders of the pixels of at least 1/2, with the inside on their right, in the mask's pixels times
/// `scale`. Straight runs are one step. Of several lines the longest come first; lines beyond `most_points` are left
/// out.
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
  std::vector<std::vector<Point>> lines;
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
    std::vector<Point>& line = lines.emplace_back();
    for (const auto& [row, column] : corners)
      line.push_back({static_cast<double>(column) * scale.x, static_cast<double>(row) * scale.y});
  }
  std::ranges::sort(lines, {}, [](const auto& line) { return -std::ssize(line); });
  std::size_t points = 0;
  std::erase_if(lines, [&](const auto& line) { return (points += line.size()) > most_points; });
  return lines;
}

}  // namespace icolorit::studio
