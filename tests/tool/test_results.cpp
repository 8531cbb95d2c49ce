// Where results go: the line that says so, and outputs that would cost the user an input.
#include <filesystem>
#include <string>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/json.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

TEST_CASE("a result is reported in one line, as data, or not at all", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  const std::string colorize = "colorize in.png -o out.png --hint '1,1=#f00' --hint '9,9=#00f' --engine optimization";
  const std::string line = box.report(colorize);
  CHECK(line.starts_with("out.png: optimisation, 2 hints, "));
  CHECK(line.ends_with(" ms\n"));

  const Outcome data = box.run(colorize + " --json");
  CHECK(data.err.empty());
  const json::Value object = json::parse(data.out);
  CHECK(json::as_string(json::at(object, "file")) == "out.png");
  CHECK(json::as_string(json::at(object, "engine")) == "optimization");
  CHECK(json::find(object, "weights") == nullptr);
  CHECK(json::as_integer(json::at(object, "hints")) == 2);
  CHECK(json::as_number(json::at(object, "milliseconds")) >= 0);

  const Outcome quiet = box.run(colorize + " --quiet");
  CHECK(quiet.code == 0);
  CHECK((quiet.out + quiet.err).empty());
  CHECK_THAT(box.bad(2, colorize + " --quiet --json"), ContainsSubstring("excludes"));
}

TEST_CASE("no command replaces what it reads, by whatever path", "[tool][errors]") {
  Sandbox box;
  fs::create_directory(box / "folder");
  write_image(noise(20, 10, 3), box / "folder/in.png");
  fs::create_symlink("folder/in.png", box / "symbolic.png");
  fs::create_hard_link(box / "folder/in.png", box / "hard.png");
  fs::copy_file(checkpoint, box / "weights.pth");
  write_file(box / "hints.json", std::string_view(R"({"hints":[{"x":1,"y":1,"color":"#f00"}]})"));
  const std::string picture = text_of(box / "folder/in.png"), weights = text_of(box / "weights.pth");

  const std::string colorize = "colorize folder/in.png --hints hints.json -o ";
  for (const std::string& refused :
       {colorize + "folder/in.png", colorize + "folder/../folder/in.png", colorize + "symbolic.png",
        colorize + "hard.png", std::string("colorize symbolic.png --hint '1,1=#f00' -o folder/in.png"),
        colorize + "out.png --ab-out hints.json", colorize + "out.png --ab-out weights.pth --model weights.pth",
        std::string("convert weights.pth weights.pth"), std::string("pack --images folder --out folder/in.png")})
    CHECK_THAT(box.bad(2, refused), ContainsSubstring("which would be lost") && ContainsSubstring("--overwrite"));
  CHECK_THAT(box.bad(2, colorize + "out.png --ab-out ./out.png"), ContainsSubstring("the same file"));
  CHECK(text_of(box / "folder/in.png") == picture);
  CHECK(text_of(box / "weights.pth") == weights);

  box.good(colorize + "folder/in.png --overwrite");
  CHECK(text_of(box / "folder/in.png") != picture);
  CHECK(text_of(box / "hard.png") == picture);  // another name of the old file
  box.good("convert weights.pth weights.pth --dtype bf16 --overwrite");
  CHECK(text_of(box / "weights.pth") != weights);
}
