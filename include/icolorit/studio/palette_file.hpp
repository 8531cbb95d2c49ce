// Palette files: .gpl of GIMP, .ase of Adobe's programs, and JSON.
//
// .gpl is text: a line "GIMP Palette", lines "Name: ..." and "Columns: ...", comments after #, then one colour a line,
// "R G B name" with numbers of 0 to 255.
// .ase is binary, big endian: "ASEF", version 1.0 as two 16-bit numbers, the number of blocks in 32 bits; each block is
// a type of 16 bits (0xc001 begins a group, 0xc002 ends it, 0x0001 is a colour), the length of the rest in 32 bits and
// the rest: the name's length in 16-bit units, its end included, the name in UTF-16, and, of a colour, four letters of
// the model and its values as 32-bit floats, then a type of 16 bits.
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/studio/clean_name.hpp"
#include "icolorit/studio/fields.hpp"
#include "icolorit/studio/palette.hpp"

namespace icolorit::studio {

namespace palette_detail {

inline void expect_room(std::size_t count) {
  if (count >= PaletteLimits::swatches)
    throw FormatError(concat("the palette has more than ", PaletteLimits::swatches, " colours, which is the most"));
}

/// Reads big-endian values, and throws FormatError where the bytes end.
class AseReader {
 public:
  explicit AseReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool done() const { return bytes_.empty(); }
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size()) throw FormatError("the .ase palette ends in the middle of a block");
    const auto part = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return part;
  }
  std::uint32_t number(std::size_t count) {
    std::uint32_t value = 0;
    for (const std::byte byte : take(count)) value = value << 8 | std::to_integer<std::uint32_t>(byte);
    return value;
  }
  float real() { return std::bit_cast<float>(number(4)); }
  std::string name() {
    std::string text;
    for (std::uint32_t units = number(2); units > 0; --units) {
      const std::uint32_t unit = number(2);
      if (unit == 0) continue;
      if (unit < 0x80) {
        text += static_cast<char>(unit);
      } else if (unit < 0x800) {
        text += static_cast<char>(0xc0 | unit >> 6);
        text += static_cast<char>(0x80 | (unit & 0x3f));
      } else if (unit >= 0xd800 && unit < 0xe000) {
        text += '?';  // characters beyond the basic plane
      } else {
        text += static_cast<char>(0xe0 | unit >> 12);
        text += static_cast<char>(0x80 | (unit >> 6 & 0x3f));
        text += static_cast<char>(0x80 | (unit & 0x3f));
      }
    }
    return clean_name(text, PaletteLimits::name_length);
  }

 private:
  std::span<const std::byte> bytes_;
};

inline std::uint8_t sample(float unit) {
  return static_cast<std::uint8_t>(std::lround(255 * std::clamp(unit, 0.f, 1.f)));
}

inline Rgb<std::uint8_t> ase_color(AseReader& block) {
  const std::string_view model = as_text(block.take(4));
  if (model == "RGB ") {
    const float r = block.real(), g = block.real(), b = block.real();
    return {sample(r), sample(g), sample(b)};
  }
  if (model == "Gray") {
    const std::uint8_t v = sample(block.real());
    return {v, v, v};
  }
  if (model == "CMYK") {
    const float c = block.real(), m = block.real(), y = block.real(), k = block.real();
    return {sample((1 - c) * (1 - k)), sample((1 - m) * (1 - k)), sample((1 - y) * (1 - k))};
  }
  if (model == "LAB ") {
    const float l = block.real(), a = block.real(), b = block.real();
    return hint_color(
        {0, 0, {100 * std::clamp(l, 0.f, 1.f), std::clamp(a, -128.f, 128.f), std::clamp(b, -128.f, 128.f)}});
  }
  throw FormatError("the .ase palette has a colour that is not RGB, CMYK, LAB or Gray");
}

}  // namespace palette_detail

/// `name` is used where the file has none. Throws FormatError.
inline Palette parse_gpl(std::string_view text, std::string_view name) {
  Palette palette{clean_name(name, PaletteLimits::name_length), {}};
  Index number = 0;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++number == 1) {
      if (!line.starts_with("GIMP Palette")) throw FormatError("the .gpl palette does not begin with \"GIMP Palette\"");
      continue;
    }
    const auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
    skip_blanks();
    if (line.empty() || line.starts_with('#') || line.starts_with("Columns:")) continue;
    if (line.starts_with("Name:")) {
      line.remove_prefix(5);
      skip_blanks();
      palette.name = clean_name(line, PaletteLimits::name_length);
      continue;
    }
    palette_detail::expect_room(palette.swatches.size());
    const auto component = [&] {
      int value = 0;
      const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
      if (error != std::errc() || value < 0 || value > 255)
        throw FormatError(concat("the .gpl palette, line ", number, ": expected three numbers of 0 to 255 and a name"));
      line.remove_prefix(static_cast<std::size_t>(end - line.data()));
      skip_blanks();
      return static_cast<std::uint8_t>(value);
    };
    const std::uint8_t r = component(), g = component(), b = component();
    palette.swatches.push_back({clean_name(line, PaletteLimits::name_length), {r, g, b}});
  }
  if (number == 0) throw FormatError("the .gpl palette is empty");
  return palette;
}

