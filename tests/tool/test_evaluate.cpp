// The tool's commands that judge: evaluate, analyse, and convert where it makes the weights of LPIPS.
#include <cmath>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/image/metrics/ssim.hpp"
#include "icolorit/image/unit_rgb.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/hint_folder.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const fs::path golden = ICOLORIT_GOLDEN_DIR;
const fs::path checkpoint = golden / "network" / "cnn" / "checkpoint.pth";  // 48 x 48 pixels, patch 8

/// A smooth picture of many colours.
Image waves(Index width, Index height, double phase) {
  Image picture(width, height, 3, 8);
  const auto samples = picture.samples<std::uint8_t>();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (Index c = 0; c < 3; ++c)
        samples(y, x, c) = static_cast<std::uint8_t>(
            127 + 100 * std::sin(phase + static_cast<double>(c) + .11 * static_cast<double>(x + c * y)));
  return picture;
}

/// The same with every sample moved by up to `most`.
Image disturbed(Image picture, int most, std::uint64_t seed) {
  Random random(seed);
  const auto samples = picture.samples<std::uint8_t>();
  for (Index i = 0; i < samples.elements(); ++i) {
    const int value = samples.data()[i] + static_cast<int>(random.below(2 * most + 1)) - most;
    samples.data()[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
  }
  return picture;
}

/// truth/imgs/{a,b}.png of 64 x 80 pixels; pred/h2-n1 and pred/h2-n10 of 48 x 48, the latter better.
void make_folders(const Sandbox& box) {
  fs::create_directories(box / "truth/imgs");
  for (const std::string stem : {"a", "b"}) {
    const Image truth = waves(64, 80, stem == "a" ? 0 : 2);
    write_image(truth, box / ("truth/imgs/" + stem + ".png"));
    const Image squashed = EvaluationPicture(truth, 48, 48).rgb;
    for (const int hints : {1, 10}) {
      const fs::path folder = box / concat("pred/h2-n", hints);
      fs::create_directories(folder);
      write_image(disturbed(squashed, 40 / hints, 7), folder / (stem + ".png"));
    }
  }
}

/// The fields of each line.
std::vector<std::vector<std::string>> read_csv(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text_of(path));
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> row;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) row.push_back(field);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("evaluate: table, a row for each picture, and the curve", "[tool]") {
  Sandbox box;
  make_folders(box);
  const std::string table = box.good("evaluate --truth truth --pred pred --csv out.csv --patch 8");
  CHECK_THAT(table, ContainsSubstring("hints pictures") && ContainsSubstring("B-PSNR") && !ContainsSubstring("LPIPS"));
  CHECK(box.good("evaluate --truth truth --pred pred --patch 8 --threads 3") == table);

  const auto rows = read_csv(box / "out.csv");
  REQUIRE(rows.size() == 5);
  CHECK(rows[0] == std::vector<std::string>{"cell", "hints", "picture", "psnr", "ssim", "b_psnr", "pev", "ciede2000",
                                            "edge_ciede2000", "colorfulness", "true_colorfulness"});
  CHECK(rows[1][1] == "1");
  CHECK(rows[3][1] == "10");
  double sum = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string stem = rows[i][2], folder = concat("pred/h2-n", rows[i][1], '/');
    CAPTURE(stem, folder);
    REQUIRE(rows[i].size() == rows[0].size());
    const Image truth = EvaluationPicture(read_image(box / ("truth/imgs/" + stem + ".png")), 48, 48).rgb;
    const Image prediction = read_image(box / (folder + stem + ".png"));
    const Buffer<float> a = unit_rgb(truth), b = unit_rgb(prediction);
    CHECK(std::stod(rows[i][3]) == Approx(psnr(truth, prediction)).epsilon(1e-8));  // nine digits are written
    CHECK(std::stod(rows[i][4]) == Approx(ssim(a.view(3, 48, 48), b.view(3, 48, 48))).epsilon(1e-8));
    if (rows[i][1] == "10") sum += std::stod(rows[i][3]);
  }
  std::istringstream lines(table);
  std::string line, hints, count, mean;
  for (int i = 0; i < 3; ++i) std::getline(lines, line);
  std::istringstream(line) >> hints >> count >> mean;
  CHECK(hints == "10");
  CHECK(count == "2");
  CHECK(std::stod(mean) == Approx(sum / 2).margin(5e-4));  // three digits are printed
  CHECK_THAT(text_of(box / "out.svg"), ContainsSubstring("PSNR@k") && ContainsSubstring(">10</text>"));
}

