// icolorit colorize: a picture at its own size and depth.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

TEST_CASE("the sample picture with its hints becomes colourful at its own size", "[tool]") {
  Sandbox box;
  box.good(concat("colorize ", examples / "pictures" / "sample_grey.png", " -o out.png --overwrite --hints ",
                  examples / "pictures" / "sample.hints.json"));
  const Image grey = read_image(examples / "pictures" / "sample_grey.png"), out = read_image(box / "out.png");
  CHECK(out.width() == grey.width());
  CHECK(out.height() == grey.height());
  CHECK(out.channels() == 3);
  CHECK(!is_all_grey(out));
  CHECK(box.files() == std::vector<std::string>{"out.png"});
}

TEST_CASE("hints of every source, the last in one place counts", "[tool]") {
  Sandbox box;
  write_image(noise(64, 48, 1), box / "grey.png");
  write_file(box / "hints.json", R"({"hints":[{"x":10,"y":10,"color":"#ff0000"}]})");
  const std::string engine = GENERATE(std::string("--engine optimization"), "--weights " + quoted(checkpoint));
  const auto color = [&](const std::string& hints) {
    REQUIRE(box.run("colorize grey.png -o out.png --overwrite " + engine + " " + hints).code == 0);
    return read_image(box / "out.png");
  };
  const Image red = color("--hint '10,10=#f00'"), blue = color("--hint '10,10=#0000ff'");
  CHECK(red != blue);
  CHECK(color("--hints hints.json") == red);
  CHECK(color("--hints hints.json --hint '10,10=#00f'") == blue);
  CHECK(color("--hint '10,10=#f00' --hint '10,10=#00f'") == blue);
  CHECK(color("--hint '10,10=#00f' --hint '10,10=#f00'") == red);
  CHECK(color("--hint 10,10=Red") == red);
  CHECK(color("--threads 1 --hint '10,10=#f00'") == red);
}

TEST_CASE("without hints", "[tool]") {
  Sandbox box;
  write_image(noise(40, 30, 3), box / "in.png");
  const Outcome outcome = box.run("colorize in.png -o grey.jpg --engine optimization");
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("note: without hints") && ContainsSubstring("--hint"));
  box.run("colorize in.png -o grey.png --engine optimization");
  CHECK(is_all_grey(read_image(box / "grey.png")));
  box.good("colorize in.png -o colored.png --weights " + quoted(checkpoint));
  CHECK(!is_all_grey(read_image(box / "colored.png")));
}

TEST_CASE("pictures of odd sizes and kinds are coloured", "[tool]") {
  Sandbox box;
  const std::string engine = GENERATE(std::string("--engine optimization"), "--weights " + quoted(checkpoint));
  const auto [width, height] = GENERATE(table<Index, Index>({{1, 1}, {1, 5000}, {5000, 1}, {3, 2}}));
  CAPTURE(engine, width, height);
  write_image(noise(width, height, 1), box / "in.png");
  box.good("colorize in.png -o out.png --overwrite --hint '0,0=#f00' " + engine);
  const Image out = read_image(box / "out.png");
  CHECK(out.width() == width);
  CHECK(out.height() == height);
}

TEST_CASE("depth and alpha survive, CMYK is read", "[tool]") {
  Sandbox box;
  const auto color = [&](const std::string& name) {
    box.good(concat("colorize ", golden / "images" / name, " -o out.png --overwrite --hint '0,0=#f00'"));
    return read_image(box / "out.png");
  };
  CHECK(color("grey16.png").bits() == 16);
  CHECK(color("rgba.tif").channels() == 4);
  CHECK(color("cmyk.jpg").channels() == 3);
}

