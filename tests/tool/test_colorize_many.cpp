// icolorit colorize on folders and lists of pictures.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/json.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const std::string network = " --no-provenance --weights " + quoted(checkpoint);  // without the time of day
constexpr std::string_view red = R"({"hints":[{"x":5,"y":5,"color":"#c03020"}]})";
constexpr std::string_view blue = R"({"width":40,"height":30,"hints":[{"x":5,"y":5,"color":"#2040a0"}]})";

/// Three grey scans, two of them with hints.
struct Scans : Sandbox {
  Scans() {
    fs::create_directory(*this / "scans");
    write_image(noise(40, 30, 1, 1), *this / "scans/a.png");
    write_image(noise(40, 30, 1, 2), *this / "scans/b.jpg");
    write_image(noise(50, 30, 1, 3), *this / "scans/c.tif");
    write_file(*this / "scans/a.hints.json", red);
    write_file(*this / "scans/b.hints.json", blue);
  }
};

std::vector<json::Value> objects(const std::string& text) {
  std::vector<json::Value> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) lines.push_back(json::parse(line));
  std::ranges::sort(lines, {}, [](const json::Value& line) { return json::as_string(line.at("file")); });
  return lines;
}

}  // namespace

TEST_CASE("a folder of pictures is coloured as each of them would be, with the hints beside it", "[tool]") {
  Scans box;
  const auto lines = objects(box.good("colorize scans -o colored --json --threads 2" + network));
  REQUIRE(lines.size() == 3);
  CHECK(json::as_string(lines[0].at("file")) == "colored/a.png");
  CHECK(json::as_string(lines[0].at("input")) == "scans/a.png");
  CHECK(json::as_integer(lines[0].at("hints")) == 1);
  CHECK(json::as_integer(lines[2].at("hints")) == 0);
  box.good("colorize scans/a.png -o a.png --hints scans/a.hints.json" + network);
  box.good("colorize scans/b.jpg -o b.jpg --hints scans/b.hints.json" + network);
  box.good("colorize scans/c.tif -o c.tif" + network);
  for (const std::string name : {"a.png", "b.jpg", "c.tif"})
    CHECK(text_of(box / name) == text_of(box / ("colored/" + name)));
}

TEST_CASE("a list of pictures goes into a folder, in a format, with hints from another folder", "[tool]") {
  Scans box;
  fs::create_directory(box / "hints");
  fs::rename(box / "scans/b.hints.json", box / "hints/c.hints.json");  // for 40 x 30, the picture has 50 x 30
  const auto lines =
      objects(box.good("colorize scans/a.png scans/c.tif -o out/ --format webp --hints-dir hints --json" + network));
  REQUIRE(lines.size() == 2);
  CHECK(json::as_string(lines[0].at("file")) == "out/a.webp");
  CHECK(json::as_integer(lines[0].at("hints")) == 0);
  CHECK(json::as_integer(lines[1].at("hints")) == 1);
  CHECK(json::as_bool(lines[1].at("stretched")));
  CHECK(read_image(box / "out/c.webp").width() == 50);
}

TEST_CASE("a folder of hints that is none, and - among several pictures, are refused", "[tool][errors]") {
  Scans box;
  CHECK_THAT(box.bad(2, "colorize scans -o out --hints-dir hnts" + network), ContainsSubstring("is no folder"));
  CHECK_THAT(box.bad(2, "colorize scans/a.png - -o out" + network), ContainsSubstring("- is for one picture"));
  CHECK_THAT(box.bad(2, "colorize scans -o - --format png" + network), ContainsSubstring("- is for one picture"));
  CHECK(!fs::exists(box / "out"));
  CHECK(!fs::exists(box / "-"));
}

TEST_CASE("results of before are kept with --resume, and refused without a word about them", "[tool][errors]") {
  Scans box;
  box.good("colorize scans -o colored" + network);
  fs::remove(box / "colored/b.jpg");
  write_file(box / "colored/a.png", std::string_view("retouched"));
  CHECK_THAT(box.bad(2, "colorize scans -o colored" + network),
             ContainsSubstring("2 results of before are there") && ContainsSubstring("--resume keeps them"));
  CHECK(!fs::exists(box / "colored/b.jpg"));
  const Outcome resumed = box.run("colorize scans -o colored --resume" + network);
  CHECK(resumed.code == 0);
  CHECK_THAT(resumed.err,
             ContainsSubstring("colored/b.jpg: fusion with") && ContainsSubstring("note: 2 pictures left"));
  CHECK(text_of(box / "colored/a.png") == "retouched");
  box.good("colorize scans -o colored --overwrite" + network);
  CHECK(read_image(box / "colored/a.png").width() == 40);
}