TEST_CASE("evaluate: the share of hints that are kept", "[tool]") {
  Sandbox box;
  make_folders(box);
  // Cells of 2 pixels on a grid of 24 x 24; one hint of the first kind, ten of the second, all different.
  for (const std::string stem : {"a", "b"})
    for (const Index count : {1, 10}) {
      const fs::path path = hint_cells_path(box / "hints", 2, count, stem);
      fs::create_directories(path.parent_path());
      std::vector<Index> cells;
      for (Index i = 0; i < count; ++i) cells.push_back(55 * i);
      write_file(path, format_hint_cells(cells, HintGrid(48, 48, 2)));
    }
  // Of a's ten hints the first and the last lose their colour.
  Image prediction = EvaluationPicture(read_image(box / "truth/imgs/a.png"), 48, 48).rgb;
  const auto samples = prediction.samples<std::uint8_t>();
  for (const Index cell : {Index{0}, Index{55 * 9}})
    for (Index y = 0; y < 2; ++y)
      for (Index x = 0; x < 2; ++x)
        for (Index c = 0; c < 3; ++c) samples(cell / 24 * 2 + y, cell % 24 * 2 + x, c) = 128;
  write_image(prediction, box / "pred/h2-n10/a.png");
  write_image(EvaluationPicture(read_image(box / "truth/imgs/b.png"), 48, 48).rgb, box / "pred/h2-n10/b.png");

  const std::string table = box.good("evaluate --truth truth --pred pred --hints hints --csv out.csv");
  CHECK_THAT(table, ContainsSubstring("kept"));
  const auto rows = read_csv(box / "out.csv");
  REQUIRE(rows[0].back() == "hints_kept");
  CHECK(rows[3].back() == "0.8");  // a, 10 hints
  CHECK(rows[4].back() == "1");    // b, 10 hints
  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred pred --hints truth"), ContainsSubstring("h2-n1"));
}

TEST_CASE("evaluate: LPIPS with weights that convert made", "[tool]") {
  Sandbox box;
  make_folders(box);
  const fs::path lpips = golden / "lpips";
  CHECK_THAT(
      box.report(concat("convert ", lpips / "vgg.pth", " lpips.safetensors --lpips-heads ", lpips / "lpips.pth")),
      ContainsSubstring("31 tensors"));
  const std::string table =
      box.good("evaluate --truth truth --pred pred --lpips-weights lpips.safetensors --csv l.csv");
  CHECK_THAT(table, ContainsSubstring("LPIPS[0,1]"));
  const auto rows = read_csv(box / "l.csv");
  REQUIRE(rows.size() == 5);
  REQUIRE(rows[0][12] == "lpips_published");
  for (std::size_t column : {11u, 12u}) {
    CHECK(std::stod(rows[1][column]) > std::stod(rows[3][column]));  // a, 1 and 10 hints
    CHECK(std::stod(rows[3][column]) > 0);
  }
  CHECK(rows[1][6].empty() == false);

  CHECK_THAT(box.bad(1, concat("evaluate --truth truth --pred pred --lpips-weights ", checkpoint)),
             ContainsSubstring("cannot use") && ContainsSubstring("not LPIPS weights"));
  CHECK_THAT(box.bad(1, concat("convert ", checkpoint, " x.safetensors --lpips-heads ", lpips / "lpips.pth")),
             ContainsSubstring("features.0.weight"));
  CHECK_THAT(box.bad(2, concat("convert ", lpips / "vgg.pth", " x.safetensors --dtype f16 --lpips-heads ",
                               lpips / "lpips.pth")),
             ContainsSubstring("--dtype"));
}

