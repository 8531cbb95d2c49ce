// Hints with colours as JSON: points and strokes on a picture whose size may be named (docs/formats.md).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/image/stroke.hpp"
#include "icolorit/io/demo_file.hpp"
#include "icolorit/io/json.hpp"

namespace icolorit {

/// Hints of a file, brought to the size of the picture that they are to colour.
struct FittedHints {
  std::vector<Hint> hints;
  Index made_width = 0, made_height = 0;  ///< of the picture that they were made on
  Index width = 0, height = 0;            ///< of the picture that they are in now

  /// Whether one picture can be a smaller copy of the other, whose sides were rounded to whole pixels. Where it cannot,
  /// the hints were stretched and lie beside what they were made for.
  bool keeps_proportions() const {
    return std::abs(width * made_height - height * made_width) <= std::max(width + height, made_width + made_height);
  }
};

namespace hint_detail {

/// The members of one document. Everything throws FormatError naming the member at fault.
class HintReader {
 public:
  HintReader(const json::Value& document, Index width, Index height)
      : document_(document),
        fitted_{{}, extent("width", width), extent("height", height), width, height},
        scale_(static_cast<float>(width) / static_cast<float>(fitted_.made_width)) {}

  FittedHints read() && {
    if (json::find(document_, "strokes") != nullptr) for_each("strokes", [&](auto&... item) { read_stroke(item...); });
    if (json::find(document_, "hints") != nullptr || json::find(document_, "strokes") == nullptr)
      for_each("hints", [&](auto&... item) { read_point(item...); });
    return std::move(fitted_);
  }

 private:
  template <class Got, class Wanted>
  [[noreturn]] static void fail(const std::string& member, const Got& got, const Wanted& wanted) {
    throw FormatError(concat("hints: ", member, " is ", got, ", expected ", wanted));
  }
  static const json::Value& member_of(const json::Value& object, std::string_view name, const std::string& path,
                                      std::string_view wanted) {
    const json::Value* const value = json::find(object, name);
    if (value == nullptr) fail(path, "missing", wanted);
    return *value;
  }
  static Index whole(const json::Value& value, const std::string& path, Index least, Index most) {
    const std::string wanted = concat("a whole number in [", least, ",", most, "]");
    if (!value.is_number()) fail(path, json::kind(value), wanted);
    const auto number = json::integer(value);
    if (!number || *number < least || *number > most) fail(path, json::as_number(value), wanted);
    return Index{*number};
  }
  static double number(const json::Value& value, const std::string& path, Index most) {
    const std::string wanted = concat("a number in [0,", most, "]");
    if (!value.is_number()) fail(path, json::kind(value), wanted);
    const double result = json::as_number(value);
    if (!(result >= 0 && result <= static_cast<double>(most))) fail(path, result, wanted);
    return result;
  }
  static const json::Value& list(const json::Value& object, std::string_view name, const std::string& path) {
    const json::Value& value = member_of(object, name, path, "an array");
    if (!value.is_array()) fail(path, json::kind(value), "an array");
    return value;
  }

  /// f(item, path) for the objects of a list.
  template <class F>
  void for_each(const std::string& name, F&& f) const {
    std::size_t i = 0;
    for (const json::Value& item : json::as_array(list(document_, name, name))) {
      const std::string path = concat(name, '[', i++, ']');
      if (!item.is_object()) fail(path, json::kind(item), "an object");
      f(item, path);
    }
  }

  Index extent(const char* name, Index own) const {
    const json::Value* const value = json::find(document_, name);
    return value == nullptr ? own : whole(*value, name, 1, Image::max_extent);
  }

  float radius_of(const json::Value& item, const std::string& path) const {
    const json::Value* const value = json::find(item, "radius");
    return value == nullptr ? 0 : static_cast<float>(number(*value, path + ".radius", Image::max_extent)) * scale_;
  }

  /// a and b are 0 where the mark is neutral.
  static Lab<float> color_of(const json::Value& item, const std::string& path) {
    if (const json::Value* const neutral = json::find(item, "neutral"); neutral != nullptr && *neutral == true)
      return {};
    const std::string member = path + ".color";
    constexpr const char* wanted = "a string #RRGGBB or #RGB, or the name of a colour";
    const json::Value& color = member_of(item, "color", member, wanted);
    if (!color.is_string()) fail(member, json::kind(color), wanted);
    try {
      return parse_color(json::as_string(color));
    } catch (const ArgumentError&) {
      fail(member, concat('"', json::as_string(color).substr(0, 20), '"'), wanted);
    }
  }

