// Strokes of a brush as places that are near enough to each other to leave no gaps.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// A place in pixels of a picture: x to the right, y down, (0,0) the top left corner of the first pixel.
struct Place {
  double x = 0, y = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

/// Places along the line through `points`, of which there is at least one, for hints of this radius: at most about 200,
/// those inside the picture only.
inline std::vector<Place> places_along(std::span<const Place> points, double radius, Index width, Index height) {
  constexpr double most = 200;
  double length = 0;
  for (std::size_t i = 1; i < points.size(); ++i)
    length += std::hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
  const double diagonal = std::hypot(static_cast<double>(width), static_cast<double>(height));
  const double spacing = std::max({1., radius, diagonal / 400, length / most});
  std::vector<Place> places;
  const auto add = [&](Place place) {
    if (place.x >= 0 && place.y >= 0 && place.x < static_cast<double>(width) && place.y < static_cast<double>(height))
      places.push_back(place);
  };
  add(points.front());
  double rest = spacing;  // to the next place
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Place from = points[i - 1], to = points[i];
    const double step = std::hypot(to.x - from.x, to.y - from.y);
    double at = rest;
    for (; at <= step; at += spacing) add({from.x + (to.x - from.x) * at / step, from.y + (to.y - from.y) * at / step});
    rest = at - step;
  }
  return places;
}

}  // namespace icolorit
