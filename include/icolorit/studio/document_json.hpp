// A document as JSON for a page or another front end: what examples/studio/openapi.yaml calls Document.
#pragma once

#include <string>
#include <vector>

#include "icolorit/image/gamut.hpp"
#include "icolorit/studio/acting_hints.hpp"
#include "icolorit/studio/outline.hpp"
#include "icolorit/studio/picture_session.hpp"

namespace icolorit::studio {

/// Both the exact a and b and the nearest color of 8 bits.
inline void put_color(Json& object, const Lab<float>& color) {
  const Lab<float> shown = clamp_to_gamut(color);
  object["color"] = to_hex(hint_color({0, 0, shown}));
  object["a"] = color.a;
  object["b"] = color.b;
}

namespace document_json_detail {

inline Json points_json(const std::vector<Point>& points) {
  Json list = Json::array();
  for (const Point& point : points) list.push_back({point.x, point.y});
  return list;
}

inline Json mark_json(const Mark& mark, Point place, const Image& original) {
  Json object{
      {"id", mark.id},
      {"kind",
       std::ranges::find(command_detail::mark_kinds, mark.kind, &std::pair<std::string_view, MarkKind>::second)->first},
      {"radius", mark.radius},
      {"name", mark.name},
      {"note", mark.note},
      {"hidden", mark.hidden},
      {"locked", mark.locked}};
  put_color(object, hint_of(mark, place, original).color);
  return object;
}

inline Json adjustments_json(const Adjustments& adjustments) {
  return {{"saturation", adjustments.saturation}, {"temperature", adjustments.temperature}};
}

inline Json region_json(const Region& region, RegionMasks& masks) {
  Json object{{"id", region.id},
              {"name", region.name},
              {"feather", region.feather},
              {"snap", region.snap},
              {"locked", region.locked != nullptr},
              {"hidden", region.hidden},
              {"adjustments", adjustments_json(region.adjustments)}};
  if (const auto* polygon = std::get_if<PolygonShape>(&region.shape)) {
    object["shape"] = "polygon";
    object["polygon"] = points_json(polygon->points);
  } else if (const auto* brush = std::get_if<BrushShape>(&region.shape)) {
    object["shape"] = "brush";
    Json& strokes = object["strokes"] = Json::array();
    for (const BrushStroke& stroke : brush->strokes)
      strokes.push_back({{"points", points_json(stroke.points)}, {"radius", stroke.radius}, {"erase", stroke.erase}});
  } else {
    const auto& flooded = std::get<FloodShape>(region.shape);
    object["shape"] = "flood";
    object["x"] = flooded.seed.x;
    object["y"] = flooded.seed.y;
    object["tolerance"] = flooded.tolerance;
  }
  Json& lines = object["outline"] = Json::array();
  for (const auto& line : masks.outline(region)) lines.push_back(points_json(line));
  return object;
}

}  // namespace document_json_detail

/// With the number of the asking client.
inline Json document_json(const PictureSession& picture, const std::string& client) {
  using namespace document_json_detail;
  const PictureSession::Status status = picture.status(client);
  const Document& document = status.document;
  const Image& original = *picture.original();
  Json hints = Json::array(), strokes = Json::array(), regions = Json::array();
  for (const PointMark& hint : document.hints) {
    Json& object = hints.emplace_back(mark_json(hint, hint.place, original));
    object["x"] = hint.place.x;
    object["y"] = hint.place.y;
  }
  for (const Stroke& stroke : document.strokes)
    strokes.emplace_back(mark_json(stroke, stroke.points.front(), original))["points"] = points_json(stroke.points);
  for (const Region& region : document.regions) regions.push_back(region_json(region, *picture.masks()));
  Json result{{"id", picture.id()},
              {"identity", picture.identity()},
              {"name", picture.name()},
              {"width", original.width()},
              {"height", original.height()},
              {"bits", original.bits()},
              {"number", status.number},
              {"version", status.version},
              {"transient", status.transient},
              {"hints", std::move(hints)},
              {"strokes", std::move(strokes)},
              {"regions", std::move(regions)},
              {"adjustments", adjustments_json(document.adjustments)},
              {"can_undo", status.can_undo},
              {"can_redo", status.can_redo},
              {"saved", status.saved},
              {"session", status.session_name}};
  if (!status.save_error.empty()) result["save_error"] = status.save_error;
  return result;
}

}  // namespace icolorit::studio
