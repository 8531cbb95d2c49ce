// What the tool does with weights: finds them, refuses those that do not fit, converts them and looks into them.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/io/weights.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

TEST_CASE("weights of another architecture: the names at fault, or the network that they are, are told",
          "[tool][errors]") {
  Sandbox box;
  write_image(noise(20, 10, 3), box / "in.png");
  TensorFile file = read_weights(checkpoint);
  file.tensors.extract("norm.bias");
  auto node = file.tensors.extract("blocks.1.mlp.fc2.bias");
  node.key() = "blocks.1.mlp.fc3.bias";
  file.tensors.insert(std::move(node));
  file.tensors.at("head.head.bias").shape = {2, 64};
  write_safetensors(box / "other.safetensors", file.tensors);
  const std::string complaint = box.bad(1, "colorize in.png -o out.png --overwrite --weights other.safetensors");
  CHECK_THAT(complaint, ContainsSubstring("missing: blocks.1.mlp.fc2.bias, norm.bias;") &&
                            ContainsSubstring("mis-shaped: head.head.bias is (2,64) instead of (128);") &&
                            ContainsSubstring("unexpected: blocks.1.mlp.fc3.bias"));
  CHECK_THAT(
      box.bad(1, concat("colorize in.png -o out.png --overwrite --variant icolorit_tiny_4ch_patch16_224 --weights ",
                        checkpoint)),
      ContainsSubstring("they are a network of dim 24, 3 heads, patch 8, depth 2, size 48, not icolorit_tiny_4ch"));
  const std::string tiny = " --weights " + quoted(examples / "models" / "icolorit_tiny.safetensors");
  const std::string other = "colorize in.png -o out.png --overwrite --variant icolorit_base_4ch_patch16_224" + tiny;
  CHECK_THAT(box.bad(1, other), ContainsSubstring("they are icolorit_tiny_4ch_patch16_224, not icolorit_base_4ch_"));

  for (auto& [name, tensor] : file.tensors)
    if (name.starts_with("blocks.1.")) tensor.shape = {1, tensor.shape.elements()};
  write_safetensors(box / "other.safetensors", file.tensors);
  CHECK_THAT(box.bad(1, "colorize in.png -o out.png --overwrite --weights other.safetensors"),
             ContainsSubstring(" more;"));
}

TEST_CASE("weights that are installed beside the tool are used, and the report says which engine ran", "[tool]") {
  Sandbox box;
  const fs::path tool = box / "bin/icolorit";
  fs::create_directories(box / "bin");
  fs::create_directories(box / "share/icolorit");
  fs::copy_file(ICOLORIT_TOOL, tool);
  write_image(noise(20, 10, 1), box / "in.png");
  const std::string arguments = "colorize in.png -o out.png --overwrite --ab-out ab.npy --hint '1,1=#f00'";

  const Outcome without = box.run(arguments, "", tool);
  REQUIRE(without.code == 0);
  CHECK_THAT(without.err, ContainsSubstring("out.png: optimisation (no weights found), 1 hint"));
  CHECK(read_npy<float>(box / "ab.npy").shape == Shape{2, 10, 20});
  CHECK_THAT(box.run(arguments + " --engine network", "", tool).err, ContainsSubstring("give --model FILE"));
  CHECK_THAT(box.run("bench", "", tool).err, ContainsSubstring("give --model FILE, or --model NAME"));

  box.good(concat("convert ", checkpoint, " share/icolorit/model.safetensors"));
  const Outcome with = box.run(arguments, "", tool);
  REQUIRE(with.code == 0);
  CHECK_THAT(with.err, ContainsSubstring("out.png: fusion with model.safetensors") && ContainsSubstring(", 1 hint, "));
  CHECK(read_npy<float>(box / "ab.npy").shape == Shape{2, 10, 20});
  CHECK(box.run("bench --iterations 1", "", tool).code == 0);
  const Outcome refused = box.run(arguments + " --engine optimization", "", tool);
  REQUIRE(refused.code == 0);
  CHECK_THAT(refused.err, ContainsSubstring("out.png: optimisation, 1 hint"));
}

TEST_CASE("the tool in the build folder finds the model that comes with it", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  CHECK_THAT(box.report("colorize in.png -o out.png --overwrite --hint '1,1=#f00'"),
             ContainsSubstring("fusion with icolorit_tiny.safetensors"));
}

