// The command-line tool, run as its users run it: every command, every bad input, exit codes and complaints.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/io/weights.hpp"
#include "icolorit/models/paper_protocol.hpp"
#include "icolorit/training/shard_dataset.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const fs::path golden = ICOLORIT_GOLDEN_DIR;
const fs::path pictures = golden.parent_path().parent_path() / "examples" / "pictures";
const fs::path checkpoint = golden / "network" / "cnn" / "checkpoint.pth";  // 48 x 48 pixels, patch 8

/// A colourful picture that shrinks to no fewer bytes than it has pixels.
Image noise(Index width, Index height, int channels, std::uint64_t seed = 1) {
  Image picture(width, height, channels, 8);
  Random random(seed);
  for (std::uint8_t& sample :
       std::span(picture.samples<std::uint8_t>().data(), static_cast<std::size_t>(width * height * channels)))
    sample = static_cast<std::uint8_t>(random.below(256));
  return picture;
}

bool is_grey(const Image& image) {
  const Image rgb = converted(image, 3, 8);
  const auto samples = rgb.samples<std::uint8_t>();
  for (Index y = 0; y < rgb.height(); ++y)
    for (Index x = 0; x < rgb.width(); ++x)
      if (std::abs(samples(y, x, 0) - samples(y, x, 1)) > 1 || std::abs(samples(y, x, 1) - samples(y, x, 2)) > 1)
        return false;
  return true;
}

}  // namespace

TEST_CASE("help and version", "[tool]") {
  Sandbox box;
  CHECK_THAT(box.good("--help"), ContainsSubstring("colorize") && ContainsSubstring("make-hints"));
  CHECK(box.good("--version") == ICOLORIT_VERSION "\n");
  for (const std::string command :
       {"colorize", "infer", "make-hints", "evaluate", "analyse", "convert", "inspect", "pack", "train", "bench"})
    CHECK_THAT(box.good(command + " --help"), ContainsSubstring("Usage: icolorit " + command));
}

TEST_CASE("a command line without sense ends with 2", "[tool][errors]") {
  Sandbox box;
  write_image(noise(20, 10, 3), box / "in.png");
  const std::string weights = " --weights " + quoted(checkpoint);
  const auto [arguments, complaint] = GENERATE_COPY(table<std::string, std::string>({
      {"", "give a command: colorize"},
      {"colourise in.png", "colourise"},
      {"colorize -o out.png", "IN is required"},
      {"colorize in.png", "--out is required"},
      {"colorize in.png -o out.bmp", "must end in .png, .jpg"},
      {"colorize in.png -o out", "must end in .png, .jpg"},
      {"colorize in.png -o out.png --hint 3,4", "--hint 3,4: write it as X,Y=#RRGGBB"},
      {"colorize in.png -o out.png --hint 3;4=#fff", "--hint 3"},
      {"colorize in.png -o out.png --hint 3,4=#12345g", "\"#12345g\" is no colour"},
      {"colorize in.png -o out.png --hint 3,4=red", "--hint 3,4=red"},
      {"colorize in.png -o out.png --hint 1,1=#fff --hint 20,4=#fff", "--hint 20,4=#fff lies outside"},
      {"colorize in.png -o out.png --hint 3,10=#fff", "20 x 10 pixels"},
      {"colorize in.png -o out.png --hint -1,4=#fff", "--hint -1,4=#fff lies outside"},
      {"colorize in.png -o out.png --reveal a.txt --reveal-random 3", "--reveal excludes --reveal-random"},
      {"colorize in.png -o out.png --reveal-random -3", "--reveal-random"},
      {"colorize in.png -o out.png --reveal-random 99999", "99999 hints wanted of 12544 cells"},
      {"colorize in.png -o out.png --seed 3", "--seed requires --reveal-random"},
      {"colorize in.png -o out.png --engine icolorit", "needs weights"},
      {"colorize in.png -o out.png --engine magic", "magic"},
      {"colorize in.png -o out.png --engine optimization" + weights, "uses no weights"},
      {"colorize in.png -o out.png --variant huge" + weights,
       "known are icolorit_base_4ch_patch16_224, icolorit_small"},
      {"colorize in.png -o out.png --head cnn", "give --weights"},
      {"colorize in.png -o out.png --head mlp" + weights, "use cnn, linear or locattn"},
      {"colorize in.png -o out.png --size 50" + weights, "--size 50 is not a multiple of the network's patch, 8"},
      {"colorize in.png -o out.png --size 7 --protocol paper", "--size 7 is not a multiple"},
      {"colorize in.png -o out.png --size 0", "--size"},
      {"colorize in.png -o out.png --threads 0", "--threads"},
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
      {"inspect in.png --verify", "is a picture"},
      {"inspect", "FILE is required"},
  }));
  std::string shell_safe = arguments;
  if (const auto at = shell_safe.find(';'); at != shell_safe.npos) shell_safe.insert(at, "\\");
  for (std::size_t at = 0; (at = shell_safe.find('#', at)) != shell_safe.npos; at += 2) shell_safe.insert(at, "\\");
  CHECK_THAT(box.bad(2, shell_safe), ContainsSubstring(complaint));
  CHECK(box.files() == std::vector<std::string>{"in.png"});
}

