// The tool's command line: help, and what it says to arguments and files that it cannot use.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;

TEST_CASE("help and version", "[tool]") {
  Sandbox box;
  CHECK_THAT(box.good("--help"), ContainsSubstring("colorize") && ContainsSubstring("make-hints"));
  CHECK(box.good("--version") == ICOLORIT_VERSION "\n");
  for (const std::string command : {"colorize", "infer", "make-hints", "evaluate", "analyse", "convert", "inspect",
                                    "pack", "train", "bench", "completion"})
    CHECK_THAT(box.good(command + " --help"),
               ContainsSubstring("Usage: icolorit " + command) && !ContainsSubstring("INT"));
}

TEST_CASE("help of a command, under each of its spellings", "[tool]") {
  Sandbox box;
  CHECK(box.good("help") == box.good("--help"));
  CHECK(box.good("help colorize") == box.good("colorize --help"));
  CHECK(box.good("help colourise") == box.good("colorize --help"));
  CHECK(box.good("help analyze") == box.good("analyse --help"));
  const std::string help = box.good("help colorize");
  CHECK_THAT(help, ContainsSubstring("-o,--out FILE REQUIRED") && ContainsSubstring("--device NAME=cpu") &&
                       ContainsSubstring("\nEngine:\n"));
  CHECK_THAT(help, !ContainsSubstring("TEXT") && !ContainsSubstring(" in [") && !ContainsSubstring("Excludes"));
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
}

TEST_CASE("a command line without sense ends with 2", "[tool][errors]") {
  Sandbox box;
  write_image(noise(20, 10, 3), box / "in.png");
  const std::string weights = " --weights " + quoted(checkpoint);
  const auto [arguments, complaint] = GENERATE_COPY(table<std::string, std::string>({
      {"", "give a command: colorize"},
      {"coloriza in.png", "there is no command coloriza, did you mean colorize? See icolorit --help"},
      {"eval --truth in", "there is no command eval, did you mean evaluate?"},
      {"xyzzy in.png", "there is no command xyzzy; see icolorit --help"},
      {"help coloriza", "did you mean colorize?"},
      {"--quiet colorize in.png -o out.png", "icolorit has no option --quiet"},
      {"colorize in.png --ouput out.png", "colorize has no option --ouput, did you mean --out?"},
      {"convert in.pth out.pth b.pth c.pth", "convert has no use for \"b.pth\", \"c.pth\"; see"},
      {"colorize in.png b.png -o in.png", "several pictures need a folder: --out \"in.png\" is a file"},
      {"colorize . -o out.png", "several pictures need a folder: --out \"out.png\" is named like a picture"},
      {"convert in.pth", "OUT is required"},
      {"colorize in.png -o out.png --seed=-1 --reveal-random 2", "--seed"},
      {"colorize -o out.png", "IN is required"},
      {"colorize in.png -o out.png --hint 3, 4=red", "there is no picture \"4=red\": write a hint as one word"},
      {"colorize in.png -o out.png --hint '3,4=light' blue", "there is no picture \"blue\""},
      {"colorize in.png", "--out is required"},
      {"colorize in.png -o out.bmp", "must end in .png, .jpg"},
      {"colorize in.png -o out", "must end in .png, .jpg"},
      {"colorize in.png -o out.png --hint 3,4", "--hint 3,4: write it as X,Y=#RRGGBB"},
      {"colorize in.png -o out.png --hint 3;4=#fff", "--hint 3"},
      {"colorize in.png -o out.png --hint 3,4=12345", "\"12345\" is no colour"},
      {"colorize in.png -o out.png --hint 3,4=#12345g", "\"#12345g\" is no colour"},
      {"colorize in.png -o out.png --hint 3,4=redd", "\"redd\" is no colour, write #RRGGBB, #RGB or a name"},
      {"colorize in.png -o out.png --hint 1,1=#fff --hint 20,4=#fff", "--hint 20,4=#fff lies outside"},
      {"colorize in.png -o out.png --hint 3,10=#fff", "20 x 10 pixels"},
      {"colorize in.png -o out.png --hint -1,4=#fff", "--hint -1,4=#fff lies outside"},
      {"colorize in.png -o out.png --reveal a.txt --reveal-random 3", "--reveal excludes --reveal-random"},
      {"colorize in.png -o out.png --reveal-random -3", "--reveal-random"},
      {"colorize in.png -o out.png --reveal-random 99999", "99999 hints wanted of 12544 cells"},
      {"colorize in.png -o out.png --seed 3", "--seed requires --reveal-random"},
      {"colorize in.png -o out.png --engine magic", "magic"},
      {"colorize in.png -o out.png --engine optimization" + weights, "uses no weights"},
      {"colorize in.png -o out.png --variant huge" + weights,
       "known are icolorit_base_4ch_patch16_224, icolorit_small"},
      {"colorize in.png -o out.png --head cnn --engine optimization", "give --model FILE"},
      {"colorize in.png -o out.png --head mlp" + weights, "use cnn, linear or locattn"},
      {"colorize in.png -o out.png --size 50" + weights, "--size 50 is not a multiple of the network's patch, 8"},
      {"colorize in.png -o out.png --size 7 --protocol paper", "--size 7 is not a multiple"},
      {"colorize in.png -o out.png --size 0", "--size"},
      {"colorize in.png -o out.png --threads -1", "--threads"},
      {"colorize in.png -o out.png --upsample nearest", "nearest"},
      {"colorize in.png -o out.png --protocol fast", "fast"},
      {"colorize in.png -o out.png --protocol paper --hint 1,1=#fff", "use --reveal"},
      {"colorize in.png -o out.png --protocol paper --upsample guided", "leave out --upsample"},
      {"infer --images . --out p --counts 1", "give their folder with --hints"},
      {"infer --images . --out p", "--counts is required"},
      {"make-hints --images . --out h --counts 9 --size 4", "only 4 hint cells"},
      {"make-hints --images . --out h --counts 1 --size 5", "do not tile 5 x 5"},
      {"convert a.pth b.npz", "must end in .safetensors"},
      {"convert a.pth b.safetensors --dtype f8", "f8"},
      {"inspect in.png --verify", "only weights and packs can be verified"},
      {"inspect", "FILE is required"},
  }));
  std::string shell_safe = arguments;
  if (const auto at = shell_safe.find(';'); at != shell_safe.npos) shell_safe.insert(at, "\\");
  for (std::size_t at = 0; (at = shell_safe.find('#', at)) != shell_safe.npos; at += 2) shell_safe.insert(at, "\\");
  CHECK_THAT(box.bad(2, shell_safe), ContainsSubstring(complaint));
  CHECK(box.files() == std::vector<std::string>{"in.png"});
}

