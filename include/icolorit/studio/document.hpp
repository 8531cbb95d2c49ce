// Document: everything that a person has told the studio about one picture.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/image/stroke.hpp"

namespace icolorit::studio {

/// Of the full-size picture.
using Point = Place;

/// What a hint or a stroke asks for: its own colour, grey, or the colour that the original has there.
enum class MarkKind { color, neutral, keep };

/// What hints and strokes have in common.
struct Mark {
  std::string id, name, note;
  MarkKind kind = MarkKind::color;
  float a = 0, b = 0;   ///< the colour, Lab units; the lightness is the picture's own
  float radius = 0;     ///< in pixels, as Hint::radius
  bool hidden = false;  ///< a hidden one does not act
  bool locked = false;  ///< a locked one can be changed only by unlocking it
  friend bool operator==(const Mark&, const Mark&) = default;
};

struct PointMark : Mark {
  Point place;
  friend bool operator==(const PointMark&, const PointMark&) = default;
};

struct Stroke : Mark {
  std::vector<Point> points;
  friend bool operator==(const Stroke&, const Stroke&) = default;
};

/// A change of all colours after they were found.
struct Adjustments {
  float saturation = 1;   ///< a factor of a and b
  float temperature = 0;  ///< warmer above 0, cooler below; in [-1,1]
  friend bool operator==(const Adjustments&, const Adjustments&) = default;
};

/// One pass of a brush over a region, which adds to it or takes from it.
struct BrushStroke {
  std::vector<Point> points;
  double radius = 1;
  bool erase = false;
  friend bool operator==(const BrushStroke&, const BrushStroke&) = default;
};

/// The three ways to say where a region is: inside a line, under a brush, or everything like one place.
struct PolygonShape {
  std::vector<Point> points;
  friend bool operator==(const PolygonShape&, const PolygonShape&) = default;
};
struct BrushShape {
  std::vector<BrushStroke> strokes;
  friend bool operator==(const BrushShape&, const BrushShape&) = default;
};
struct FloodShape {
  Point seed;
  double tolerance = .2;  ///< in [0,1]: how unlike the seed a place may be
  friend bool operator==(const FloodShape&, const FloodShape&) = default;
};
using RegionShape = std::variant<PolygonShape, BrushShape, FloodShape>;

struct Document;

/// Hints inside a region act inside only, and where it has any, only they act there. Of regions that overlap the later
/// one counts.
struct Region {
  std::string id, name;
  RegionShape shape;
  double feather = 2;  ///< width of the soft edge in pixels
  bool snap = true;    ///< whether the edge follows edges of the lightness nearby
  bool hidden = false;
  Adjustments adjustments{};
  /// The document when the region was locked, which decides its colours since then; null while it is not locked.
  std::shared_ptr<const Document> locked{};
};

struct Document {
  Index width = 0, height = 0;  ///< of the picture
  std::vector<PointMark> hints;
  std::vector<Stroke> strokes;
  std::vector<Region> regions;
  Adjustments adjustments;
};

/// How much of everything one document, and one request, may hold.
struct DocumentLimits {
  static constexpr std::size_t hints = 2000, strokes = 500, regions = 50, points = 5000, commands = 500;
  static constexpr std::size_t name_length = 80, note_length = 2000, id_length = 40;
};

}  // namespace icolorit::studio
