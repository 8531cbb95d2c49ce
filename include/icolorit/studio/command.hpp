// Commands: the changes of a document, as JSON. Whatever changes a document goes through here, when a person does it
// and when a saved history is replayed.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "icolorit/studio/fields.hpp"

namespace icolorit::studio {

namespace command_detail {

inline constexpr std::array mark_kinds{std::pair{std::string_view("color"), MarkKind::color},
                                       std::pair{std::string_view("neutral"), MarkKind::neutral},
                                       std::pair{std::string_view("keep"), MarkKind::keep}};

inline MarkKind mark_kind(const Fields& fields) {
  const std::string name = fields.text("kind", DocumentLimits::name_length);
  const auto found = std::ranges::find(mark_kinds, name, &std::pair<std::string_view, MarkKind>::first);
  if (found == mark_kinds.end())
    throw ArgumentError(concat(fields.name(), ": kind is \"", name, "\", expected color, neutral or keep"));
  return found->second;
}

template <class List>
auto find(List& list, const std::string& id) {
  return std::ranges::find(list, id, [](const auto& thing) -> const std::string& { return thing.id; });
}

/// The thing with the id that the command names. Throws ArgumentError where there is none.
template <class List>
auto& existing(List& list, const Fields& fields, std::string_view what) {
  const std::string id = fields.id("id");
  const auto found = find(list, id);
  if (found == list.end()) throw ArgumentError(concat(fields.name(), ": there is no ", what, " \"", id, "\""));
  return *found;
}

/// An id that the document does not have yet. Throws ArgumentError.
inline std::string new_id(const Document& document, const Fields& fields) {
  std::string id = fields.id("id");
  if (find(document.hints, id) != document.hints.end() || find(document.strokes, id) != document.strokes.end() ||
      find(document.regions, id) != document.regions.end())
    throw ArgumentError(concat(fields.name(), ": the id \"", id, "\" is taken, choose another"));
  return id;
}

inline void expect_room(std::size_t count, std::size_t most, const Fields& fields, std::string_view what) {
  if (count >= most)
    throw ArgumentError(concat(fields.name(), ": the picture has ", count, " ", what, " already, which is the most"));
}

inline Point place(const Document& document, const Fields& fields) {
  return {fields.number("x", 0, static_cast<double>(document.width)),
          fields.number("y", 0, static_cast<double>(document.height))};
}

/// The members that the command has; a new mark must say its colour.
inline void set_mark(Mark& mark, const Fields& fields, bool is_new) {
  if (fields.has("kind")) mark.kind = mark_kind(fields);
  if (fields.has("color")) {
    const Lab<float> color = fields.color("color");
    mark.a = color.a;
    mark.b = color.b;
    if (!fields.has("kind")) mark.kind = MarkKind::color;
  } else if (is_new && mark.kind == MarkKind::color) {
    fields.at("color");
  }
  if (fields.has("radius")) mark.radius = static_cast<float>(fields.number("radius", 0, 1e6));
  if (fields.has("name")) mark.name = fields.text("name", DocumentLimits::name_length);
  if (fields.has("note")) mark.note = fields.text("note", DocumentLimits::note_length);
  if (fields.has("hidden")) mark.hidden = fields.flag("hidden");
  if (fields.has("locked")) mark.locked = fields.flag("locked");
}

inline void expect_unlocked(bool locked, const Fields& fields) {
  if (locked) throw ArgumentError(concat(fields.name(), ": this is locked, unlock it first"));
}

inline Adjustments adjustments(const Fields& fields, const Adjustments& old) {
  return {static_cast<float>(fields.number_or("saturation", 0, 3, old.saturation)),
          static_cast<float>(fields.number_or("temperature", -1, 1, old.temperature))};
}

inline std::vector<BrushStroke> brush_strokes(const Fields& fields) {
  const Json& list = fields.at("strokes");
  if (!list.is_array() || list.empty() || list.size() > DocumentLimits::strokes)
    throw ArgumentError(concat(fields.name(), ": strokes is ", Fields::described(list), ", expected 1 to ",
                               DocumentLimits::strokes, " strokes"));
  std::vector<BrushStroke> strokes;
  for (const Json& item : list) {
    const Fields stroke(item, concat(fields.name(), ".strokes"));
    strokes.push_back({stroke.points("points", 1), stroke.number("radius", .5, 1e6), stroke.flag_or("erase", false)});
  }
  return strokes;
}

inline void add_region(Document& document, const Fields& fields, RegionShape shape, bool snap) {
  expect_room(document.regions.size(), DocumentLimits::regions, fields, "regions");
  document.regions.push_back({.id = new_id(document, fields),
                              .name = fields.text_or("name", DocumentLimits::name_length, ""),
                              .shape = std::move(shape),
                              .feather = fields.number_or("feather", 0, 1000, 2),
                              .snap = fields.flag_or("snap", snap)});
}

inline void set_region(Document& document, const Fields& fields) {
  Region& region = existing(document.regions, fields, "region");
  const bool unlocks = fields.has("locked") && !fields.flag("locked");
  if (unlocks) region.locked = nullptr;
  if (fields.has("name")) region.name = fields.text("name", DocumentLimits::name_length);
  if (fields.has("hidden")) region.hidden = fields.flag("hidden");
  for (const char* member : {"polygon", "strokes", "feather", "snap", "adjustments"})
    if (fields.has(member)) expect_unlocked(region.locked != nullptr, fields);
  if (fields.has("polygon")) region.shape = PolygonShape{fields.points("polygon", 3)};
  if (fields.has("strokes")) region.shape = BrushShape{brush_strokes(fields)};
  if (fields.has("feather")) region.feather = fields.number("feather", 0, 1000);
  if (fields.has("snap")) region.snap = fields.flag("snap");
  if (fields.has("adjustments"))
    region.adjustments = adjustments({fields.at("adjustments"), fields.name() + ".adjustments"}, region.adjustments);
  if (fields.has("locked") && !unlocks && region.locked == nullptr)
    region.locked = std::make_shared<const Document>(document);
}

template <class List>
void remove(List& list, const Fields& fields, std::string_view what) {
  auto& thing = existing(list, fields, what);
  expect_unlocked(static_cast<bool>(thing.locked), fields);
  list.erase(list.begin() + (&thing - list.data()));
}

struct Action {
  std::string_view name;
  void (*run)(Document&, const Fields&);
};

inline constexpr std::array actions{
    Action{"add_hint",
           [](Document& document, const Fields& fields) {
             expect_room(document.hints.size(), DocumentLimits::hints, fields, "hints");
             PointMark hint;
             hint.id = new_id(document, fields);
             hint.place = place(document, fields);
             set_mark(hint, fields, true);
             document.hints.push_back(std::move(hint));
           }},
    Action{"move_hint",
           [](Document& document, const Fields& fields) {
             PointMark& hint = existing(document.hints, fields, "hint");
             expect_unlocked(hint.locked, fields);
             hint.place = place(document, fields);
           }},
    Action{"set_hint",
           [](Document& document, const Fields& fields) {
             PointMark& hint = existing(document.hints, fields, "hint");
             expect_unlocked(hint.locked && fields.flag_or("locked", true), fields);
             set_mark(hint, fields, false);
           }},
    Action{"remove_hint", [](Document& document, const Fields& fields) { remove(document.hints, fields, "hint"); }},
    Action{"add_stroke",
           [](Document& document, const Fields& fields) {
             expect_room(document.strokes.size(), DocumentLimits::strokes, fields, "strokes");
             Stroke stroke;
             stroke.id = new_id(document, fields);
             stroke.points = fields.points("points", 1);
             set_mark(stroke, fields, true);
             document.strokes.push_back(std::move(stroke));
           }},
    Action{"set_stroke",
           [](Document& document, const Fields& fields) {
             Stroke& stroke = existing(document.strokes, fields, "stroke");
             expect_unlocked(stroke.locked && fields.flag_or("locked", true), fields);
             if (fields.has("points")) stroke.points = fields.points("points", 1);
             set_mark(stroke, fields, false);
           }},
    Action{"remove_stroke",
           [](Document& document, const Fields& fields) { remove(document.strokes, fields, "stroke"); }},
    Action{"add_region",
           [](Document& document, const Fields& fields) {
             add_region(document, fields, PolygonShape{fields.points("polygon", 3)}, true);
           }},
    Action{"add_brush_region",
           [](Document& document, const Fields& fields) {
             add_region(document, fields, BrushShape{brush_strokes(fields)}, false);
           }},
    Action{"flood_region",
           [](Document& document, const Fields& fields) {
             add_region(document, fields, FloodShape{place(document, fields), fields.number_or("tolerance", 0, 1, .2)},
                        false);
           }},
    Action{"set_region", [](Document& document, const Fields& fields) { set_region(document, fields); }},
    Action{"remove_region",
           [](Document& document, const Fields& fields) { remove(document.regions, fields, "region"); }},
    Action{"adjust", [](Document& document,
                        const Fields& fields) { document.adjustments = adjustments(fields, document.adjustments); }},
    Action{"clear", [](Document& document, const Fields&) {
             std::erase_if(document.hints, [](const PointMark& hint) { return !hint.locked; });
             std::erase_if(document.strokes, [](const Stroke& stroke) { return !stroke.locked; });
           }}};

}  // namespace command_detail

/// What a command calls itself, e.g. "add_hint". Throws ArgumentError.
inline std::string command_name(const Json& command) {
  return Fields(command, "a command").text("do", DocumentLimits::name_length);
}

/// Changes the document as one command of examples/studio/openapi.yaml says; undo and redo are not among them, because
/// they are about the history. Throws ArgumentError for what cannot be done; then the document may be changed in part.
inline void apply_command(Document& document, const Json& command) {
  const std::string name = command_name(command);
  const auto action = std::ranges::find(command_detail::actions, name, &command_detail::Action::name);
  if (action == command_detail::actions.end())
    throw ArgumentError(
        concat("there is no command \"", name.substr(0, 40), "\"; add_hint is one, openapi.yaml lists all"));
  action->run(document, Fields(command, name));
}

/// All of one step. Throws as apply_command does, and where there are too many.
inline void apply_commands(Document& document, const Json& commands) {
  if (!commands.is_array() || commands.size() > DocumentLimits::commands)
    throw ArgumentError(concat("commands is ", Fields::described(commands), ", expected an array of at most ",
                               DocumentLimits::commands, " commands"));
  for (const Json& command : commands) apply_command(document, command);
}

}  // namespace icolorit::studio