TEST_CASE("evaluate: a folder of pictures without numbers of hints", "[tool]") {
  Sandbox box;
  make_folders(box);
  fs::rename(box / "pred/h2-n10", box / "plain");
  const std::string table = box.good("evaluate --truth truth --pred plain --csv plain.csv --patch 7");
  CHECK_THAT(table, ContainsSubstring("    ?        2"));
  CHECK(read_csv(box / "plain.csv")[1][6].empty());  // 48 pixels are not made of patches of 7: no PEV
  CHECK_FALSE(fs::exists(box / "plain.svg"));
}

TEST_CASE("evaluate: what does not match is left out and said", "[tool][errors]") {
  Sandbox box;
  make_folders(box);
  fs::remove(box / "pred/h2-n1/b.png");
  write_image(waves(48, 48, 1), box / "pred/h2-n1/c.png");
  write_file(box / "pred/h2-n10/a.png", std::string_view("no picture"));
  const Outcome outcome = box.run("evaluate --truth truth --pred pred");
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("1 of 2 true pictures has no prediction") &&
                              ContainsSubstring("1 picture in \"pred/h2-n1\" has no true one") &&
                              ContainsSubstring("1 unreadable picture left out") && ContainsSubstring("h2-n10/a.png"));

  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred missing"), ContainsSubstring("missing"));
  CHECK_THAT(box.bad(1, "evaluate --truth missing --pred pred"),
             ContainsSubstring("cannot read the folder \"missing\": No such file"));
  CHECK_THAT(box.bad(2, "evaluate --truth truth"), ContainsSubstring("--pred is required"));
  CHECK_THAT(box.bad(2, "evaluate --truth truth --pred pred --csv out.svg"), ContainsSubstring("plot"));
  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred pred --csv none/out.csv"),
             ContainsSubstring("there is no folder"));
  fs::create_directories(box / "other/h2-n1");
  write_image(waves(48, 48, 1), box / "other/h2-n1/c.png");
  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred other"), ContainsSubstring("has the name of one"));
}