  void read_point(const json::Value& item, const std::string& path) {
    const auto coordinate = [&](std::string_view name, Index source, Index target) {
      const std::string member = concat(path, '.', name);
      return rescale_position(whole(member_of(item, name, member, "a whole number"), member, 0, source - 1), source,
                              target);
    };
    const Index x = coordinate("x", fitted_.made_width, fitted_.width);
    const Index y = coordinate("y", fitted_.made_height, fitted_.height);
    const float radius = radius_of(item, path);
    fitted_.hints.push_back({x, y, color_of(item, path), radius});
  }

  void read_stroke(const json::Value& item, const std::string& path) {
    const std::string member = path + ".points";
    std::vector<Place> points;
    for (const json::Value& point : json::as_array(list(item, "points", member))) {
      const std::string place = concat(member, '[', points.size(), ']');
      if (!point.is_array() || point.size() != 2) fail(place, json::kind(point), "a point [x,y]");
      const auto fitted = [&](const json::Value& value, Index source, Index target) {
        return number(value, place, source) * static_cast<double>(target) / static_cast<double>(source);
      };
      points.push_back(
          {fitted(point[0], fitted_.made_width, fitted_.width), fitted(point[1], fitted_.made_height, fitted_.height)});
    }
    if (points.empty()) fail(member, "empty", "points [x,y]");
    const Lab<float> color = color_of(item, path);
    const float radius = radius_of(item, path);
    for (const Place& place : places_along(points, radius, fitted_.width, fitted_.height))
      fitted_.hints.push_back({static_cast<Index>(place.x), static_cast<Index>(place.y), color, radius});
    constexpr std::size_t most = 1 << 20;
    if (fitted_.hints.size() > most) throw FormatError(concat("hints: strokes give more than ", most, " hints"));
  }

  const json::Value& document_;
  FittedHints fitted_;
  float scale_;  // of radii
};

}  // namespace hint_detail

/// Reads `{"width":W,"height":H,"hints":[{"x":X,"y":Y,"color":"#rrggbb"},...]}` for a picture of width x height pixels.
/// A hint may have a "radius" in pixels, see Hint, and `"neutral":true` instead of a colour, for what shall stay grey.
/// A color is what parse_color takes. "strokes" is a list of lines of such hints, with "points":[[x,y],...] in the
/// place of x and y; they come before the hints. "width" and "height" name the picture the hints were made on and may
/// be missing; where they differ from this picture's, positions and radii are scaled. Other members are ignored. Files
/// of demo_icolorit_lora are read, too, see DemoFile. Throws FormatError naming the member at fault, e.g.
/// `hints[3].color`.
inline FittedHints parse_fitted_hints(std::string_view text, Index width, Index height) {
  const json::Value document = json::parse(text);
  if (is_demo_file(document))
    return {demo_hints(parse_demo_file(document), width, height), width, height, width, height};
  if (!document.is_object())
    throw FormatError(concat("hints: the text is ", json::kind(document),
                             R"(, expected an object like {"hints":[{"x":120,"y":80,"color":"#c8402e"}]})"));
  return hint_detail::HintReader(document, width, height).read();
}

/// The hints alone. Throws as above.
inline std::vector<Hint> parse_hints(std::string_view text, Index width, Index height) {
  return parse_fitted_hints(text, width, height).hints;
}

/// The same as text, one hint a line, colours rounded to 8 bits. Throws ArgumentError for a hint outside the picture.
inline std::string format_hints(std::span<const Hint> hints, Index width, Index height) {
  std::string text = concat("{\"width\":", width, ",\"height\":", height, ",\"hints\":[");
  const char* separator = "\n";
  for (const Hint& hint : hints) {
    expect_hint("format_hints", hint, width, height);
    text += separator;
    json::Value object{{"x", hint.x}, {"y", hint.y}, {"color", to_hex(hint_color(hint))}};
    if (hint.radius > 0) object["radius"] = static_cast<double>(hint.radius);
    text += json::write(object);
    separator = ",\n";
  }
  return text + "\n]}\n";
}

}  // namespace icolorit