TEST_CASE("a picture that fails costs nothing but itself, and the tool ends with 1", "[tool][errors]") {
  Scans box;
  write_file(box / "scans/b.jpg", std::string_view("no picture"));
  write_file(box / "scans/c.hints.json", std::string_view("{"));
  write_file(box / "scans/notes.txt", std::string_view("text"));
  fs::create_directory(box / "scans/more");
  const Outcome outcome = box.run("colorize scans -o colored --json" + network);
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err,
             ContainsSubstring("left out of \"scans\": more (a folder), notes.txt (no ending of a picture)") &&
                 ContainsSubstring("2 of 3 pictures could not be coloured; all others are in \"colored\""));
  const auto lines = objects(outcome.out);
  REQUIRE(lines.size() == 3);
  CHECK(json::find(lines[0], "error") == nullptr);
  CHECK_THAT(json::as_string(lines[1].at("error")), ContainsSubstring("scans/b.jpg"));
  CHECK_THAT(json::as_string(lines[2].at("error")), ContainsSubstring("c.hints.json"));
  CHECK(fs::exists(box / "colored/a.png"));
  CHECK(!fs::exists(box / "colored/c.tif"));
  CHECK_THAT(box.run("colorize scans -o again" + network).err,
             ContainsSubstring("icolorit: cannot read \"scans/b.jpg\""));
}

TEST_CASE("hint files that fit no picture are named", "[tool]") {
  Scans box;
  fs::rename(box / "scans/a.hints.json", box / "scans/A.hints.json");
  const auto outcome = box.run("colorize scans -o out --json" + network);
  CHECK_THAT(outcome.err,
             ContainsSubstring("no picture here has the name of A.hints.json") && !ContainsSubstring("b.hints.json"));
  CHECK(json::as_integer(objects(outcome.out)[0].at("hints")) == 0);
}

TEST_CASE("one picture with hints goes into a folder under its own name", "[tool]") {
  Scans box;
  fs::create_directory(box / "out");
  box.good("colorize scans/c.tif -o out --hint 5,5=red" + network);
  box.good("colorize scans/c.tif -o out/ --format png --hint 5,5=red" + network);
  CHECK(read_image(box / "out/c.tif") == read_image(box / "out/c.png"));
  CHECK_THAT(box.bad(2, "colorize scans/c.tif -o out --hint 5,5=red" + network),
             ContainsSubstring("the output \"out/c.tif\" exists already"));
}

TEST_CASE("hints beside a picture that is coloured without any are told", "[tool]") {
  Scans box;
  CHECK_THAT(box.run("colorize scans/a.png -o a.png" + network).err,
             ContainsSubstring("--hints \"scans/a.hints.json\" uses them"));
  CHECK_THAT(box.run("colorize scans/c.tif -o c.tif" + network).err, !ContainsSubstring("beside"));
}

TEST_CASE("what several pictures cannot have is refused before anything is made", "[tool][errors]") {
  Scans box;
  fs::create_directory(box / "other");
  write_image(noise(20, 10, 1), box / "other/a.png");
  const auto [arguments, complaint] = GENERATE(table<std::string, std::string>({
      {"colorize scans -o colored --hint 1,1=red", "NAME.hints.json beside each"},
      {"colorize scans other -o colored", "would both become \"colored/a.png\""},
      {"colorize scans -o scans", "would replace what they are made from, scans/a.png, scans/b.jpg"},
      {"colorize scans -o scans --overwrite", "give --out another folder"},
      {"colorize scans/a.png scans/b.jpg -o scans/ --resume", "would replace what they are made from"},
      {"colorize scans/a.png scans/b.jpg -o scans/a.hints.json", "is a file"},
  }));
  const std::vector<std::string> before = box.files();
  CHECK_THAT(box.bad(2, arguments), ContainsSubstring(complaint));
  CHECK(box.files() == before);
}