TEST_CASE("analyse: predictions around a hint, its range, and heat maps", "[tool]") {
  Sandbox box;
  write_image(waves(70, 60, 0), box / "in.png");
  const HintGrid grid(48, 48, 2);
  const std::vector<Index> cells{5, 300};
  write_hint_cells(box / "hints.txt", cells, grid);
  const std::string weights = " --weights " + quoted(checkpoint);
  const std::string report = box.good("analyse in.png -o maps --reveal hints.txt" + weights);
  CHECK_THAT(report, ContainsSubstring("hint 2 at row 24, column 24 of 48 x 48 pixels") && ContainsSubstring("HPR ") &&
                         ContainsSubstring("dB before"));
  CHECK(box.files() == std::vector<std::string>{"hints.txt", "in.png", "maps/after.png", "maps/before.png",
                                                "maps/change.png", "maps/legend.svg", "maps/rollout_max.png",
                                                "maps/rollout_mean.png", "maps/rollout_min.png"});
  // The legend tells of the colours that the maps have: 2.3 is a quarter of the way from dark blue to dark red.
  CHECK_THAT(text_of(box / "maps/legend.svg"), ContainsSubstring(">2.3 just noticeable<") &&
                                                   ContainsSubstring(">9.2 or more<") &&
                                                   ContainsSubstring("offset=\"0.25\" stop-color=\"#0080ff\""));

  // "after" is what the paper protocol gives with both hints.
  box.good("colorize in.png -o both.png --protocol paper --reveal hints.txt" + weights);
  const Image after = read_image(box / "maps/after.png"), both = read_image(box / "both.png");
  REQUIRE(after.width() == 48);
  CHECK(psnr(after, both) > 49);  // the fused forward rounds differently
  CHECK(read_image(box / "maps/before.png") != after);
  const auto map = read_image(box / "maps/rollout_mean.png");
  CHECK(int{map.samples<std::uint8_t>()(23, 23, 0)} == 255);  // the frame around the hint

  const std::string random = "analyse in.png -o more --reveal-random 3 --seed 5" + weights;
  const std::string said = box.good(random);
  CHECK_THAT(said, ContainsSubstring("hint 3 at"));
  const json::Value data = json::parse(box.good(random + " --json"));
  CHECK(json::as_string(json::at(data, "file")) == "more");
  CHECK(json::as_string(json::at(data, "engine")) == "icolorit");
  CHECK(json::as_integer(json::at(data, "hints")) == 3);
  CHECK_THAT(said, ContainsSubstring(concat("row ", json::as_integer(json::at(data, "row")), ", column ",
                                            json::as_integer(json::at(data, "column")), " of ",
                                            json::as_integer(json::at(data, "size")))));
  std::istringstream numbers(said.substr(said.find("HPR ") + 4));
  double range = 0;
  numbers >> range;
  CHECK(json::as_number(json::at(data, "hpr")) == Approx(range).margin(6e-4));
  CHECK(json::as_number(json::at(data, "hpr_deviation")) >= 0);
  CHECK(json::as_integer(json::at(data, "hpr_pixels")) >= 0);
  numbers.str(said.substr(said.find("PSNR ") + 5));
  double before = 0;
  numbers >> before;
  CHECK(json::as_number(json::at(data, "psnr_before")) == Approx(before).margin(6e-4));
  CHECK(json::as_number(json::at(data, "psnr_after")) != json::as_number(json::at(data, "psnr_before")));
  CHECK(box.report("analyse in.png -o more --reveal-random 3 --model " + quoted(checkpoint)) ==
        "more: network checkpoint.pth, 3 hints\n");
  CHECK_THAT(box.bad(2, "analyse in.png -o x --reveal-random 3 --seed -1" + weights), ContainsSubstring("--seed"));
  CHECK_THAT(box.bad(2, "analyse in.png -o x" + weights), ContainsSubstring("--reveal"));
  CHECK_THAT(box.bad(2, "analyse in.png -o x --reveal-random 0" + weights), ContainsSubstring("--reveal-random"));
  CHECK_THAT(box.bad(2, "analyse in.png -o x --reveal-random 100000" + weights), ContainsSubstring("100000"));
  write_file(box / "none.txt", std::string_view(""));
  CHECK_THAT(box.bad(2, "analyse in.png -o x --reveal none.txt" + weights), ContainsSubstring("there are no hints"));
  CHECK_THAT(box.bad(1, concat("analyse in.png -o x --reveal-random 3 --weights ", golden / "lpips" / "vgg.pth")),
             ContainsSubstring("cannot use"));
}

TEST_CASE("evaluate: hints that are not there or not for these pictures", "[tool][errors]") {
  Sandbox box;
  make_folders(box);
  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred pred --hints hint"),
             ContainsSubstring("there is no folder \"hint\""));
  box.good("make-hints --images truth --out hints --counts 1 10 --size 48");
  // A missing file costs its own column only.
  fs::remove(box / "hints/h2-n1/a.txt");
  const Outcome outcome = box.run("evaluate --truth truth --pred pred --hints hints --csv with.csv");
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("kept"));
  CHECK_THAT(outcome.err, ContainsSubstring("with.csv: 4 predictions, curve in with.svg\n") &&
                              ContainsSubstring("kept hints is unknown for 1 prediction: cannot open "
                                                "\"hints/h2-n1/a.txt\""));
  const auto rows = read_csv(box / "with.csv");
  REQUIRE(rows.size() == 5);
  for (std::size_t i = 1; i < 5; ++i) CHECK(std::stod(rows[i][3]) > 10);
  CHECK(rows[1].size() + 1 == rows[2].size());  // only a's last field is empty, the share of its one hint
  fs::remove(box / "hints/h2-n1/b.txt");
  const Outcome without = box.run("evaluate --truth truth --pred pred --hints hints");
  CHECK(without.code == 1);
  CHECK_THAT(without.err, ContainsSubstring("no hint file in \"hints\" could be used"));
  fs::remove_all(box / "hints/h2-n10");
  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred pred --hints hints"),
             ContainsSubstring("has no folder \"h2-n10\""));
  box.good("make-hints --images truth --out larger --counts 1 10 --size 96");
  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred pred --hints larger"),
             ContainsSubstring("are for 96 x 96 pixels") && ContainsSubstring("48 x 48"));
}

