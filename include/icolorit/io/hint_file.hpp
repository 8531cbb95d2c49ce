// Hint files: the published evaluation's text layout of cells, and JSON for hints with colours.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/io/parse_file.hpp"
#include "icolorit/io/utf8.hpp"

namespace icolorit {

/// Reads the published layout: one hint a line, `row column` of the cell's first network pixel, both multiples of the
/// cell's side. Blank lines count for nothing, an empty text means no hints, lines may end in CR LF, and a byte order
/// mark is skipped. The cells come in the order of the lines. Throws FormatError with the number of the line.
inline std::vector<Index> parse_hint_cells(std::string_view text, const HintGrid& grid) {
  constexpr std::string_view blanks = " \t\r";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<Index> cells;
  Index line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t length = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));

    const auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size())); };
    const auto coordinate = [&](const char* name, Index size) {
      skip_blanks();
      const std::string_view word = line.substr(0, line.find_first_of(blanks));
      Index value = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
      if (word.empty() || error != std::errc() || end != word.data() + word.size())
        throw FormatError(concat("hint cells: line ", line_number, ": the ", name, " is \"", word.substr(0, 20),
                                 "\", expected a whole number"));
      if (value < 0 || value >= size || value % grid.cell() != 0)
        throw FormatError(concat("hint cells: line ", line_number, ": the ", name, " is ", value,
                                 ", expected a multiple of ", grid.cell(), " in [0,", size, ")"));
      line.remove_prefix(word.size());
      skip_blanks();
      return value;
    };

    skip_blanks();
    if (line.empty()) continue;
    const Index row = coordinate("row", grid.height());
    const Index column = coordinate("column", grid.width());
    if (!line.empty())
      throw FormatError(concat("hint cells: line ", line_number, ": more than the two numbers \"row column\""));
    cells.push_back(grid.cell_at(row, column));
  }
  return cells;
}

/// The published layout of these cells. Throws ArgumentError for a cell outside the grid.
inline std::string format_hint_cells(std::span<const Index> cells, const HintGrid& grid) {
  std::string text;
  for (const Index cell : cells) {
    expect_cell("format_hint_cells", grid, cell);
    text += concat(grid.row_of(cell), ' ', grid.column_of(cell), '\n');
  }
  return text;
}

/// The published place of a picture's hints: `folder/h<cell>-n<count>/<stem>.txt`.
inline std::filesystem::path hint_cells_path(const std::filesystem::path& folder, Index cell, Index count,
                                             const std::string& stem) {
  return folder / concat('h', cell, "-n", count) / (stem + ".txt");
}

/// Throws FileError, and FormatError naming the file and the line.
inline std::vector<Index> read_hint_cells(const std::filesystem::path& path, const HintGrid& grid) {
  return parse_file(path, [&](const std::vector<std::byte>& bytes) { return parse_hint_cells(as_text(bytes), grid); });
}

/// The folder must exist. Throws FileError and ArgumentError.
inline void write_hint_cells(const std::filesystem::path& path, std::span<const Index> cells, const HintGrid& grid) {
  write_file(path, std::string_view(format_hint_cells(cells, grid)));
}

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

