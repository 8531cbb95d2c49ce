// Palettes and their files.
#include <span>
#include <string>

#include "icolorit/studio/palette_file.hpp"
#include "support/catch.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::studio;

const Palette sample{"Mütze", {{"dark", {1, 2, 3}}, {"", {255, 255, 255}}, {"日", {10, 200, 30}}}};

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEST_CASE("a palette survives each of its file formats") {
  const std::string gpl = format_gpl(sample), ase = format_ase(sample);
  CHECK(parse_gpl(gpl, "other") == sample);
  CHECK(parse_ase(bytes_of(ase), "other") == std::vector{sample});
  CHECK(palettes_from_json({{"palettes", Json::array({palette_json(sample)})}}) == std::vector{sample});
  for (const std::string& text : {gpl, ase, Json{{"palettes", Json::array({palette_json(sample)})}}.dump()})
    CHECK(parse_palettes(bytes_of(text), "other") == std::vector{sample});
}

TEST_CASE("a .gpl of another program is read: comments, columns, CR LF, no name") {
  const Palette palette =
      parse_gpl("GIMP Palette\r\nColumns: 4\r\n# a comment\r\n  255   0   0\tRed one\r\n0 0 255\r\n", "file");
  CHECK(palette.name == "file");
  REQUIRE(palette.swatches.size() == 2);
  CHECK(palette.swatches[0] == Swatch{"Red one", {255, 0, 0}});
  CHECK(palette.swatches[1].name.empty());
}

TEST_CASE("a palette file that is cut anywhere is read in part or refused, and no more") {
  const std::string ase = format_ase(sample), gpl = format_gpl(sample);
  for (const std::string& whole : {ase, gpl})
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string cut = whole.substr(0, length);
      try {
        parse_palettes(bytes_of(cut), "cut");
      } catch (const FormatError& error) {
        REQUIRE(std::string(error.what()).size() < 200);
      }
    }
}

TEST_CASE("names that are no UTF-8, or too long, are made so that they can be shown") {
  const Palette palette = parse_gpl("GIMP Palette\nName: \xff\xfe\n1 2 3 " + std::string(500, 'x') + "\n", "file");
  CHECK(palette.name == "??");
  CHECK(palette.swatches[0].name.size() == PaletteLimits::name_length);
}

TEST_CASE("the palettes that come with the studio have names of their own and colours from dark to light") {
  std::vector<std::string> names;
  for (const Palette& palette : preset_palettes()) {
    names.push_back(palette.name);
    CHECK(palette.swatches.size() >= 7);
  }
  std::ranges::sort(names);
  CHECK(std::ranges::adjacent_find(names) == names.end());
  CHECK(names.size() >= 5);
}