TEST_CASE("evaluate: what it says to programs, under the name that the other commands use", "[tool]") {
  Sandbox box;
  make_folders(box);
  std::istringstream lines(box.good("evaluate --images truth --predictions pred --json --threads 0 --csv out.csv"));
  std::vector<json::Value> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(json::parse(line));
  REQUIRE(rows.size() == 3);
  CHECK(json::as_string(rows[1].at("file")) == "pred/h2-n10");
  CHECK(json::as_integer(rows[1].at("hints")) == 10);
  CHECK(json::as_integer(rows[1].at("pictures")) == 2);
  CHECK(json::as_number(rows[1].at("ciede2000")) < json::as_number(rows[0].at("ciede2000")));
  CHECK(rows[1].at("edge_ciede2000").is_null());  // the waves are soft
  CHECK(json::as_string(rows[2].at("curve")) == "out.svg");
  CHECK(box.report("evaluate --images truth --pred pred --csv out.csv --overwrite --quiet").empty());
}

TEST_CASE("evaluate: colour that bleeds over an edge weighs in edge_ciede2000", "[tool]") {
  Sandbox box;
  fs::create_directories(box / "truth");
  fs::create_directories(box / "pred/h2-n1");
  Image truth(48, 48, 3, 8);
  const auto samples = truth.samples<std::uint8_t>();
  for (Index y = 0; y < 48; ++y)
    for (Index x = 0; x < 48; ++x) {
      samples(y, x, 0) = x < 24 ? 200 : y < 24 ? 90 : 20;  // grey beside dark red and dark blue
      samples(y, x, 1) = x < 24 ? 200 : 20;
      samples(y, x, 2) = x < 24 ? 200 : y < 24 ? 20 : 130;
    }
  write_image(truth, box / "truth/a.png");
  for (Index y = 0; y < 48; ++y)
    for (Index x = 20; x < 24; ++x) samples(y, x, 1) = samples(y, x, 2) = 160;  // red runs into the grey
  write_image(truth, box / "pred/h2-n1/a.png");
  const std::string table = box.good("evaluate --truth truth --pred pred --csv out.csv");
  CHECK_THAT(table, ContainsSubstring("edge_ciede2000"));
  const auto rows = read_csv(box / "out.csv");
  REQUIRE(rows[0][7] == "ciede2000");
  REQUIRE(rows[0][8] == "edge_ciede2000");
  // The wrong columns lie among the 18 around the edge: their sum is the same, divided by 18 columns instead of 48.
  CHECK(std::stod(rows[1][8]) == Approx(std::stod(rows[1][7]) * 48 / 18).epsilon(1e-7));
}

TEST_CASE("evaluate: the table may replace no picture that is read", "[tool][errors]") {
  Sandbox box;
  make_folders(box);
  const std::string before = text_of(box / "pred/h2-n1/a.png");
  CHECK_THAT(box.bad(2, "evaluate --truth truth --pred pred --csv pred/h2-n1/a.png"),
             ContainsSubstring("is the input"));
  CHECK(text_of(box / "pred/h2-n1/a.png") == before);
}

TEST_CASE("infer: predictions do not replace the pictures that they are made from", "[tool][errors]") {
  Sandbox box;
  fs::create_directories(box / "in/h2-n0");
  write_image(waves(48, 48, 0), box / "in/h2-n0/a.png");
  const std::string before = text_of(box / "in/h2-n0/a.png");
  CHECK_THAT(box.bad(2, "infer --images in/h2-n0 --counts 0 --out in --weights " + quoted(checkpoint)),
             ContainsSubstring("is the input \"in/h2-n0/a.png\", which would be lost"));
  CHECK(text_of(box / "in/h2-n0/a.png") == before);
}