TEST_CASE("an old output survives a folder of its name and a full disk", "[tool][errors]") {
  Sandbox box;
  write_image(noise(64, 64, 1), box / "in.png");
  write_image(noise(8, 8, 3), box / "old.png");
  fs::create_directory(box / "folder.png");
  CHECK_THAT(box.bad(1, "colorize in.png -o folder.png --hint '1,1=#f00'"), ContainsSubstring("it is a folder"));

  const std::string old = text_of(box / "old.png");
  const std::vector<std::string> before = box.files();
  // A limit on the size of files stops write() in the same place as a full disk does: 2 blocks are 1 or 2 KiB, the
  // noise needs 4 KiB at least.
  CHECK_THAT(box.bad(1, "colorize in.png -o old.png --overwrite --hint '1,1=#f00'", "ulimit -f 2;"),
             ContainsSubstring("cannot write \"old.png\""));
  CHECK(text_of(box / "old.png") == old);
  CHECK(box.files() == before);
  box.good("colorize in.png -o old.png --overwrite --hint '1,1=#f00'");
  CHECK(text_of(box / "old.png") != old);
}

TEST_CASE("the paper protocol equals the executable specification", "[tool]") {
  Sandbox box;
  const std::string convert = GENERATE(std::string(), "safetensors");
  fs::path weights = checkpoint;
  if (!convert.empty()) box.good(concat("convert ", checkpoint, " ", weights = box / "w.safetensors"));
  box.good(concat("colorize ", examples / "pictures" / "sample_color.png",
                  " -o out.png --overwrite --ab-out ab.npy --protocol paper --weights ", weights,
                  " --size 48 --reveal ", golden / "paper" / "hints.txt"));
  const auto expected = read_npy<float>(golden / "paper" / "ab.npy"), ab = read_npy<float>(box / "ab.npy");
  CHECK(ab.shape == Shape{2, 48, 48});
  float error = 0;
  for (std::size_t i = 0; i < ab.values.size(); ++i)
    error = std::max(error, std::abs(ab.values[i] - expected.values.at(i)));
  CHECK(error <= 2e-5f);  // docs/specification.md

  const Image result = read_image(box / "out.png"), reference = read_image(golden / "paper" / "colored.png");
  REQUIRE((result.width() == 48 && result.height() == 48 && result.channels() == 3));
  int largest = 0;
  const auto samples = result.samples<std::uint8_t>(), wanted = reference.samples<std::uint8_t>();
  for (Index i = 0; i < samples.elements(); ++i)
    largest = std::max(largest, std::abs(samples.data()[i] - wanted.data()[i]));
  CHECK(largest <= 1);
}

TEST_CASE("ab of a full picture have the working size", "[tool]") {
  Sandbox box;
  write_image(noise(60, 30, 3), box / "in.png");
  const std::string by_network = " --hint '9,9=#f00' --engine icolorit --weights " + quoted(checkpoint);
  box.good("colorize in.png -o out.png --overwrite --ab-out network.npy" + by_network);
  const auto network = read_npy<float>(box / "network.npy");
  CHECK(network.shape == Shape{2, 48, 48});
  box.good("colorize in.png -o out.png --overwrite --ab-out larger.npy --size 64" + by_network);
  CHECK(read_npy<float>(box / "larger.npy").shape == Shape{2, 64, 64});
  // Fusion, the default, works at the picture's own shape.
  box.good("colorize in.png -o out.png --overwrite --ab-out fused.npy --hint '9,9=#f00' --weights " +
           quoted(checkpoint));
  CHECK(read_npy<float>(box / "fused.npy").shape == Shape{2, 30, 60});
  // One hint: the optimisation paints everything in its colour, #ff0000 = (53.24, 80.09, 67.20) in Lab.
  box.good("colorize in.png -o out.png --overwrite --engine optimization --ab-out optimum.npy --hint '9,9=#f00'");
  const auto optimum = read_npy<float>(box / "optimum.npy");
  CHECK(optimum.shape == Shape{2, 30, 60});
  CHECK(optimum.values.front() == Approx(80.09 / 110).margin(1e-3));
  CHECK(optimum.values.back() == Approx(67.20 / 110).margin(1e-3));
}

TEST_CASE("the quality of a JPEG is the user's choice", "[tool]") {
  Sandbox box;
  write_image(noise(60, 40, 3), box / "in.png");
  const std::string colorize = "colorize in.png --strip --engine optimization --hint '9,9=#f00' -o ";
  box.good(colorize + "usual.jpg");
  box.good(colorize + "same.jpg --jpeg-quality 95");
  box.good(colorize + "coarse.jpg --quality 20");
  CHECK(text_of(box / "usual.jpg") == text_of(box / "same.jpg"));
  CHECK(fs::file_size(box / "coarse.jpg") < fs::file_size(box / "usual.jpg") / 2);
  CHECK_THAT(box.bad(2, colorize + "out.jpg --quality 101"), ContainsSubstring("--quality"));
}

