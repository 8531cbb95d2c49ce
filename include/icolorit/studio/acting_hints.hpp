// Acting hints: which hints of a document act where, as an engine takes them.
#pragma once

#include <cmath>
#include <optional>
#include <vector>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/image/stroke.hpp"
#include "icolorit/studio/region_masks.hpp"

namespace icolorit::studio {

/// Lab of pixel (y,x) of a picture.
inline Lab<float> pixel_color(const Image& picture, Index y, Index x) {
  Buffer<float> lab(3);
  visit_samples(picture, [&]<class S>(TensorView<S, 3> samples) {
    rgb_row_to_lab<std::remove_const_t<S>>(lab.view(Index{3}, Index{1}), samples[y].narrowed(0, x, 1));
  });
  return {lab.data()[0], lab.data()[1], lab.data()[2]};
}

/// The pixel that holds a place, of a picture that the place lies in or at the border of.
inline std::pair<Index, Index> pixel_at(Point place, Index width, Index height) {
  const auto clamped = [](double value, Index extent) {
    return static_cast<Index>(std::clamp(std::floor(value), 0., static_cast<double>(extent - 1)));
  };
  return {clamped(place.x, width), clamped(place.y, height)};
}

/// The hint that a mark is at a place of the picture, which is the document's own in full size.
inline Hint hint_of(const Mark& mark, Point place, const Image& picture) {
  const auto [x, y] = pixel_at(place, picture.width(), picture.height());
  Lab<float> color{pixel_lightness(picture, y, x), mark.a, mark.b};
  if (mark.kind == MarkKind::neutral) color.a = color.b = 0;
  if (mark.kind == MarkKind::keep) color = pixel_color(picture, y, x);
  return {x, y, color, mark.radius};
}

/// f(mark, place) for every place where a mark of the document acts.
template <class F>
void for_each_acting(const Document& document, F&& f) {
  for (const Stroke& stroke : document.strokes)
    if (!stroke.hidden)
      for (const Point& place : places_along(stroke.points, stroke.radius, document.width, document.height))
        f(stroke, place);
  for (const PointMark& hint : document.hints)
    if (!hint.hidden) f(hint, hint.place);
}

/// The hints that act outside all regions that have hints of their own, and those of each region, in the order of
/// Document::regions. Of several hints in one place the last counts.
struct ActingHints {
  std::vector<Hint> outside;
  std::vector<std::vector<Hint>> inside;
};

/// Hints in pixels of `picture`, the document's own in full size.
inline ActingHints acting_hints(const Document& document, RegionMasks& masks, const Image& picture) {
  ActingHints result;
  result.inside.resize(document.regions.size());
  for_each_acting(document, [&](const Mark& mark, Point place) {
    std::vector<Hint>* hints = &result.outside;
    for (std::size_t i = document.regions.size(); i-- > 0 && hints == &result.outside;)
      if (!document.regions[i].hidden && masks.contains(document.regions[i], place)) hints = &result.inside[i];
    hints->push_back(hint_of(mark, place, picture));
  });
  return result;
}

}  // namespace icolorit::studio