TEST_CASE("make-hints: one folder has hints of one size, cell and seed", "[tool][errors]") {
  Sandbox box;
  make_folders(box);
  box.good("make-hints --images truth --out hints --counts 10 1 --size 48 --cell 2");
  for (const std::string other : {"--size 96", "--size 48 --hint-size 4", "--size 48 --seed 5"})
    CHECK_THAT(box.bad(2, "make-hints --images truth --out hints --counts 1 " + other),
               ContainsSubstring("holds hints made with --size 48 --hint-size 2 --seed 1234"));
  box.good("make-hints --images truth --out hints --counts 5 1 --size 48");
  CHECK(read_hint_folder(box / "hints")->counts == std::vector<Index>{1, 5, 10});
}

TEST_CASE("evaluate: a row without pictures ends with 1, after the table", "[tool][errors]") {
  Sandbox box;
  make_folders(box);
  for (const char* const name : {"a.png", "b.png"})
    write_file(box / concat("pred/h2-n1/", name), std::string_view("broken"));
  const Outcome outcome = box.run("evaluate --truth truth --pred pred");
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.out, ContainsSubstring("PSNR"));
  CHECK_THAT(outcome.err, ContainsSubstring("none of the pictures in \"pred/h2-n1\" could be measured"));
}

TEST_CASE("grey and toned pictures are left out and counted by every command that takes hints from pictures",
          "[tool]") {
  Sandbox box;
  make_folders(box);
  write_image(Image(64, 80, 1, 8), box / "truth/imgs/grey.png");
  Image sepia(64, 80, 3, 8);
  const auto samples = sepia.samples<std::uint8_t>();
  for (Index y = 0; y < 80; ++y)
    for (Index x = 0; x < 64; ++x) {
      const double grey = 40 + 2.5 * static_cast<double>(y);
      samples(y, x, 0) = static_cast<std::uint8_t>(std::min(255., 1.08 * grey + 12));
      samples(y, x, 1) = static_cast<std::uint8_t>(grey);
      samples(y, x, 2) = static_cast<std::uint8_t>(.78 * grey);
    }
  write_image(sepia, box / "truth/imgs/sepia.jpg");
  const std::string note = "note: 2 pictures left out: grey or toned in one hue";
  CHECK_THAT(box.run("make-hints --images truth --out hints --counts 1 --size 48").err, ContainsSubstring(note));
  CHECK(!fs::exists(box / "hints/h2-n1/sepia.txt"));
  const Outcome inferred =
      box.run("infer --images truth --hints hints --counts 1 --out out --weights " + quoted(checkpoint));
  CHECK(inferred.code == 0);
  CHECK_THAT(inferred.err, ContainsSubstring(note));
  CHECK_THAT(inferred.out, ContainsSubstring("mean of 2 pictures"));
  for (const char* const name : {"grey.png", "sepia.png"})
    fs::copy_file(box / "pred/h2-n1/a.png", box / concat("pred/h2-n1/", name));
  CHECK_THAT(box.run("evaluate --truth truth --pred pred").err, ContainsSubstring(note));
  CHECK_THAT(box.bad(1, "analyse truth/imgs/sepia.jpg -o analysis --reveal-random 2 --weights " + quoted(checkpoint)),
             ContainsSubstring("toned in one hue"));
  CHECK_THAT(box.bad(1, "colorize truth/imgs/sepia.jpg -o out.png --reveal-random 2 --weights " + quoted(checkpoint)),
             ContainsSubstring("toned in one hue"));
}

TEST_CASE("a list of grey pictures decides in place of the tool, as in the published evaluation", "[tool]") {
  Sandbox box;
  make_folders(box);
  write_image(Image(64, 80, 1, 8), box / "truth/imgs/grey.png");
  write_file(box / "list.txt", std::string_view("b.png\n"));
  const std::string list = " --grey-list list.txt";
  box.good("make-hints --images truth --out hints --counts 1 --size 48" + list);
  CHECK(fs::exists(box / "hints/h2-n1/grey.txt"));
  CHECK(!fs::exists(box / "hints/h2-n1/b.txt"));
  box.good("infer --images truth --hints hints --counts 1 --out out --weights " + quoted(checkpoint) + list);
  CHECK(fs::exists(box / "out/h2-n1/grey.png"));
  CHECK(!fs::exists(box / "out/h2-n1/b.png"));
  CHECK_THAT(box.good("evaluate --truth truth --pred out" + list), ContainsSubstring("    1        2"));
  write_file(box / "list.txt", std::string_view("a\nb\ngrey\n"));
  CHECK_THAT(box.bad(1, "evaluate --truth truth --pred out" + list), ContainsSubstring("leaves out every picture"));
}