TEST_CASE("what cannot be read or used is named", "[tool][errors]") {
  Sandbox box;
  write_image(noise(20, 10, 3), box / "in.png");
  write_image(noise(20, 10, 1), box / "grey.png");
  write_image(converted(noise(20, 10, 1), 3, 8), box / "grey_rgb.png");
  write_file(box / "empty.png", std::string_view());
  write_file(box / "text.png", std::string_view("not a picture"));
  write_file(box / "truncated.png", std::string_view(text_of(box / "in.png")).substr(0, 100));
  write_file(box / "outside.json", std::string_view(R"({"hints":[{"x":20,"y":1,"color":"#f00"}]})"));
  write_file(box / "color.json", std::string_view(R"({"hints":[{"x":1,"y":1,"color":"#f0"}]})"));
  write_file(box / "array.json", std::string_view(R"([{"x":1,"y":1,"color":"#f00"}])"));
  write_file(box / "broken.json", std::string_view(R"({"hints":[)"));
  write_file(box / "cells.txt", std::string_view("2 4\n3 4\n"));
  const auto [arguments, complaint] = GENERATE_COPY(table<std::string, std::string>({
      {"colorize none.png -o out.png", "there is no file or folder \"none.png\""},
      {"colorize empty.png -o out.png", "the file is empty"},
      {"colorize text.png -o out.png", "not a PNG, JPEG, WebP or TIFF picture"},
      {"colorize truncated.png -o out.png", "cannot read \"truncated.png\""},
      {"colorize grey.png -o out.png --reveal-random 3",
       "is a grey picture, or toned in one hue, and has no colours to reveal: give hints"},
      {"colorize grey_rgb.png -o out.png --reveal-random 3", "is a grey picture"},
      {"colorize grey.png -o out.png --reveal cells.txt --protocol paper", "is a grey picture"},
      {"colorize in.png -o out.png --reveal cells.txt", "line 2: the row is 3, expected a multiple of 2"},
      {"colorize in.png -o out.png --reveal none.txt", "none.txt"},
      {"colorize in.png -o out.png --hints outside.json", "hints[0].x is 20, expected a whole number in [0,19]"},
      {"colorize in.png -o out.png --hints color.json", "hints[0].color"},
      {"colorize in.png -o out.png --hints array.json",
       R"(expected an object like {"hints":[{"x":120,"y":80,"color":"#c8402e"}]})"},
      {"colorize in.png -o out.png --hints broken.json", "broken.json"},
      {"colorize in.png -o none/out.png --hint '1,1=#f00'", "there is no folder \"none\""},
      {"colorize in.png -o /proc/out.png --hint '1,1=#f00'", "cannot write \"/proc/out.png\""},
      {"colorize in.png -o out.png --hint '1,1=#f00' --ab-out none/ab.npy", "there is no folder \"none\""},
      {"colorize in.png -o out.png --weights none.pth", "none.pth"},
      {"colorize in.png -o out.png --weights in.png", "in.png"},
      {"colorize in.png -o out.png --weights " + quoted(golden / "checkpoints" / "bare.pth"), "not iColoriT weights"},
      {"colorize in.png -o out.png --weights " + quoted(checkpoint) + " --head linear", "head.head.weight"},
      {"infer --images none --out p --counts 0", "cannot read the folder \"none\": No such file"},
      {"make-hints --images none --out h --counts 0", "cannot read the folder \"none\": No such file"},
      {"convert none.pth out.safetensors", "none.pth"},
      {"convert " + quoted(golden / "checkpoints" / "bare.pth") + " out.safetensors", "cannot convert"},
      {"inspect none.pth", "none.pth"},
      {"inspect text.png", "inspect knows pictures, weights (.pth, .safetensors), packs"},
      {"inspect .", "not a regular file"},
      {"inspect --verify " + quoted(checkpoint), "holds no self-check: icolorit convert writes one"},
  }));
  const std::vector<std::string> before = box.files();
  const Outcome outcome = box.run(arguments);
  INFO(arguments << ": " << outcome.err);
  CHECK(outcome.code == 1);
  CHECK(std::ranges::count(outcome.err, '\n') == 1);
  CHECK_THAT(outcome.err, ContainsSubstring(complaint));
  CHECK(box.files() == before);
}

TEST_CASE("a device that is not there, and a precision that it has not, are said", "[tool]") {
  Sandbox box;
  const std::string bench = "bench --variant icolorit_tiny_4ch_patch32_224 --size 32 --iterations 1";
  CHECK_THAT(box.bad(2, bench + " --precision f16"), ContainsSubstring("needs --device cuda"));
  CHECK_THAT(box.bad(2, bench + " --precision int8 --device cuda"), ContainsSubstring("needs --device cpu"));
  CHECK_THAT(box.bad(2, bench + " --device tpu"), ContainsSubstring("--device"));
  CHECK_THAT(box.good(bench + " --precision bf16"), ContainsSubstring("bf16"));
  const auto result = box.run(bench + " --device cuda");
  // 0 where there is a device, 1 where the module for CUDA finds none, 2 where there is no such module.
  if (result.code == 1) CHECK_THAT(result.err, ContainsSubstring("there is no CUDA device"));
  if (result.code == 2) CHECK_THAT(result.err, ContainsSubstring("there is no CUDA in this icolorit"));
  CHECK(result.code <= 2);
}

TEST_CASE("completions and the manual page name every command and option", "[tool]") {
  Sandbox box;
  const std::string manual = box.good("help --man"), bash = box.good("completion bash"),
                    zsh = box.good("completion zsh"), fish = box.good("completion fish");
  for (const std::string command : {"colorize", "make-hints", "train", "completion"})
    for (const std::string& text : {bash, zsh, fish}) CHECK_THAT(text, ContainsSubstring(command));
  CHECK_THAT(manual, ContainsSubstring(".SS colorize") && ContainsSubstring("\\fB\\-\\-jpeg\\-quality\\fR") &&
                         ContainsSubstring("\\fIFILE\\fR") && ContainsSubstring(ICOLORIT_VERSION));
  CHECK_THAT(fish, ContainsSubstring("-s o -l out -r -F"));
  CHECK_THAT(zsh, ContainsSubstring("'(-o --out)--out''['") && ContainsSubstring("\\[that of the ending of --out\\]") &&
                      ContainsSubstring("'[''Print this help message and exit'']' \\\n"));
  write_file(box / "complete.bash", std::string_view(bash + R"(
complete_words() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  compopt() { :; }
  _icolorit
  echo "${COMPREPLY[@]}"
}
complete_words icolorit eva
complete_words icolorit colorize in.png --over
complete_words icolorit colorize -o --over
)"));
  const Outcome outcome = box.run("complete.bash", "", "bash");
  CHECK(outcome.out == "evaluate\n--overwrite\n\n");
  CHECK(outcome.err.empty());
  CHECK(box.good("-V") == box.good("--version"));
}