TEST_CASE("revealed hints bring colour back", "[tool]") {
  Sandbox box;
  const std::string in = quoted(examples / "pictures" / "sample_color.png") + " --engine optimization";
  box.good("colorize " + in + " -o few.png --reveal-random 1 --seed 5");
  box.good("colorize " + in + " -o many.png --reveal-random 300 --seed 5");
  box.good("colorize " + in + " -o again.png --reveal-random 300 --seed 5");
  box.good("colorize " + in + " -o other.png --reveal-random 300 --seed 6");
  const Image truth = converted(read_image(examples / "pictures" / "sample_color.png"), 3, 8);
  const Image many = read_image(box / "many.png");
  CHECK(psnr(many, truth) > psnr(read_image(box / "few.png"), truth) + 3);
  CHECK(read_image(box / "again.png") == many);
  CHECK(read_image(box / "other.png") != many);
}

TEST_CASE("a network in int8 colours almost as in f32", "[tool][int8]") {
  Sandbox box;
  const std::string arguments = concat("colorize ", examples / "pictures" / "sample_grey.png", " --weights ",
                                       checkpoint, " --hint '10,10=#c03020' --ab-out ab.npy -o out.png --overwrite");
  std::map<std::string, std::vector<float>> ab;
  for (const std::string precision : {"f32", "int8"}) {
    box.good(arguments + " --precision " + precision);
    ab[precision] = read_npy<float>(box / "ab.npy").values;
  }
  REQUIRE(ab["f32"].size() == ab["int8"].size());
  double squares = 0;
  for (std::size_t i = 0; i < ab["f32"].size(); ++i) {
    const double difference = ab["f32"][i] - ab["int8"][i];
    squares += difference * difference;
  }
  CHECK(squares > 0);
  CHECK(10 * std::log10(220 * 220 * static_cast<double>(ab["f32"].size()) / squares) >= 42);  // of ab's range
  CHECK_THAT(box.bad(2, arguments + " --precision f64"), ContainsSubstring("--precision"));
}

TEST_CASE("the precision is int8 where that is fast, f32 in the published evaluation, and is told", "[tool][int8]") {
  Sandbox box;
  write_image(noise(60, 40, 3), box / "in.png");
  const std::string model = " --model " + quoted(checkpoint), reveal = " --reveal-random 3";
  const std::string colorize = "colorize in.png -o out.png --overwrite --ab-out ab.npy" + reveal + model;
  const auto precision_of = [&](const std::string& arguments) {
    return json::as_string(json::at(json::parse(box.good(arguments + " --json")), "precision"));
  };
  const std::string fast = precision_of("bench --iterations 1" + model);
#if defined(__AVX512VNNI__)
  CHECK(fast == "int8");
#else
  CHECK((fast == "f32" || fast == "int8"));  // a portable tool chooses when it starts
#endif
  CHECK(precision_of(colorize) == fast);
  const std::vector<float> chosen = read_npy<float>(box / "ab.npy").values;
  CHECK(precision_of(colorize + " --precision " + fast) == fast);
  CHECK(read_npy<float>(box / "ab.npy").values == chosen);
  CHECK(precision_of(colorize + " --precision auto") == fast);
  const std::string other = fast == "int8" ? "f32" : "int8";
  CHECK(precision_of(colorize + " --precision " + other) == other);
  CHECK(read_npy<float>(box / "ab.npy").values != chosen);

  CHECK_THAT(box.report(colorize + " --precision int8"), ContainsSubstring("checkpoint.pth in int8, 3 hints"));
  CHECK_THAT(box.report(colorize + " --precision f32"), ContainsSubstring("checkpoint.pth, 3 hints"));
  CHECK(precision_of(colorize + " --protocol paper") == "f32");
  CHECK(precision_of(colorize + " --protocol paper --precision int8") == "int8");
  std::filesystem::remove(box / "ab.npy");  // not a picture of this folder
  CHECK(precision_of("infer --images . --counts 0 --out pred" + model) == "f32");
  CHECK_THAT(box.bad(2, colorize + " --engine optimization --precision auto"), ContainsSubstring("uses no weights"));
}