inline std::string format_gpl(const Palette& palette) {
  std::string text = concat("GIMP Palette\nName: ", palette.name, "\nColumns: 0\n#\n");
  for (const Swatch& swatch : palette.swatches)
    text += concat(int{swatch.color.r}, ' ', int{swatch.color.g}, ' ', int{swatch.color.b}, '\t', swatch.name, '\n');
  return text;
}

/// One palette for each group, and one, called `name`, for colours outside of groups. Throws FormatError.
inline std::vector<Palette> parse_ase(std::span<const std::byte> bytes, std::string_view name) {
  palette_detail::AseReader file(bytes);
  if (bytes.size() < 12 || as_text(file.take(4)) != "ASEF")
    throw FormatError("the .ase palette does not begin with ASEF");
  file.take(8);  // version and number of blocks: the blocks themselves tell
  std::vector<Palette> palettes{{clean_name(name, PaletteLimits::name_length), {}}};
  std::size_t current = 0;
  while (!file.done()) {
    const std::uint32_t type = file.number(2);
    palette_detail::AseReader block(file.take(file.number(4)));
    if (type == 0xc001) {
      if (palettes.size() > PaletteLimits::palettes)
        throw FormatError(concat("the .ase file has more than ", PaletteLimits::palettes, " palettes"));
      current = palettes.size();
      palettes.push_back({block.name(), {}});
    } else if (type == 0xc002) {
      current = 0;
    } else if (type == 1) {
      palette_detail::expect_room(palettes[current].swatches.size());
      std::string swatch = block.name();
      palettes[current].swatches.push_back({std::move(swatch), palette_detail::ase_color(block)});
    }
  }
  if (palettes.front().swatches.empty() && palettes.size() > 1) palettes.erase(palettes.begin());
  return palettes;
}

/// One group. Names keep their characters of the basic plane.
inline std::string format_ase(const Palette& palette) {
  const auto number = [](std::uint32_t value, int bytes) {
    std::string text;
    while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes) & 0xff);
    return text;
  };
  const auto name = [&](std::string_view text) {
    std::string units;
    for (std::size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i]);
      const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      std::uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
      for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
        code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3f);
      units += number(length == 4 ? '?' : code, 2);
      i += length;
    }
    units += number(0, 2);
    return number(static_cast<std::uint32_t>(units.size() / 2), 2) + units;
  };
  const auto block = [&](std::uint32_t type, const std::string& rest) {
    return number(type, 2) + number(static_cast<std::uint32_t>(rest.size()), 4) + rest;
  };
  std::string blocks = block(0xc001, name(palette.name));
  for (const Swatch& swatch : palette.swatches) {
    std::string rest = name(swatch.name) + "RGB ";
    for (const std::uint8_t component : {swatch.color.r, swatch.color.g, swatch.color.b})
      rest += number(std::bit_cast<std::uint32_t>(static_cast<float>(component) / 255), 4);
    blocks += block(1, rest + number(2, 2));  // 2: a colour of its own, neither global nor spot
  }
  blocks += block(0xc002, "");
  return "ASEF" + number(1, 2) + number(0, 2) + number(static_cast<std::uint32_t>(palette.swatches.size() + 2), 4) +
         blocks;
}

/// `{"palettes":[{"name":..,"colors":[{"color":"#rrggbb","name":..}]}]}`. Throws ArgumentError.
inline std::vector<Palette> palettes_from_json(const Json& value) {
  const Json& list = Fields(value, "palettes").at("palettes");
  if (!list.is_array() || list.size() > PaletteLimits::palettes)
    throw ArgumentError(
        concat("palettes is ", Fields::described(list), ", expected an array of at most ", PaletteLimits::palettes));
  std::vector<Palette> palettes;
  for (const Json& item : list) {
    const Fields fields(item, "palette");
    Palette& palette = palettes.emplace_back(Palette{fields.text("name", PaletteLimits::name_length), {}});
    const Json& colors = fields.at("colors");
    if (!colors.is_array() || colors.size() > PaletteLimits::swatches)
      throw ArgumentError(concat("palette \"", palette.name, "\": colors is ", Fields::described(colors),
                                 ", expected an array of at most ", PaletteLimits::swatches));
    for (const Json& entry : colors) {
      const Fields swatch(entry, "color");
      const std::string color = swatch.text("color", 40);
      palette.swatches.push_back({swatch.text_or("name", PaletteLimits::name_length, ""), parse_color(color)});
    }
  }
  return palettes;
}

inline Json palette_json(const Palette& palette) {
  Json colors = Json::array();
  for (const Swatch& swatch : palette.swatches)
    colors.push_back({{"color", to_hex(swatch.color)}, {"name", swatch.name}});
  return {{"name", palette.name}, {"colors", std::move(colors)}};
}

/// The palettes of a file of any of the three kinds, found by its first bytes. Throws FormatError.
inline std::vector<Palette> parse_palettes(std::span<const std::byte> bytes, std::string_view name) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with("ASEF")) return parse_ase(bytes, name);
  if (text.starts_with("GIMP")) return {parse_gpl(text, name)};
  if (text.empty() || text.front() != '{') throw FormatError("this is no palette: expected a .gpl, .ase or JSON file");
  try {
    return palettes_from_json(json::parse(text));
  } catch (const ArgumentError& error) {
    throw FormatError(error.what());
  }
}

}  // namespace icolorit::studio
