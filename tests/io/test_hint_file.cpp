#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"

using namespace icolorit;

namespace {

std::string cells_message(std::string_view text) {
  try {
    parse_hint_cells(text, HintGrid(224, 224, 2));
  } catch (const FormatError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string hints_message(std::string_view text) {
  try {
    parse_hints(text, 100, 50);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("Hint cells: the published layout", "[hint_file]") {
  const HintGrid grid(224, 224, 2);
  CHECK(parse_hint_cells("", grid).empty());
  CHECK(parse_hint_cells("\n\r\n  \n", grid).empty());
  CHECK(parse_hint_cells("0 0\n0 2\n2 0\n222 222\n", grid) == std::vector<Index>{0, 1, 112, 112 * 112 - 1});
  CHECK(parse_hint_cells("4 6", grid) == std::vector<Index>{2 * 112 + 3});
  CHECK(parse_hint_cells("\t4\t 6 \r\n\r\n0 0\r\n", grid) == std::vector<Index>{2 * 112 + 3, 0});
  CHECK(parse_hint_cells("16 32", HintGrid(224, 224, 16)) == std::vector<Index>{14 + 2});
  CHECK(parse_hint_cells("2 6", HintGrid(4, 8, 2)) == std::vector<Index>{7});
}

TEST_CASE("Hint cells: complaints name the line and what is wrong", "[hint_file]") {
  CHECK_THAT(cells_message("0 0\n3 0\n"),
             ContainsSubstring("line 2: the row is 3, expected a multiple of 2 in [0,224)"));
  CHECK_THAT(cells_message("0 224"), ContainsSubstring("line 1: the column is 224"));
  CHECK_THAT(cells_message("-2 0"), ContainsSubstring("the row is -2"));
  CHECK_THAT(cells_message("\n\n0\n"), ContainsSubstring("line 3: the column is \"\", expected a whole number"));
  CHECK_THAT(cells_message("0 0 0"), ContainsSubstring("line 1: more than the two numbers"));
  CHECK_THAT(cells_message("0,0"), ContainsSubstring("the row is \"0,0\""));
  CHECK_THAT(cells_message("2.0 0"), ContainsSubstring("the row is \"2.0\""));
  CHECK_THAT(cells_message("+2 0"), ContainsSubstring("the row is \"+2\""));
  CHECK_THAT(cells_message("99999999999999999999 0"), ContainsSubstring("expected a whole number"));
  CHECK_THAT(cells_message(std::string_view("0 0\0", 4)), ContainsSubstring("the column is"));
}

TEST_CASE("Hint cells: what is written reads back", "[hint_file]") {
  const HintGrid grid(224, 224, 2);
  Random random(1234);
  const auto cells = random_hint_cells(random, grid, 200);
  CHECK(parse_hint_cells(format_hint_cells(cells, grid), grid) == cells);
  CHECK(format_hint_cells(std::vector<Index>{0, 113}, grid) == "0 0\n2 2\n");
  CHECK(format_hint_cells({}, grid).empty());
  CHECK_THROWS_AS(format_hint_cells(std::vector<Index>{112 * 112}, grid), ArgumentError);
  CHECK(hint_cells_path("hints", 2, 10, "picture.1").generic_string() == "hints/h2-n10/picture.1.txt");

  const auto path = std::filesystem::temp_directory_path() / "icolorit_test_hint_cells.txt";
  write_hint_cells(path, cells, grid);
  CHECK(read_hint_cells(path, grid) == cells);
  CHECK_THROWS_AS(read_hint_cells(path, HintGrid(224, 224, 16)), FormatError);
  CHECK_THROWS_WITH(read_hint_cells(path, HintGrid(224, 224, 16)),
                    ContainsSubstring("icolorit_test_hint_cells.txt") && ContainsSubstring("line 1"));
  std::filesystem::remove(path);
  CHECK_THROWS_AS(read_hint_cells(path, grid), FileError);
}

TEST_CASE("JSON hints: positions, colours, members in any order and company", "[hint_file]") {
  CHECK(parse_hints(R"({"hints":[]})", 100, 50).empty());
  const auto hints = parse_hints(
      R"({"by":"someone","hints":[{"color":"#C08040","y":49,"x":99,"note":null},{"x":0.0,"y":0,"color":"#08f"}]})", 100,
      50);
  REQUIRE(hints.size() == 2);
  CHECK(hints[0] == make_hint(99, 49, {0xc0, 0x80, 0x40}));
  CHECK(hints[1] == make_hint(0, 0, {0x00, 0x88, 0xff}));
}

TEST_CASE("JSON hints: positions on another size of the picture are scaled by pixel centres", "[hint_file]") {
  const std::string list = R"("hints":[{"x":0,"y":0,"color":"#fff"},{"x":199,"y":24,"color":"#fff"}]})";
  const auto scaled = parse_hints(R"({"width":200,"height":25,)" + list, 100, 50);
  CHECK(scaled[0].x == 0);
  CHECK(scaled[0].y == 1);  // the centre of a pixel twice as high lies on the edge of rows 0 and 1
  CHECK(scaled[1].x == 99);
  CHECK(scaled[1].y == 49);
  CHECK(parse_hints(R"({"width":200,"height":50,)" + list, 200, 50)[1].x == 199);
  const auto upright = parse_hints(R"({"height":25,)" + list, 200, 50);  // each axis by itself
  CHECK(upright[1].x == 199);
  CHECK(upright[1].y == 49);
}

TEST_CASE("JSON hints: complaints name the member at fault", "[hint_file]") {
  CHECK_THAT(hints_message("[]"), ContainsSubstring("the text is an array, expected an object"));
  CHECK_THAT(hints_message("{}"), ContainsSubstring("hints is missing, expected an array"));
  CHECK_THAT(hints_message(R"({"hints":{}})"), ContainsSubstring("hints is an object, expected an array"));
  CHECK_THAT(hints_message(R"({"hints":[1]})"), ContainsSubstring("hints[0] is a number, expected an object"));
  const std::string good = R"({"x":1,"y":1,"color":"#123456"},)";
  CHECK_THAT(hints_message(R"({"hints":[)" + good + good + good + R"({"x":1,"y":1,"color":7}]})"),
             ContainsSubstring("hints[3].color is a number, expected a string #RRGGBB"));
  CHECK_THAT(hints_message(R"({"hints":[)" + good + R"({"x":1,"y":1,"color":"redd"}]})"),
             ContainsSubstring("hints[1].color is \"redd\", expected a string #RRGGBB"));
  CHECK_THAT(hints_message(R"({"hints":[{"x":1,"color":"#123456"}]})"),
             ContainsSubstring("hints[0].y is missing, expected a whole number"));
  CHECK_THAT(hints_message(R"({"hints":[{"x":"1","y":1,"color":"#123456"}]})"),
             ContainsSubstring("hints[0].x is a string, expected a whole number in [0,99]"));
  CHECK_THAT(hints_message(R"({"hints":[{"x":1,"y":50,"color":"#123456"}]})"),
             ContainsSubstring("hints[0].y is 50, expected a whole number in [0,49]"));
  CHECK_THAT(hints_message(R"({"hints":[{"x":-1,"y":0,"color":"#123456"}]})"), ContainsSubstring("hints[0].x is -1"));
  CHECK_THAT(hints_message(R"({"hints":[{"x":1.5,"y":0,"color":"#123456"}]})"), ContainsSubstring("hints[0].x is 1.5"));
  CHECK_THAT(hints_message(R"({"width":0,"hints":[]})"), ContainsSubstring("width is 0, expected a whole number in"));
  CHECK_THAT(hints_message(R"({"height":1e300,"hints":[]})"), ContainsSubstring("height is 1e+300"));
  CHECK_THAT(hints_message("{"), ContainsSubstring("json: line 1"));
}

TEST_CASE("JSON hints: what is written reads back", "[hint_file]") {
  const std::vector<Hint> hints{make_hint(0, 0, {0, 0, 0}), make_hint(99, 49, {255, 254, 1})};
  CHECK(format_hints(hints, 100, 50) ==
        "{\"width\":100,\"height\":50,\"hints\":[\n"
        "{\"x\":0,\"y\":0,\"color\":\"#000000\"},\n"
        "{\"x\":99,\"y\":49,\"color\":\"#fffe01\"}\n]}\n");
  CHECK(parse_hints(format_hints(hints, 100, 50), 100, 50) == hints);
  CHECK(parse_hints(format_hints({}, 100, 50), 100, 50).empty());
  CHECK_THROWS_AS(format_hints(hints, 99, 50), ArgumentError);

  const auto path = std::filesystem::temp_directory_path() / "icolorit_test_hints.json";
  write_hints(path, hints, 100, 50);
  CHECK(read_hints(path, 100, 50) == hints);
  write_file(path, std::string_view(R"({"hints":5})"));
  CHECK_THROWS_AS(read_hints(path, 100, 50), FormatError);
  CHECK_THROWS_WITH(read_hints(path, 100, 50),
                    ContainsSubstring("icolorit_test_hints.json") && ContainsSubstring("hints is a number"));
  std::filesystem::remove(path);
}

TEST_CASE("Hint files: damage ends in a typed error or a harmless result", "[hint_file]") {
  const HintGrid grid(224, 224, 2);
  CHECK(survive_damage(to_bytes("0 0\n14 220\n"), [&](std::vector<std::byte> bytes) {
          for (const Index cell : parse_hint_cells(as_text(bytes), grid)) REQUIRE(cell < grid.cells());
        }) > 0);
  CHECK(survive_damage(to_bytes(R"({"width":9,"height":9,"hints":[{"x":1,"y":2,"color":"#123456"}]})"),
                       [](std::vector<std::byte> bytes) {
                         for (const Hint& hint : parse_hints(as_text(bytes), 100, 50))
                           REQUIRE_NOTHROW(expect_hint("test", hint, 100, 50));
                       }) > 0);
}

TEST_CASE("a hint folder says what its positions are counted in", "[hints]") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "icolorit_hint_folder";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "h4-n2");
  CHECK_FALSE(read_hint_folder(folder));
  CHECK_NOTHROW(expect_hint_folder(folder, HintGrid(224, 224, 2)));
  const HintFolder manifest{96, 4, 7, {1, 2}};
  write_hint_folder(folder, manifest);
  CHECK(read_hint_folder(folder) == manifest);
  CHECK_NOTHROW(expect_hint_folder(folder, HintGrid(96, 96, 4)));
  CHECK_THROWS_WITH(expect_hint_folder(folder, HintGrid(224, 224, 2)),
                    ContainsSubstring("96 x 96 pixels in cells of 4") && ContainsSubstring("--size 96"));
  const std::vector<Index> cells{0, 30};
  write_hint_cells(folder / "h4-n2" / "a.txt", cells, HintGrid(96, 96, 4));
  CHECK(read_revealed_cells(folder / "h4-n2" / "a.txt", HintGrid(96, 96, 4)) == cells);
  CHECK_THROWS_AS(read_revealed_cells(folder / "h4-n2" / "a.txt", HintGrid(96, 96, 2)), FormatError);
  for (const char* const text : {"[]", "{}", R"({"size":0,"cell":2,"seed":1})", R"({"size":"96","cell":2,"seed":1})"}) {
    write_file(hint_folder_manifest(folder), std::string_view(text));
    CHECK_THROWS_AS(read_hint_folder(folder), FormatError);
  }
  // A list of coloured hints is often called hints.json, too; and a manifest does not speak of files elsewhere.
  write_file(hint_folder_manifest(folder), std::string_view(R"({"hints":[{"x":1,"y":2,"color":"#fff"}]})"));
  CHECK_FALSE(read_hint_folder(folder));
  write_hint_folder(folder, manifest);
  std::filesystem::create_directories(folder / "mine");
  write_hint_cells(folder / "mine" / "a.txt", cells, HintGrid(96, 96, 4));
  CHECK(read_revealed_cells(folder / "mine" / "a.txt", HintGrid(192, 192, 4)).size() == 2);
  std::filesystem::remove_all(folder);
}

TEST_CASE("names of hint folders tell the cell and the number of hints", "[hints]") {
  CHECK(parse_hint_folder_name("h2-n10") == HintFolderName{2, 10});
  CHECK(parse_hint_folder_name(hint_cells_path("root", 16, 0, "a").parent_path().filename().string()) ==
        HintFolderName{16, 0});
  for (const char* const name : {"", "h", "h2", "h2-n", "h-n1", "h2n1", "h2-n1x", "h2-n-1", "h-2-n1", "h 2-n1",
                                 "xh2-n1", "h2-n99999999999999999999"})
    CHECK_FALSE(parse_hint_folder_name(name));
}

TEST_CASE("a hint in JSON may have a radius, and be neutral", "[hints]") {
  const std::vector<Hint> hints = parse_hints(
      R"({"width":100,"height":50,"hints":[{"x":10,"y":10,"neutral":true,"radius":4},{"x":20,"y":20,"color":"#ff0000"}]})",
      200, 100);
  REQUIRE(hints.size() == 2);
  CHECK(hints[0].radius == 8);  // the picture is twice as large
  CHECK((hints[0].color.a == 0 && hints[0].color.b == 0));
  CHECK(hints[1].radius == 0);
  const std::vector<Hint> again = parse_hints(format_hints(hints, 200, 100), 200, 100);
  CHECK(again[0].radius == 8);
  CHECK(std::abs(again[0].color.a) < .1f);
  CHECK_THROWS_WITH(parse_hints(R"({"hints":[{"x":1,"y":1,"color":"#fff","radius":-1}]})", 9, 9),
                    ContainsSubstring("hints[0].radius is -1"));
  CHECK_THROWS_WITH(parse_hints(R"({"hints":[{"x":1,"y":1,"color":"#fff","radius":"4"}]})", 9, 9),
                    ContainsSubstring("hints[0].radius"));
}

TEST_CASE("strokes are lines of hints, on a picture of any size", "[hint_file]") {
  const std::string text = R"({"width": 100, "height": 50, "strokes": [{"points": [[10, 20], [30, 20]], "color": "red",
    "radius": 5, "name": "coat", "note": "ask aunt"}, {"points": [[1, 1]], "neutral": true}]})";
  const std::vector<Hint> hints = parse_hints(text, 200, 100);
  REQUIRE(hints.size() == 6);  // 40 pixels in steps of the radius, 10, and the neutral one
  CHECK(hints[0] == Hint{20, 40, parse_color("red"), 10});
  CHECK(hints[4].x == 60);
  CHECK(hints[5] == Hint{2, 2, {}, 0});
  const std::string both =
      R"({"hints": [{"x": 3, "y": 4, "color": "blue"}], "strokes": [{"points": [[1, 1]], "color": "red"}]})";
  REQUIRE(parse_hints(both, 10, 10).size() == 2);
  CHECK(parse_hints(both, 10, 10)[1].x == 3);  // of several in one place the last counts
  CHECK_THROWS_WITH(parse_hints(R"({"strokes": [{"points": [[1, 1], [1]], "color": "red"}]})", 10, 10),
                    ContainsSubstring("strokes[0].points[1] is an array, expected a point [x,y]"));
  CHECK_THROWS_WITH(parse_hints(R"({"strokes": [{"points": [], "color": "red"}]})", 10, 10),
                    ContainsSubstring("strokes[0].points is empty"));
}

TEST_CASE("hint files of demo_icolorit_lora are read in every form", "[hint_file]") {
  const std::string hint = R"({"pos_base": [130, 194], "pos_224": [56, 57], "L_at_224": 50.1, "user_rgb": [200, 60, 40],
    "snap_rgb": [190, 70, 50], "snap_lab": {"L": 45, "a": 50, "b": 40}, "width": 23})";
  const std::string old = R"({"pos": [130, 194], "user_rgb": [200, 60, 40], "exact_ab": [40.5, -20], "width": 1})";
  for (const std::string& text :
       {"[" + hint + "]", R"({"image_file": "x.png", "load_size": 224, "hints": [)" + hint + "]}"}) {
    const std::vector<Hint> hints = parse_hints(text, 1280, 640);
    REQUIRE(hints.size() == 1);
    // 1280 x 640 stands in the window as 512 x 256 from (0, 128) on
    CHECK(hints[0].x == 326);  // (130 + .5) / 512 * 1280
    CHECK(hints[0].y == 166);  // (194 - 128 + .5) / 256 * 640
    CHECK(hints[0].color == Lab<float>(Rgb<std::uint8_t>{190, 70, 50}));
    CHECK(hints[0].radius == Approx(11.5 * 1280 / 512));
  }
  const std::string session = R"({"version": "1.2", "target_png": "t.png", "hints": [)";
  const std::vector<Hint> exact = parse_hints(session + old + "]}", 1280, 640);
  REQUIRE(exact.size() == 1);
  CHECK(exact[0].color.a == 40.5f);
  CHECK(exact[0].color.b == -20.f);
  CHECK(exact[0].radius == 0);
  CHECK(parse_hints(session + "]}", 1280, 640).empty());
  // the window was of another size: the network's pixel counts
  const std::string wide = R"([{"pos_base": [800, 400], "pos_224": [56, 112], "snap_rgb": [1, 2, 3]}])";
  CHECK(parse_hints(wide, 448, 448)[0].x == 113);
  CHECK(parse_hints(wide, 448, 448)[0].y == 225);
  for (const char* wrong : {R"([{"pos_224": [1, 2]}])", R"([{"pos_224": 1, "pos": [1, 2], "user_rgb": [1, 2, 3]}])",
                            R"([{"pos_224": [1, 2], "pos": [1, 2], "user_rgb": "red"}])"})
    CHECK_THROWS_WITH(parse_hints(wrong, 10, 10), ContainsSubstring("hints[0].") && ContainsSubstring("numbers"));
}