TEST_CASE("hints for another size are refused, with the size to give", "[tool][errors]") {
  Sandbox box;
  make_folders(box);
  box.good("make-hints --images truth --out hints --counts 1 --size 96");
  const std::string weights = " --weights " + quoted(checkpoint);  // 48 x 48 pixels
  CHECK_THAT(box.bad(1, "infer --images truth --hints hints --counts 1 --out out" + weights),
             ContainsSubstring("for 96 x 96 pixels") && ContainsSubstring("--size 96"));
  CHECK_THAT(box.bad(1, "colorize truth/imgs/a.png -o out.png --reveal hints/h2-n1/a.txt" + weights),
             ContainsSubstring("--size 96"));
  CHECK_THAT(box.bad(1, "analyse truth/imgs/a.png -o analysis --reveal hints/h2-n1/a.txt" + weights),
             ContainsSubstring("--size 96"));
  CHECK(box.run("infer --images truth --hints hints --counts 1 --out out --size 96" + weights).code == 0);
  fs::remove(box / "hints/hints.json");  // as the published folders
  box.good("make-hints --images truth --out plain --counts 1 --size 48");
  fs::remove(box / "plain/hints.json");
  CHECK(box.run("infer --images truth --hints plain --counts 1 --out small" + weights).code == 0);
}

TEST_CASE("hints of another cell are refused without --hint-size, and used with it", "[tool]") {
  Sandbox box;
  make_folders(box);
  box.good("make-hints --images truth --out hints --counts 3 --size 48 --hint-size 4");
  const std::string weights = " --weights " + quoted(checkpoint);
  const std::string engine =
      GENERATE_COPY(std::string(), weights, " --engine fusion" + weights, std::string(" --engine optimization"));
  CAPTURE(engine);
  const std::string size = engine.empty() || engine.ends_with("optimization") ? " --size 48" : "";
  const std::string infer = "infer --images truth --hints hints --counts 3 --out out" + size + engine;
  CHECK_THAT(box.bad(1, infer), ContainsSubstring("cells of 4") && ContainsSubstring("--hint-size 4"));
  CHECK_THAT(box.bad(2, infer + " --hint-size 5"), ContainsSubstring("--size 48 is not a multiple of --hint-size 5"));
  const Outcome outcome = box.run(infer + " --hint-size 4 --json");
  CHECK(outcome.code == 0);
  CHECK(json::as_string(json::at(json::parse(outcome.out), "file")) == "out/h4-n3");
  const std::string colorize =
      "colorize truth/imgs/a.png -o a.png --overwrite --protocol paper --reveal hints/h4-n3/a.txt" + size;
  box.good(colorize + engine + " --hint-size 4");
  CHECK(read_image(box / "a.png") == read_image(box / "out/h4-n3/a.png"));
  CHECK_THAT(box.bad(1, colorize + engine), ContainsSubstring("--hint-size 4"));
}

TEST_CASE("infer: fusion beside the network alone", "[tool]") {
  Sandbox box;
  make_folders(box);
  box.good("make-hints --images truth --out hints --counts 1 10 --size 48");
  const std::string infer =
      "infer --images truth --hints hints --counts 1 10 --out out --weights " + quoted(checkpoint);
  const std::string network = box.good(infer), both = box.good(infer + " --engine fusion --overwrite");
  CHECK_THAT(network, !ContainsSubstring("network alone"));
  CHECK_THAT(both, ContainsSubstring("network alone"));
  double alone = 0, fused = 0, beside = 0;
  Index hints = 0;
  std::istringstream first(network.substr(network.find('\n'))), second(both.substr(both.find('\n')));
  first >> hints >> alone;
  second >> hints >> fused >> beside;
  CHECK(beside == alone);
  CHECK(fused != alone);
}