/// Reads `{"width":W,"height":H,"hints":[{"x":X,"y":Y,"color":"#rrggbb"},...]}` for a picture of width x height pixels.
/// A hint may have a "radius" in pixels, see Hint, and `"neutral":true` instead of a colour, for what shall stay grey.
/// A color is what parse_color takes.
/// "width" and "height" name the picture the hints were made on and may be missing; where they differ from this
/// picture's, positions and radii are scaled. Other members are ignored. Throws FormatError naming the member at fault,
/// e.g. `hints[3].color`.
inline FittedHints parse_fitted_hints(std::string_view text, Index width, Index height) {
  const json::Value document = json::parse(text);
  if (!document.is_object())
    throw FormatError(concat("hints: the text is ", json::kind(document),
                             R"(, expected an object like {"hints":[{"x":120,"y":80,"color":"#c8402e"}]})"));

  const auto fail = [](const std::string& member, const auto& got, const auto& wanted) {
    throw FormatError(concat("hints: ", member, " is ", got, ", expected ", wanted));
  };
  const auto member_of = [&](const json::Value& object, std::string_view name, const std::string& path,
                             const char* wanted) -> const json::Value& {
    const json::Value* value = json::find(object, name);
    if (value == nullptr) fail(path, "missing", wanted);
    return *value;
  };
  const auto whole = [&](const json::Value& value, const std::string& path, Index least, Index most) {
    const std::string wanted = concat("a whole number in [", least, ",", most, "]");
    if (!value.is_number()) fail(path, json::kind(value), wanted);
    const auto number = json::integer(value);
    if (!number || *number < least || *number > most) fail(path, json::as_number(value), wanted);
    return Index{*number};
  };
  const auto extent = [&](std::string_view name, Index own) {
    const json::Value* value = json::find(document, name);
    return value == nullptr ? own : whole(*value, std::string(name), 1, Image::max_extent);
  };

  const Index source_width = extent("width", width), source_height = extent("height", height);
  const json::Value& list = member_of(document, "hints", "hints", "an array");
  if (!list.is_array()) fail("hints", json::kind(list), "an array");

  const auto radius_of = [&](const json::Value& item, const std::string& path) {
    const json::Value* const value = json::find(item, "radius");
    if (value == nullptr) return 0.f;
    const std::string member = concat(path, ".radius"), wanted = concat("a number in [0,", Image::max_extent, "]");
    if (!value->is_number()) fail(member, json::kind(*value), wanted);
    const double radius = json::as_number(*value);
    if (!(radius >= 0 && radius <= static_cast<double>(Image::max_extent))) fail(member, radius, wanted);
    return static_cast<float>(radius);
  };

  FittedHints fitted{{}, source_width, source_height, width, height};
  std::vector<Hint>& hints = fitted.hints;
  for (const json::Value& item : json::as_array(list)) {
    const std::string path = concat("hints[", hints.size(), "]");
    if (!item.is_object()) fail(path, json::kind(item), "an object");
    const auto coordinate = [&](std::string_view name, Index source, Index target) {
      const std::string member = concat(path, '.', name);
      const json::Value& value = member_of(item, name, member, "a whole number");
      return rescale_position(whole(value, member, 0, source - 1), source, target);
    };
    const Index x = coordinate("x", source_width, width), y = coordinate("y", source_height, height);

    hints.push_back({x, y, {}, radius_of(item, path) * static_cast<float>(width) / static_cast<float>(source_width)});
    if (const json::Value* const neutral = json::find(item, "neutral"); neutral != nullptr && *neutral == true)
      continue;  // a and b are 0
    const std::string member = concat(path, ".color");
    constexpr const char* wanted = "a string #RRGGBB or #RGB, or the name of a colour";
    const json::Value& color = member_of(item, "color", member, wanted);
    if (!color.is_string()) fail(member, json::kind(color), wanted);
    try {
      hints.back().color = parse_color(json::as_string(color));
    } catch (const ArgumentError&) {
      fail(member, concat('"', json::as_string(color).substr(0, 20), '"'), wanted);
    }
  }
  return fitted;
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

/// Throws FileError, and FormatError naming the file and the member.
inline FittedHints read_fitted_hints(const std::filesystem::path& path, Index width, Index height) {
  return parse_file(
      path, [&](const std::vector<std::byte>& bytes) { return parse_fitted_hints(as_text(bytes), width, height); });
}
inline std::vector<Hint> read_hints(const std::filesystem::path& path, Index width, Index height) {
  return read_fitted_hints(path, width, height).hints;
}

/// Throws FileError and ArgumentError.
inline void write_hints(const std::filesystem::path& path, std::span<const Hint> hints, Index width, Index height) {
  write_file(path, std::string_view(format_hints(hints, width, height)));
}

}  // namespace icolorit
