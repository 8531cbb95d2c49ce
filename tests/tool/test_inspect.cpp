// icolorit inspect: what a file holds, and in the last line whether icolorit can use it.
#include <algorithm>
#include <filesystem>
#include <string>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/weights.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

TEST_CASE("inspect", "[tool]") {
  Sandbox box;
  CHECK_THAT(box.good("inspect --tensors " + quoted(checkpoint)),
             ContainsSubstring("PyTorch checkpoint") && ContainsSubstring("dim 24, 3 heads, patch 8, depth 2") &&
                 ContainsSubstring("parameters    49118") && ContainsSubstring("epoch = 0") &&
                 ContainsSubstring("head.head.weight") && ContainsSubstring("(128,24,3,3)"));
  CHECK_THAT(box.good("inspect " + quoted(golden / "checkpoints" / "bare.safetensors")),
             ContainsSubstring("not usable: these are not iColoriT weights"));
  CHECK_THAT(box.good("inspect " + quoted(golden / "images" / "grey16.png")),
             ContainsSubstring("PNG") && ContainsSubstring("grey\n") && ContainsSubstring("16"));
}

TEST_CASE("inspect ends with its verdict and lists tensors only when asked", "[tool]") {
  Sandbox box;
  const std::string said = box.good(concat("inspect ", examples / "models" / "icolorit_tiny.safetensors"));
  CHECK(std::ranges::count(said, '\n') < 30);
  CHECK_THAT(said, ContainsSubstring("tensors       174, which --tensors lists") &&
                       ContainsSubstring("icolorit_tiny_4ch_patch16_224"));
  CHECK_THAT(said.substr(said.rfind('\n', said.size() - 2) + 1), ContainsSubstring("verdict       usable"));
}

TEST_CASE("inspect cuts long metadata", "[tool]") {
  Sandbox box;
  TensorFile file = read_weights(checkpoint);
  file.metadata["training.state"] = std::string(5000, 'x');
  write_safetensors(box / "long.safetensors", file.tensors, file.metadata);
  const std::string said = box.good("inspect long.safetensors");
  CHECK(said.size() < 2000);
  CHECK_THAT(said, ContainsSubstring("xxx... (5000 bytes)"));
}

TEST_CASE("inspect knows packs, hint files, and checkpoints of before PyTorch 1.6", "[tool]") {
  Sandbox box;
  fs::create_directory(box / "in");
  write_image(noise(40, 30, 3), box / "in/a.png");
  write_image(noise(40, 30, 3, 2), box / "in/b.png");
  box.good("pack --images in --out val.pack --decoded");
  CHECK_THAT(box.good("inspect val.pack --verify"),
             ContainsSubstring("0 compressed, 2 as pixels") && ContainsSubstring("none of them damaged"));
  std::string damaged = text_of(box / "val.pack");
  damaged[100] = static_cast<char>(damaged[100] + 1);
  write_file(box / "damaged.pack", std::string_view(damaged));
  box.good("inspect damaged.pack");  // the index is whole
  CHECK_THAT(box.bad(1, "inspect damaged.pack --verify"), ContainsSubstring("are damaged"));

  CHECK_THAT(box.good(concat("inspect ", examples / "pictures" / "sample.hints.json")),
             ContainsSubstring("verdict       106 hints"));
  write_file(box / "one.json", std::string_view(R"({"hints":[{"x":1,"y":1,"color":"teal"}]})"));
  CHECK_THAT(box.good("inspect one.json"), ContainsSubstring("any picture") && ContainsSubstring("1 hint that"));
  box.good("make-hints --images in --out made --counts 3 7 --size 64");
  CHECK_THAT(box.good("inspect made/hints.json"),
             ContainsSubstring("64 x 64 pixels in cells of 2") && ContainsSubstring("counts        3 7\n"));
  write_file(box / "broken.json", std::string_view(R"({"hints":[{"x":1,"y":1}]})"));
  CHECK_THAT(box.bad(1, "inspect broken.json"), ContainsSubstring("hints[0].color is missing"));

  write_file(box / "cells.txt", std::string_view("4 10\n222 8\n"));
  CHECK_THAT(box.good("inspect cells.txt"), ContainsSubstring("row 222, column 10") &&
                                                ContainsSubstring("multiples of 2") && ContainsSubstring("2 cells"));
  write_file(box / "none.txt", std::string_view());
  CHECK_THAT(box.good("inspect none.txt"), ContainsSubstring("0 cells"));

  CHECK_THAT(box.good(concat("inspect ", golden / "checkpoints" / "legacy.pth")),
             ContainsSubstring("the format before PyTorch 1.6"));
}