TEST_CASE("the sample picture with its hints becomes colourful at its own size", "[tool]") {
  Sandbox box;
  box.good(concat("colorize ", pictures / "sample_grey.png", " -o out.png --hints ", pictures / "sample.hints.json"));
  const Image grey = read_image(pictures / "sample_grey.png"), out = read_image(box / "out.png");
  CHECK(out.width() == grey.width());
  CHECK(out.height() == grey.height());
  CHECK(out.channels() == 3);
  CHECK(!is_grey(out));
  CHECK(box.files() == std::vector<std::string>{"out.png"});
}

TEST_CASE("hints of every source, the last in one place counts", "[tool]") {
  Sandbox box;
  write_image(noise(64, 48, 1), box / "grey.png");
  write_file(box / "hints.json", R"({"hints":[{"x":10,"y":10,"color":"#ff0000"}]})");
  const std::string engine = GENERATE(std::string(), "--weights " + quoted(checkpoint));
  const auto color = [&](const std::string& hints) {
    box.good("colorize grey.png -o out.png " + engine + " " + hints);
    return read_image(box / "out.png");
  };
  const Image red = color("--hint '10,10=#f00'"), blue = color("--hint '10,10=#0000ff'");
  CHECK(red != blue);
  CHECK(color("--hints hints.json") == red);
  CHECK(color("--hints hints.json --hint '10,10=#00f'") == blue);
  CHECK(color("--hint '10,10=#f00' --hint '10,10=#00f'") == blue);
  CHECK(color("--hint '10,10=#00f' --hint '10,10=#f00'") == red);
  CHECK(color("--threads 1 --hint '10,10=#f00'") == red);
}

TEST_CASE("without hints", "[tool]") {
  Sandbox box;
  write_image(noise(40, 30, 3), box / "in.png");
  const Outcome outcome = box.run("colorize in.png -o grey.jpg");
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("note: without hints") && ContainsSubstring("--hint"));
  box.run("colorize in.png -o grey.png");
  CHECK(is_grey(read_image(box / "grey.png")));
  box.good("colorize in.png -o colored.png --weights " + quoted(checkpoint));
  CHECK(!is_grey(read_image(box / "colored.png")));
}

TEST_CASE("pictures of odd sizes and kinds are coloured", "[tool]") {
  Sandbox box;
  const std::string engine = GENERATE(std::string(), "--weights " + quoted(checkpoint));
  const auto [width, height] = GENERATE(table<Index, Index>({{1, 1}, {1, 5000}, {5000, 1}, {3, 2}}));
  CAPTURE(engine, width, height);
  write_image(noise(width, height, 1), box / "in.png");
  box.good("colorize in.png -o out.png --hint '0,0=#f00' " + engine);
  const Image out = read_image(box / "out.png");
  CHECK(out.width() == width);
  CHECK(out.height() == height);
}