TEST_CASE("a model is a file of weights or a published name", "[tool]") {
  Sandbox box;
  write_image(noise(20, 10, 1), box / "in.png");
  const std::string colorize = "colorize in.png -o out.png --overwrite --hint '1,1=#f00' ";
  CHECK_THAT(box.report(colorize + "--model " + quoted(checkpoint)), ContainsSubstring("fusion with checkpoint.pth"));
  CHECK_THAT(box.report(colorize + "--model icolorit_tiny_4ch_patch16_224"),
             ContainsSubstring("fusion with icolorit_tiny.safetensors"));
  CHECK_THAT(box.bad(1, colorize + "--model none.pth"), ContainsSubstring("cannot open \"none.pth\""));
  CHECK_THAT(
      box.bad(1, colorize + "--model icolorit_base_4ch_patch16_224"),
      ContainsSubstring("none of icolorit_base_4ch_patch16_224 are installed") && ContainsSubstring("--model FILE"));
  CHECK_THAT(box.bad(2, colorize + "--model icolorit_huge"), ContainsSubstring("unknown variant \"icolorit_huge\""));
  CHECK_THAT(box.bad(2, colorize + "--model a.pth --weights b.pth"), ContainsSubstring("excludes"));
}

TEST_CASE("the model that comes with the tool is whole and colours a photograph", "[tool]") {
  Sandbox box;
  const std::string model = quoted(examples / "models" / "icolorit_tiny.safetensors");
  CHECK_THAT(box.good("inspect " + model + " --verify"), ContainsSubstring("self-check"));
  box.good(concat("colorize ", examples / "pictures" / "sample_grey.png", " --weights ", model,
                  " --hint '320,230=#c03020' -o out.png --overwrite"));
  const Image colored = read_image(box / "out.png");
  const auto samples = colored.samples<std::uint8_t>();
  CHECK(samples(230, 320, 0) > samples(230, 320, 2));  // red where red was asked for
}

TEST_CASE("convert keeps the parameters and what they came from", "[tool]") {
  Sandbox box;
  CHECK_THAT(
      box.report(concat("convert ", checkpoint, " w.safetensors")),
      ContainsSubstring("34 tensors, 49118 parameters, f32, 2 tensors left out, which follow from the architecture: "
                        "blocks.0.attn.relative_position_index, blocks.1"));
  const TensorFile before = read_weights(checkpoint), after = read_weights(box / "w.safetensors");
  CHECK(after.tensors.size() + 2 == before.tensors.size());
  for (const auto& [name, tensor] : after.tensors) CHECK(std::ranges::equal(tensor.bytes, before.find(name)->bytes));
  CHECK(after.metadata.at("icolorit.source") == "checkpoint.pth");
  CHECK(after.metadata.at("icolorit.dim") == "24");

  const std::string dtype = GENERATE("f16", "bf16");
  box.good(concat("convert w.safetensors half.safetensors --dtype ", dtype));
  CHECK_THAT(box.good("inspect half.safetensors --verify --tensors"),
             ContainsSubstring("self-check passed") && ContainsSubstring(dtype));

  std::vector<std::byte> large{std::byte{0}, std::byte{0}, std::byte{0x80}, std::byte{0x49}};  // 2^20, little-endian
  TensorFile file = read_weights(box / "w.safetensors");
  std::vector<std::byte> bias(file.tensors.at("norm.bias").bytes.begin(), file.tensors.at("norm.bias").bytes.end());
  std::ranges::copy(large, bias.begin());
  file.tensors.at("norm.bias").bytes = bias;
  write_safetensors(box / "large.safetensors", file.tensors, file.metadata);
  if (dtype == "f16")
    CHECK_THAT(box.bad(1, "convert large.safetensors half.safetensors --overwrite --dtype f16"),
               ContainsSubstring("norm.bias holds") && ContainsSubstring("use --dtype bf16 or f32"));
  // The sample was written for other weights.
  CHECK_THAT(box.run("inspect large.safetensors --verify").err, ContainsSubstring("does not compute"));
}

TEST_CASE("convert writes what PyTorch would have saved, key for key", "[tool]") {
  Sandbox box;
  for (const std::string network : {"cnn", "linear_cell4", "locattn_cell8"}) {
    CAPTURE(network);
    const fs::path original = golden / "network" / network / "checkpoint.pth";  // by torch.save
    box.good(concat("convert ", original, " w.safetensors --overwrite"));
    box.good("convert w.safetensors back.pth --overwrite");
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