TEST_CASE("colorize: hints of a picture of other proportions are told of, those of a smaller copy are not", "[tool]") {
  Sandbox box;
  write_image(noise(60, 40, 1), box / "grey.png");
  const auto run = [&](Index width, Index height, const std::string& more) {
    write_file(box / "hints.json",
               concat(R"({"width":)", width, R"(,"height":)", height, R"(,"hints":[{"x":1,"y":1,"color":"c8402e"}]})"));
    return box.run("colorize grey.png -o out.png --overwrite --engine optimization --overwrite --hints hints.json" +
                   more);
  };
  const Outcome other = run(50, 40, "");
  CHECK(other.code == 0);
  CHECK_THAT(other.err,
             ContainsSubstring("note: the hints in \"hints.json\" were made on a picture of 50 x 40 pixels and "
                               "are stretched to 60 x 40"));
  CHECK(json::as_bool(json::at(json::parse(run(50, 40, " --json").out), "stretched")));
  for (const auto& [width, height] : {std::pair<Index, Index>(60, 40), {30, 20}, {16, 11}, {601, 400}}) {
    const Outcome same = run(width, height, " --json");
    CHECK(same.err.empty());
    CHECK(!json::as_bool(json::at(json::parse(same.out), "stretched")));
  }
}

TEST_CASE("colorize: hints that do not count are told, with the size of their place", "[tool]") {
  Sandbox box;
  write_image(noise(800, 600, 1), box / "grey.png");
  const std::string near = "colorize grey.png -o out.png --overwrite --hint '100,100=#f00' --hint '104,102=#0f0' ";
  const Outcome network = box.run(near + "--engine icolorit --weights " + quoted(checkpoint));
  CHECK(network.code == 0);  // 48 x 48 network pixels in cells of 2: a cell is 800 / 24 by 600 / 24 pixels
  CHECK_THAT(network.err, ContainsSubstring("2 hints, 1 lost") &&
                              ContainsSubstring("note: 1 of 2 hints shares a cell (33 x 25 pixels here)"));
  CHECK_THAT(box.report(near + "--weights " + quoted(checkpoint)),
             ContainsSubstring("2 hints") && !ContainsSubstring("lost"));
  const Outcome same = box.run(
      "colorize grey.png -o out.png --overwrite --hint '9,9=#f00' --hint '9,9=#0f0' --weights " + quoted(checkpoint));
  CHECK_THAT(same.err, ContainsSubstring("1 of 2 hints lies in the same pixel as a later one"));
}

TEST_CASE("colorize: the mirrored pass changes the colours, and belongs to networks only", "[tool]") {
  Sandbox box;
  write_image(noise(60, 40, 1), box / "grey.png");
  const std::string colorize = "colorize grey.png --hint '9,9=#f00' --weights " + quoted(checkpoint);
  box.good(colorize + " -o normal.png");
  box.good(colorize + " -o high.png --quality high");
  CHECK(read_image(box / "normal.png") != read_image(box / "high.png"));
  CHECK_THAT(box.bad(2, "colorize grey.png -o out.png --overwrite --engine optimization --quality high"),
             ContainsSubstring("--quality"));
}

TEST_CASE("on a terminal something is seen while a picture is read", "[tool]") {
  if (std::system("script --version >/dev/null 2>&1") != 0) {
    WARN("SKIPPED: there is no script");
    return;
  }
  Sandbox box;
  write_image(noise(20, 20, 1), box / "grey.png");
  write_file(box / "slow.sh", concat("(sleep 3; cat grey.png) | ", ICOLORIT_TOOL,
                                     " colorize - -o out.png --engine optimization --hint 1,1=red\n"));
  const std::string command = concat("cd ", box / "", " && script -qec 'sh slow.sh' /dev/null >seen </dev/null");
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK_THAT(text_of(box / "seen"), ContainsSubstring("0% reading"));
  CHECK(fs::exists(box / "out.png"));
}