TEST_CASE("depth and alpha survive, CMYK is read", "[tool]") {
  Sandbox box;
  const auto color = [&](const std::string& name) {
    box.good(concat("colorize ", golden / "images" / name, " -o out.png --hint '0,0=#f00'"));
    return read_image(box / "out.png");
  };
  CHECK(color("grey16.png").bits() == 16);
  CHECK(color("rgba.tif").channels() == 4);
  CHECK(color("cmyk.jpg").channels() == 3);
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
  write_file(box / "broken.json", std::string_view(R"({"hints":[)"));
  write_file(box / "cells.txt", std::string_view("2 4\n3 4\n"));
  const auto [arguments, complaint] = GENERATE_COPY(table<std::string, std::string>({
      {"colorize none.png -o out.png", "cannot open \"none.png\": No such file"},
      {"colorize empty.png -o out.png", "the file is empty"},
      {"colorize text.png -o out.png", "not a PNG, JPEG, WebP or TIFF picture"},
      {"colorize truncated.png -o out.png", "cannot read \"truncated.png\""},
      {"colorize . -o out.png", "it is a folder"},
      {"colorize grey.png -o out.png --reveal-random 3",
       "is a grey picture, which has no colours to reveal: give hints"},
      {"colorize grey_rgb.png -o out.png --reveal-random 3", "is a grey picture"},
      {"colorize grey.png -o out.png --reveal cells.txt --protocol paper", "is a grey picture"},
      {"colorize in.png -o out.png --reveal cells.txt", "line 2: the row is 3, expected a multiple of 2"},
      {"colorize in.png -o out.png --reveal none.txt", "none.txt"},
      {"colorize in.png -o out.png --hints outside.json", "hints[0].x is 20, expected a whole number in [0,19]"},
      {"colorize in.png -o out.png --hints color.json", "hints[0].color"},
      {"colorize in.png -o out.png --hints broken.json", "broken.json"},
      {"colorize in.png -o none/out.png --hint '1,1=#f00'", "there is no folder \"none\""},
      {"colorize in.png -o /proc/out.png --hint '1,1=#f00'", "cannot write \"/proc/out.png\""},
      {"colorize in.png -o out.png --hint '1,1=#f00' --ab-out none/ab.npy", "there is no folder \"none\""},
      {"colorize in.png -o out.png --weights none.pth", "none.pth"},
      {"colorize in.png -o out.png --weights in.png", "in.png"},
      {"colorize in.png -o out.png --weights " + quoted(golden / "checkpoints" / "bare.pth"), "not iColoriT weights"},
      {"colorize in.png -o out.png --weights " + quoted(checkpoint) + " --head linear", "head.head.weight"},
      {"infer --images none --out p --counts 0", "no pictures in \"none\""},
      {"make-hints --images none --out h --counts 0", "no pictures in \"none\""},
      {"convert none.pth out.safetensors", "none.pth"},
      {"convert " + quoted(golden / "checkpoints" / "bare.pth") + " out.safetensors", "cannot convert"},
      {"inspect none.pth", "none.pth"},
      {"inspect cells.txt", "inspect takes pictures and weights"},
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

TEST_CASE("weights of another architecture: every name is listed", "[tool][errors]") {
  Sandbox box;
  write_image(noise(20, 10, 3), box / "in.png");
  TensorFile file = read_weights(checkpoint);
  file.tensors.extract("norm.bias");
  auto node = file.tensors.extract("blocks.1.mlp.fc2.bias");
  node.key() = "blocks.1.mlp.fc3.bias";
  file.tensors.insert(std::move(node));
  file.tensors.at("head.head.bias").shape = {2, 64};
  write_safetensors(box / "other.safetensors", file.tensors);
  const std::string complaint = box.bad(1, "colorize in.png -o out.png --weights other.safetensors");
  CHECK_THAT(complaint, ContainsSubstring("missing: blocks.1.mlp.fc2.bias, norm.bias;") &&
                            ContainsSubstring("mis-shaped: head.head.bias is (2,64) instead of (128);") &&
                            ContainsSubstring("unexpected: blocks.1.mlp.fc3.bias"));
  CHECK_THAT(
      box.bad(1, concat("colorize in.png -o out.png --variant icolorit_tiny_4ch_patch16_224 --weights ", checkpoint)),
      ContainsSubstring("missing: blocks.2.norm1.weight") &&
          ContainsSubstring("patch_embed.proj.weight is (24,4,8,8) instead of (192,4,16,16)"));
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
  CHECK_THAT(box.bad(1, "colorize in.png -o old.png --hint '1,1=#f00'", "ulimit -f 2;"),
             ContainsSubstring("cannot write \"old.png\""));
  CHECK(text_of(box / "old.png") == old);
  CHECK(box.files() == before);
  box.good("colorize in.png -o old.png --hint '1,1=#f00'");
  CHECK(text_of(box / "old.png") != old);
}

TEST_CASE("the paper protocol equals the executable specification", "[tool]") {
  Sandbox box;
  const std::string convert = GENERATE(std::string(), "safetensors");
  fs::path weights = checkpoint;
  if (!convert.empty()) box.good(concat("convert ", checkpoint, " ", weights = box / "w.safetensors"));
  box.good(concat("colorize ", pictures / "sample_color.png", " -o out.png --ab-out ab.npy --protocol paper --weights ",
                  weights, " --size 48 --reveal ", golden / "paper" / "hints.txt"));
  const auto expected = read_npy<float>(golden / "paper" / "ab.npy"), ab = read_npy<float>(box / "ab.npy");
  CHECK(ab.shape == Shape{2, 48, 48});
  float error = 0;
  for (std::size_t i = 0; i < ab.values.size(); ++i)
    error = std::max(error, std::abs(ab.values[i] - expected.values.at(i)));
  CHECK(error <= 2e-5f);  // the demand on the project

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
  box.good("colorize in.png -o out.png --ab-out network.npy --hint '9,9=#f00' --weights " + quoted(checkpoint));
  const auto network = read_npy<float>(box / "network.npy");
  CHECK(network.shape == Shape{2, 48, 48});
  box.good("colorize in.png -o out.png --ab-out larger.npy --hint '9,9=#f00' --size 64 --weights " +
           quoted(checkpoint));
  CHECK(read_npy<float>(box / "larger.npy").shape == Shape{2, 64, 64});
  // One hint: the optimisation paints everything in its colour, #ff0000 = (53.24, 80.09, 67.20) in Lab.
  box.good("colorize in.png -o out.png --ab-out optimum.npy --hint '9,9=#f00'");
  const auto optimum = read_npy<float>(box / "optimum.npy");
  CHECK(optimum.shape == Shape{2, 30, 60});
  CHECK(optimum.values.front() == Approx(80.09 / 110).margin(1e-3));
  CHECK(optimum.values.back() == Approx(67.20 / 110).margin(1e-3));
}

TEST_CASE("revealed hints bring colour back", "[tool]") {
  Sandbox box;
  const std::string in = quoted(pictures / "sample_color.png");
  box.good("colorize " + in + " -o few.png --reveal-random 1 --seed 5");
  box.good("colorize " + in + " -o many.png --reveal-random 300 --seed 5");
  box.good("colorize " + in + " -o again.png --reveal-random 300 --seed 5");
  box.good("colorize " + in + " -o other.png --reveal-random 300 --seed 6");
  const Image truth = converted(read_image(pictures / "sample_color.png"), 3, 8);
  const Image many = read_image(box / "many.png");
  CHECK(psnr(many, truth) > psnr(read_image(box / "few.png"), truth) + 3);
  CHECK(read_image(box / "again.png") == many);
  CHECK(read_image(box / "other.png") != many);
}

TEST_CASE("make-hints: nested, and of seed and stem alone", "[tool]") {
  Sandbox box;
  fs::create_directories(box / "one/imgs");
  fs::create_directories(box / "two");
  for (const std::string name : {"one/imgs/b.png", "two/a.png", "two/b.jpg", "two/c.png"})
    write_image(noise(4, 4, 3), box / name);
  write_file(box / "two/README.txt", std::string_view("no picture"));
  box.good("make-hints --images one --out h1 --counts 0 3 10");
  box.good("make-hints --images two --out h2 --counts 10 3 0 --seed 1234");
  box.good("make-hints --images two --out h3 --counts 10 --seed 1235");
  const HintGrid grid(224, 224, 2);
  const auto cells = [&](const std::string& folder, Index count, const std::string& stem) {
    return read_hint_cells(hint_cells_path(box / folder, 2, count, stem), grid);
  };
  const auto ten = cells("h1", 10, "b"), three = cells("h1", 3, "b");
  CHECK(cells("h1", 0, "b").empty());
  CHECK(ten.size() == 10);
  CHECK(three == std::vector(ten.begin(), ten.begin() + 3));
  CHECK(cells("h2", 10, "b") == ten);
  CHECK(cells("h2", 10, "a") != ten);
  CHECK(cells("h3", 10, "b") != ten);
  CHECK(!fs::exists(box / "h2/h2-n10/README.txt"));
  box.good("make-hints --images two --out h4 --counts 5 --size 64 --cell 16");
  CHECK(read_hint_cells(box / "h4/h16-n5/a.txt", HintGrid(64, 64, 16)).size() == 5);

  write_image(noise(4, 4, 3), box / "two/a.jpg");
  CHECK_THAT(box.bad(1, "make-hints --images two --out h5 --counts 1"), ContainsSubstring("rename one"));
}

TEST_CASE("infer: the published layout and PSNR@k", "[tool]") {
  Sandbox box;
  const std::string engine = GENERATE(std::string("--size 48"), "--weights " + quoted(checkpoint));
  CAPTURE(engine);
  fs::create_directories(box / "root/imgs");
  for (const std::string stem : {"a", "b", "c"})
    write_image(noise(70, 50, 3, static_cast<std::uint64_t>(stem[0])), box / ("root/imgs/" + stem + ".png"));
  box.good("make-hints --images root --out hints --counts 1 20 --size 48");
  const std::string table = box.good("infer --images root --hints hints --counts 20 0 1 --out pred " + engine);

  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  CHECK_THAT(line, ContainsSubstring("PSNR@k") && ContainsSubstring("3 pictures"));
  for (const Index count : {0, 1, 20}) {
    Index printed_count = -1;
    double printed = 0, sum = 0;
    lines >> printed_count >> printed;
    CHECK(printed_count == count);
    for (const std::string stem : {"a", "b", "c"}) {
      const fs::path in = box / ("root/imgs/" + stem + ".png");
      const Image result = read_image(box / concat("pred/h2-n", count, "/", stem, ".png"));
      sum += psnr(result, EvaluationPicture(read_image(in), 48, 48).rgb);
      const std::string reveal = count == 0 ? "" : concat("--reveal ", hint_cells_path(box / "hints", 2, count, stem));
      box.run(concat("colorize ", in, " -o single.png --protocol paper ", engine, " ", reveal));
      CHECK(read_image(box / "single.png") == result);
    }
    CHECK(printed == Approx(sum / 3).margin(6e-4));  // printed with three digits
  }

  CHECK(box.good("infer --images root --hints hints --counts 0 1 20 --out pred --batch 2 --threads 1 " + engine) ==
        table);
  CHECK_THAT(box.bad(1, "infer --images root --hints hints --counts 1 7 --out pred " + engine),
             ContainsSubstring("h2-n7/a.txt") && ContainsSubstring("icolorit make-hints"));
  CHECK(!fs::exists(box / "pred/h2-n7"));

  write_file(box / "root/imgs/broken.png", std::string_view("broken"));
  write_file(box / "grey.txt", std::string_view("b\nc.png\n"));
  const Outcome outcome = box.run("infer --images root --counts 0 --out pred2 --grey-list grey.txt " + engine);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("1 pictures"));
  CHECK_THAT(outcome.err, ContainsSubstring("left out 1 unreadable") && ContainsSubstring("broken.png"));
  CHECK(fs::exists(box / "pred2/h2-n0/a.png"));
  CHECK(!fs::exists(box / "pred2/h2-n0/b.png"));
}

TEST_CASE("convert keeps the parameters and what they came from", "[tool]") {
  Sandbox box;
  CHECK_THAT(box.good(concat("convert ", checkpoint, " w.safetensors")),
             ContainsSubstring("34 tensors, 49118 parameters, f32; left out 2 tensors that are no parameters"));
  const TensorFile before = read_weights(checkpoint), after = read_weights(box / "w.safetensors");
  CHECK(after.tensors.size() + 2 == before.tensors.size());
  for (const auto& [name, tensor] : after.tensors) CHECK(std::ranges::equal(tensor.bytes, before.find(name)->bytes));
  CHECK(after.metadata.at("icolorit.source") == "checkpoint.pth");
  CHECK(after.metadata.at("icolorit.dim") == "24");

  const std::string dtype = GENERATE("f16", "bf16");
  box.good(concat("convert w.safetensors half.safetensors --dtype ", dtype));
  CHECK_THAT(box.good("inspect half.safetensors --verify"),
             ContainsSubstring("self-check    passed") && ContainsSubstring(dtype));

  std::vector<std::byte> large{std::byte{0}, std::byte{0}, std::byte{0x80}, std::byte{0x49}};  // 2^20, little-endian
  TensorFile file = read_weights(box / "w.safetensors");
  std::vector<std::byte> bias(file.tensors.at("norm.bias").bytes.begin(), file.tensors.at("norm.bias").bytes.end());
  std::ranges::copy(large, bias.begin());
  file.tensors.at("norm.bias").bytes = bias;
  write_safetensors(box / "large.safetensors", file.tensors, file.metadata);
  if (dtype == "f16")
    CHECK_THAT(box.bad(1, "convert large.safetensors half.safetensors --dtype f16"),
               ContainsSubstring("norm.bias holds") && ContainsSubstring("use --dtype bf16 or f32"));
  // The sample was written for other weights.
  CHECK_THAT(box.run("inspect large.safetensors --verify").err, ContainsSubstring("does not compute"));
}

TEST_CASE("convert writes what PyTorch would have saved, key for key", "[tool]") {
  Sandbox box;
  for (const std::string network : {"cnn", "linear_cell4", "locattn_cell8"}) {
    CAPTURE(network);
    const fs::path original = golden / "network" / network / "checkpoint.pth";  // by torch.save
    box.good(concat("convert ", original, " w.safetensors"));
    box.good("convert w.safetensors back.pth");
    const TensorFile before = read_weights(original), after = read_torch_checkpoint(box / "back.pth");
    CHECK(after.metadata.at("epoch") == before.metadata.at("epoch"));
    REQUIRE(after.tensors.size() == before.tensors.size());
    for (const auto& [name, tensor] : before.tensors) {
      INFO(name);
      const StoredTensor* same = after.find(name);
      REQUIRE(same != nullptr);
      CHECK(same->dtype == tensor.dtype);
      CHECK(same->shape == tensor.shape);
      CHECK(std::ranges::equal(same->bytes, tensor.bytes));
    }
  }
  box.good("convert w.safetensors half.pth --dtype bf16");
  CHECK(read_weights(box / "half.pth").find("norm.weight")->dtype == DType::bf16);
  CHECK_THAT(box.bad(2, "convert w.safetensors w.bin"), ContainsSubstring("must end in .safetensors or .pth"));
}

TEST_CASE("inspect", "[tool]") {
  Sandbox box;
  CHECK_THAT(box.good("inspect " + quoted(checkpoint)),
             ContainsSubstring("PyTorch checkpoint") && ContainsSubstring("dim 24, 3 heads, patch 8, depth 2") &&
                 ContainsSubstring("parameters    49118") && ContainsSubstring("epoch = 0") &&
                 ContainsSubstring("head.head.weight") && ContainsSubstring("(128,24,3,3)"));
  CHECK_THAT(box.good("inspect " + quoted(golden / "checkpoints" / "bare.safetensors")),
             ContainsSubstring("not usable: these are not iColoriT weights"));
  CHECK_THAT(box.good("inspect " + quoted(golden / "images" / "grey16.png")),
             ContainsSubstring("PNG") && ContainsSubstring("grey\n") && ContainsSubstring("16"));
}

TEST_CASE("pack: the usable pictures of a folder in one file", "[tool]") {
  Sandbox box;
  fs::create_directories(box / "in/deep");
  write_image(noise(40, 30, 3, 1), box / "in/a.png");
  write_image(noise(90, 60, 4, 2), box / "in/deep/b.webp");
  write_image(noise(20, 20, 1), box / "in/grey.png");
  write_file(box / "in/text.jpg", std::string_view("no picture"));

  const std::string report = box.good("pack --images in --out files");
  REQUIRE_THAT(report, ContainsSubstring("2 pictures packed, 2 left out") && ContainsSubstring("grey.png: ") &&
                           ContainsSubstring("text.jpg: "));
  const ShardDataset files(box / "files");
  REQUIRE(files.size() == 2);
  REQUIRE(files.name(1) == "deep/b.webp");
  REQUIRE(files.read(0) == read_file(box / "in/a.png"));

  box.good("pack --images in --out pixels --decoded --short-side 30");
  const ShardDataset pixels(box / "pixels");
  REQUIRE(pixels.load(0) == read_image(box / "in/a.png"));
  REQUIRE(pixels.load(1).width() == 45);
  REQUIRE(pixels.load(1).height() == 30);
  REQUIRE(pixels.load(1).channels() == 3);

  box.good("pack --images in --out small --short-side 15");
  REQUIRE(ShardDataset(box / "small").load(0).width() == 20);

  REQUIRE_THAT(box.bad(1, "pack --images missing --out x"), ContainsSubstring("missing"));
  REQUIRE_THAT(box.bad(1, "pack --images in --out none/x"), ContainsSubstring("there is no folder"));
  REQUIRE_THAT(box.bad(2, "pack --images in --out x --short-side 0"), ContainsSubstring("--short-side"));
  fs::remove_all(box / "in/deep");
  fs::remove(box / "in/a.png");
  REQUIRE_THAT(box.bad(1, "pack --images in --out files"), ContainsSubstring("none of the 2 pictures"));
  REQUIRE(ShardDataset(box / "files").size() == 2);  // the old file survives
}

TEST_CASE("weights that are installed beside the tool are used", "[tool]") {
  Sandbox box;
  fs::create_directories(box / "bin");
  fs::create_directories(box / "share/icolorit");
  fs::copy_file(ICOLORIT_TOOL, box / "bin/icolorit");
  box.good(concat("convert ", checkpoint, " share/icolorit/model.safetensors"));
  write_image(noise(20, 10, 1), box / "in.png");
  const std::string arguments = "colorize in.png -o out.png --ab-out ab.npy --hint '1,1=#f00'";
  REQUIRE(box.run(arguments, "", box / "bin/icolorit").code == 0);
  CHECK(read_npy<float>(box / "ab.npy").shape == Shape{2, 48, 48});
  REQUIRE(box.run(arguments + " --engine optimization", "", box / "bin/icolorit").code == 0);
  CHECK(read_npy<float>(box / "ab.npy").shape == Shape{2, 10, 20});
}

TEST_CASE("the model that comes with the tool is whole and colours a photograph", "[tool]") {
  Sandbox box;
  const std::string model = quoted(pictures.parent_path() / "models" / "icolorit_tiny.safetensors");
  CHECK_THAT(box.good("inspect " + model + " --verify"), ContainsSubstring("self-check"));
  box.good(
      concat("colorize ", pictures / "sample_grey.png", " --weights ", model, " --hint '320,230=#c03020' -o out.png"));
  const Image colored = read_image(box / "out.png");
  const auto samples = colored.samples<std::uint8_t>();
  CHECK(samples(230, 320, 0) > samples(230, 320, 2));  // red where red was asked for
}

TEST_CASE("a network in int8 colours almost as in f32", "[tool][int8]") {
  Sandbox box;
  const std::string arguments = concat("colorize ", pictures / "sample_grey.png", " --weights ", checkpoint,
                                       " --hint '10,10=#c03020' --ab-out ab.npy -o out.png");
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

TEST_CASE("a device that is not there, and a precision that it has not, are said", "[tool]") {
  Sandbox box;
  const std::string bench = "bench --variant icolorit_tiny_4ch_patch32_224 --size 32 --iterations 1";
  CHECK_THAT(box.bad(2, bench + " --precision bf16"), ContainsSubstring("needs --device cuda"));
  CHECK_THAT(box.bad(2, bench + " --precision int8 --device cuda"), ContainsSubstring("needs --device cpu"));
  CHECK_THAT(box.bad(2, bench + " --device tpu"), ContainsSubstring("--device"));
  const auto result = box.run(bench + " --device cuda");
  // 0 where there is a device, 1 where the module for CUDA finds none, 2 where there is no such module.
  if (result.code == 1) CHECK_THAT(result.err, ContainsSubstring("there is no CUDA device"));
  if (result.code == 2) CHECK_THAT(result.err, ContainsSubstring("there is no CUDA in this icolorit"));
  CHECK(result.code <= 2);
}

TEST_CASE("bench tells time, share of the peak and memory, for people and for programs", "[tool]") {
  Sandbox box;
  const std::string said = box.good("bench --weights " + quoted(checkpoint) + " --threads 1 --iterations 3");
  CHECK_THAT(said, ContainsSubstring("of 3 forward passes") && ContainsSubstring("images/s") &&
                       ContainsSubstring("GFLOP/s") && ContainsSubstring("peak memory"));
  const json::Value result = json::parse(
      box.good("bench --variant icolorit_tiny_4ch_patch32_224 --size 64 --batch 2 --threads 2 --iterations 4 --json"));
  CHECK(result.at("iterations").as_integer() == 4);
  CHECK(result.at("batch").as_integer() == 2);
  CHECK(result.at("size").as_integer() == 64);
  const double median = result.at("median_ms").as_number();
  CHECK(median >= result.at("least_ms").as_number());
  CHECK(result.at("images_per_second").as_number() == Approx(2000 / median));
  CHECK(result.at("share_of_peak").as_number() > 0);
  CHECK(result.at("share_of_peak").as_number() <= 1.2);  // the peak itself is measured
  CHECK(result.at("peak_memory_bytes").as_integer() > 1'000'000);
  const json::Value rounded = json::parse(
      box.good("bench --variant icolorit_tiny_4ch_patch32_224 --size 64 --precision int8 --iterations 2 --json"));
  CHECK(rounded.at("precision").as_string() == "int8");
  CHECK_THAT(box.bad(2, "bench"), ContainsSubstring("give --weights FILE, or --variant NAME"));
  CHECK_THAT(box.bad(2, "bench --variant icolorit_huge"), ContainsSubstring("icolorit_tiny_4ch_patch16_224"));
  CHECK_THAT(box.bad(2, "bench --variant icolorit_tiny_4ch_patch16_224 --size 30"), ContainsSubstring("multiple"));
}
