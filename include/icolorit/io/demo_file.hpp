// Files of other programs: sessions (.iclr, version 1.2) and hints.json of demo_icolorit_lora, a fork of the program
// that was published with the paper.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/io/json.hpp"

namespace icolorit {

/// A click in that program.
struct DemoHint {
  struct Cell {
    Index x = 0, y = 0;
  };
  double x = 0, y = 0;       ///< pixel of its window of 512 x 512, in whose middle the picture lies
  std::optional<Cell> cell;  ///< the same as one of the network's 224 x 224 pixels
  Lab<float> color;
  double width = 0;  ///< of the brush, in pixels of the window
};

struct DemoFile {
  std::string original;  ///< path of the picture that was opened, as that program wrote it; may be empty
  std::string copy;      ///< name of its own copy, beside the file; may be empty
  std::vector<DemoHint> hints;
};

namespace demo_detail {

/// The list of hints, or null: the file itself, or its member "hints".
inline const json::Value* hint_list(const json::Value& document) {
  const json::Value* const list = document.is_array() ? &document : json::find(document, "hints");
  return list != nullptr && list->is_array() ? list : nullptr;
}

/// Member `name` of hint `i`: numbers, in an array or by these names. Throws FormatError.
inline std::vector<double> numbers(const json::Value& hint, std::size_t i, std::string_view name,
                                   std::initializer_list<std::string_view> names) {
  const json::Value* const member = json::find(hint, name);
  std::vector<double> result;
  for (const std::string_view one : names) {
    const json::Value* value = member == nullptr ? nullptr : json::find(*member, one);
    if (member != nullptr && member->is_array() && member->size() == names.size()) value = &(*member)[result.size()];
    if (value == nullptr || !value->is_number())
      throw FormatError(
          concat("hints[", i, "].", name, " is not what demo_icolorit_lora writes, ", names.size(), " numbers"));
    result.push_back(json::as_number(*value));
  }
  return result;
}

/// The colour that the network got: exact a and b, else an sRGB colour.
inline Lab<float> color(const json::Value& hint, std::size_t i) {
  if (const json::Value* const exact = json::find(hint, "exact_ab"); exact != nullptr && !exact->is_null()) {
    const auto ab = numbers(hint, i, "exact_ab", {"a", "b"});
    const auto limited = [](double value) { return static_cast<float>(std::clamp(value, -160., 160.)); };
    return {50, limited(ab[0]), limited(ab[1])};
  }
  const auto rgb = numbers(hint, i, json::find(hint, "snap_rgb") != nullptr ? "snap_rgb" : "user_rgb", {"r", "g", "b"});
  const auto code = [&](std::size_t c) { return static_cast<std::uint8_t>(std::lround(std::clamp(rgb[c], 0., 255.))); };
  return Rgb<std::uint8_t>{code(0), code(1), code(2)};
}

inline std::string text(const json::Value& document, std::string_view name) {
  const json::Value* const value = json::find(document, name);
  return value != nullptr && value->is_string() ? json::as_string(*value) : "";
}

}  // namespace demo_detail

/// Whether this is a session or a hint file of that program.
inline bool is_demo_file(const json::Value& document) {
  if (json::find(document, "target_png") != nullptr && json::find(document, "hints") != nullptr) return true;
  const json::Value* const list = demo_detail::hint_list(document);
  return list != nullptr && !list->empty() && json::find(list->front(), "pos_224") != nullptr;
}

/// Throws FormatError naming the member at fault.
inline DemoFile parse_demo_file(const json::Value& document) {
  const json::Value* const list = demo_detail::hint_list(document);
  if (!is_demo_file(document) || list == nullptr)
    throw FormatError("it is no session and no hint file of demo_icolorit_lora");
  DemoFile file;
  file.original = demo_detail::text(document, "original_path");
  if (file.original.empty()) file.original = demo_detail::text(document, "image_file");
  file.copy = demo_detail::text(document, "target_png");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json::Value& item = (*list)[i];
    const auto whole = [](double value) { return static_cast<Index>(std::clamp(value, 0., 223.)); };
    DemoHint hint;
    const auto place =
        demo_detail::numbers(item, i, json::find(item, "pos") != nullptr ? "pos" : "pos_base", {"x", "y"});
    hint.x = place[0];
    hint.y = place[1];
    if (json::find(item, "pos_224") != nullptr) {
      const auto cell = demo_detail::numbers(item, i, "pos_224", {"x", "y"});
      hint.cell = DemoHint::Cell{whole(cell[0]), whole(cell[1])};
    }
    hint.color = demo_detail::color(item, i);
    if (const json::Value* const width = json::find(item, "width"); width != nullptr && width->is_number())
      hint.width = std::clamp(json::as_number(*width), 0., 512.);
    file.hints.push_back(hint);
  }
  return file;
}

/// The same from a text, which may also be of any other kind: then there is nothing. Throws FormatError.
inline std::optional<DemoFile> find_demo_file(std::string_view text) {
  // most other texts are known without parsing them
  if (text.find("\"target_png\"") == text.npos && text.find("\"pos_224\"") == text.npos) return {};
  const json::Value document = json::parse(text);
  return is_demo_file(document) ? std::optional(parse_demo_file(document)) : std::nullopt;
}

/// Its hints on the picture of width x height pixels: that program fits a picture into its window with sides that are
/// multiples of 4. Where the window was of another size, which shows in the network's pixels, these count. A brush no
/// wider than a hint of the network, 2 of its pixels, gives a radius of 0.
inline std::vector<Hint> demo_hints(const DemoFile& file, Index width, Index height) {
  constexpr double window = 512, network = 224;
  struct Side {
    Index size;
    double shown, margin;

    Side(Index own, Index longer)
        : size(own),
          shown(std::max(4., 4 * std::nearbyint(window / static_cast<double>(longer) * static_cast<double>(own) / 4))),
          margin(std::floor((window - shown) / 2)) {}

    Index pixel(double place, const Index* cell) const {
      double share = (place - margin + .5) / shown;
      if (cell != nullptr &&
          static_cast<Index>(std::clamp((place - margin) / shown * network, 0., network - 1)) != *cell)
        share = (static_cast<double>(*cell) + .5) / network;
      return static_cast<Index>(
          std::clamp(std::floor(share * static_cast<double>(size)), 0., static_cast<double>(size - 1)));
    }
  };
  const Side across(width, std::max(width, height)), down(height, std::max(width, height));
  std::vector<Hint> hints;
  for (const DemoHint& hint : file.hints) {
    const Index x = across.pixel(hint.x, hint.cell ? &hint.cell->x : nullptr);
    const Index y = down.pixel(hint.y, hint.cell ? &hint.cell->y : nullptr);
    const double radius =
        hint.width <= 2 * window / network ? 0 : hint.width / 2 * static_cast<double>(width) / across.shown;
    hints.push_back({x, y, hint.color, static_cast<float>(radius)});
  }
  return hints;
}

}  // namespace icolorit
