// Where results go: the line that says so, and outputs that would cost the user an input.
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/io/utf8.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

TEST_CASE("a result is reported in one line, as data, or not at all", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  const std::string colorize =
      "colorize in.png -o out.png --overwrite --hint '1,1=#f00' --hint '9,9=#00f' --engine optimization";
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

TEST_CASE("a file that exists already is no output unless --overwrite says so", "[tool][errors]") {
  Sandbox box;
  fs::create_directories(box / "truth");
  write_image(noise(20, 10, 3), box / "truth/a.png");
  fs::copy_file(checkpoint, box / "weights.pth");
  for (const std::string name : {"old.png", "old.npy", "old.pth", "old.pack", "old.csv", "plot.svg"})
    write_file(box / name, std::string_view("the work of a year"));
  const std::string colorize = "colorize truth/a.png --hint '1,1=#f00' --engine optimization ";
  const std::vector<std::string> commands{colorize + "-o old.png",
                                          colorize + "-o new.png --ab-out old.npy",
                                          "convert weights.pth old.pth",
                                          "pack --images truth --out old.pack",
                                          "evaluate --images truth --pred truth --csv old.csv",
                                          "evaluate --images truth --pred truth --csv plot.csv"};
  const std::vector<std::string> files = box.files();
  for (const std::string& command : commands)
    CHECK_THAT(box.bad(2, command), ContainsSubstring("exists already") && ContainsSubstring("--overwrite"));
  CHECK(box.files() == files);
  for (const std::string& file : files)
    if (file.starts_with("old") || file == "plot.svg") CHECK(text_of(box / file) == "the work of a year");
  for (const std::string& command : commands) box.good(command + " --overwrite");
  CHECK(text_of(box / "old.png") != "the work of a year");
  box.good(colorize + "-o third.png --ab-out /dev/null");  // which keeps nothing that could be lost
}

TEST_CASE("no command that fills a folder replaces what it reads there, by whatever path", "[tool][errors]") {
  Sandbox box;
  fs::create_directories(box / "truth");
  fs::create_directories(box / "run");
  write_image(noise(48, 48, 3), box / "truth/a.png");
  fs::copy_file(checkpoint, box / "weights.pth");
  const std::string model = " --model weights.pth";
  box.good("convert weights.pth run/weights.safetensors");
  box.good("make-hints --images truth --out hints --counts 2 --size 48");
  box.good("infer --images truth --hints hints --counts 2 --out pred" + model);
  box.good("analyse truth/a.png -o maps --reveal-random 2" + model);
  for (const std::string folder : {"links/h2-n2", "links/h2-n0", "kept"}) fs::create_directories(box / folder);
  fs::create_symlink("../../truth/a.png", box / "links/h2-n2/a.txt");
  fs::create_hard_link(box / "truth/a.png", box / "links/h2-n0/a.png");
  fs::create_hard_link(box / "truth/a.png", box / "table.svg");
  fs::copy_file(checkpoint, box / "kept/weights-0002.safetensors");

  const std::string train = "train --images truth --epochs 2 --keep-every 2 --init ";
  const std::vector<std::string> commands{"make-hints --images truth --out links --counts 2 --size 48",
                                          "infer --images truth --counts 0 --out links" + model,
                                          "infer --images pred/h2-n2 --hints hints --counts 2 --out pred" + model,
                                          "analyse maps/after.png -o maps --reveal-random 2" + model,
                                          "analyse truth/a.png -o maps --reveal maps/change.png" + model,
                                          "evaluate --truth truth --pred pred --csv truth/a.png",
                                          "evaluate --truth truth --pred pred --csv table.csv",
                                          "evaluate --truth truth --pred pred --hints hints --csv hints/h2-n2/a.txt",
                                          train + "run/weights.safetensors --out run",
                                          train + "kept/weights-0002.safetensors --out kept"};
  const std::vector<std::string> files = box.files();
  std::vector<std::string> contents;
  for (const std::string& file : files) contents.push_back(text_of(box / file));
  for (const std::string& refused : commands)
    CHECK_THAT(box.bad(2, refused), ContainsSubstring("which would be lost") && ContainsSubstring("--overwrite"));
  REQUIRE(box.files() == files);
  for (std::size_t i = 0; i < files.size(); ++i) CHECK(text_of(box / files[i]) == contents[i]);

  box.good(commands[3] + " --overwrite");
  box.good(commands[6] + " --overwrite");
  box.good(commands[8] + " --overwrite --threads 1");
  CHECK(text_of(box / "table.svg").starts_with("<svg"));
}

namespace {

/// A folder name too long for a message, and a picture in it that nobody can read.
std::string make_long_folder(const Sandbox& box, const std::string& letter) {
  std::string folder;
  for (int depth = 0; depth < 4; ++depth) {
    folder += depth > 0 ? "/" : "";
    for (int i = 0; i < 100; ++i) folder += letter;
  }
  fs::create_directories(box / folder);
  write_file(box / (folder + "/broken.png"), std::string_view("no picture"));
  return folder;
}

}  // namespace

TEST_CASE("no message is longer than 300 bytes, whatever the names in it", "[tool][errors]") {
  Sandbox box;
  const std::string letter = GENERATE(std::string("x"), std::string("\u00e4"));
  const std::string folder = make_long_folder(box, letter);
  write_image(noise(8, 8, 3), box / (folder + "/good.png"));
  // bad() looks at the length.
  const std::string unreadable = box.bad(1, "colorize " + folder + "/broken.png -o out.png");
  CHECK_THAT(unreadable, ContainsSubstring("cannot read \"" + letter + letter) &&
                             ContainsSubstring(letter + "/broken.png\": not a PNG, JPEG, WebP or TIFF picture"));
  CHECK(is_utf8(unreadable));
  CHECK_THAT(box.bad(2, "colorize " + folder + "/good.png -o " + folder + "/good.png"),
             ContainsSubstring("/good.png\" is the input \"") &&
                 ContainsSubstring("/good.png\", which would be lost") &&
                 ContainsSubstring("(--overwrite replaces even that)"));
  CHECK_THAT(box.bad(1, "inspect " + folder + "/none.pth"), ContainsSubstring("/none.pth\": No such file"));
  CHECK_THAT(box.bad(2, "colorize " + folder + "/good.png -o out.png --hint " + folder),
             ContainsSubstring("write it as X,Y="));
  CHECK_THAT(box.bad(2, folder), ContainsSubstring("there is no command") && ContainsSubstring("icolorit --help"));
  CHECK_THAT(box.bad(2, "train --out run --images " + folder + " --init " + quoted(checkpoint) + " --batch 9"),
             ContainsSubstring("give --batch 2 or less"));
  std::string words;
  for (int i = 0; i < 200; ++i) words += letter + ' ';
  CHECK(is_utf8(box.bad(2, "colorize in.png -o out.png --hint '" + words + '\'')));

  const Outcome notes = box.run("make-hints --images " + folder + " --out hints --counts 1");
  CHECK(notes.code == 0);
  CHECK_THAT(notes.err, ContainsSubstring("1 unreadable picture left out"));
  std::istringstream lines(notes.err);
  for (std::string line; std::getline(lines, line);) {
    CHECK(line.size() < 300);
    CHECK(is_utf8(line));
  }
}
