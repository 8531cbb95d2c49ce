// From weight files to configurations and parameters: what is inferred, what is refused and how it is said.
#include "icolorit/models/weights.hpp"

#include <cstdint>
#include <map>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/model.hpp"
#include "icolorit/models/onnx_network.hpp"
#include "icolorit/models/self_check.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/process.hpp"
#include "support/synthetic.hpp"

using namespace icolorit;
using namespace icolorit::test;
using Catch::Matchers::Message;

namespace {

const IColoriTConfig small{.dim = 16, .heads = 2, .patch = 8, .size = 16, .depth = 1};

template <class T>
StoredTensors tensors_of(const IColoriTConfig& config, ParameterBuffer<IColoriT, T>& parameters) {
  StoredTensors tensors;
  IColoriT::visit(config, parameters.views(), "", [&](const std::string& name, auto& view, const auto&, Decay) {
    const std::span<const T> values(view.data(), static_cast<std::size_t>(view.elements()));
    tensors.emplace(name, stored(values, view.shape()));
  });
  return tensors;
}

/// A file of the small network in memory, to be damaged.
struct SmallFile {
  ParameterBuffer<IColoriT, float> parameters = synthetic_weights(small);
  std::vector<float> spare = std::vector<float>(4096);
  std::vector<std::int64_t> index;
  TensorFile file;

  SmallFile() { file.tensors = tensors_of(small, parameters); }

  /// Adds or replaces a tensor of zeros.
  void put(const std::string& name, const Shape& shape) {
    file.tensors.insert_or_assign(
        name, stored(std::span<const float>(spare).first(static_cast<std::size_t>(shape.elements())), shape));
  }

  /// The buffer that published checkpoints hold for each block.
  void put_position_index(Index side) {
    const Grid grid{side, side};
    const Index N = grid.tokens();
    index.clear();
    for (Index i = 0; i < N * N; ++i) index.push_back(RelativePositionBias::row(grid, i / N, i % N));
    file.tensors.insert_or_assign("blocks.0.attn.relative_position_index",
                                  StoredTensor{DType::i64, {N, N}, std::as_bytes(std::span(index))});
  }
};

bool same_bits(TensorView<const float, 1> a, TensorView<const float, 1> b) {
  return a.extents() == b.extents() && std::equal(a.data(), a.data() + a.elements(), b.data());
}

}  // namespace

TEST_CASE("the configuration of every golden checkpoint follows from its tensors", "[weights]") {
  const auto [name, expected] = GENERATE(table<std::string, IColoriTConfig>({
      {"cnn", {.dim = 24, .heads = 3, .patch = 8, .size = 48, .depth = 2}},
      {"patch_level_hints", {.dim = 16, .heads = 2, .patch = 16, .size = 64, .depth = 1, .head = Stabilizer::linear}},
      {"linear_cell4", {.dim = 24, .heads = 2, .patch = 8, .size = 40, .depth = 2, .head = Stabilizer::linear}},
      {"locattn_cell8",
       {.dim = 32, .heads = 4, .patch = 8, .size = 40, .depth = 1, .head = Stabilizer::local_attention}},
      // The encoding is not in the tensors: the published default stands in.
      {"no_average_centred_mask", {.dim = 24, .heads = 3, .patch = 8, .size = 32, .depth = 1}},
      // Nor are heads and size without a position table: heads of 64 channels, the published size.
      {"no_position_bias_cell1", {.dim = 24, .heads = 1, .patch = 8, .size = 224, .depth = 1, .position_bias = false}},
      {"three_channels", {.dim = 24, .heads = 3, .patch = 8, .size = 32, .depth = 1, .channels = 3}},
      {"no_hints", {.dim = 24, .heads = 3, .patch = 8, .size = 32, .depth = 1}},
  }));
  CAPTURE(name);
  const auto file = read_weights(std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / name / "checkpoint.pth");
  CHECK(infer_config(file) == expected);
  // The buffers that published checkpoints hold beside the parameters are there, and welcome.
  CHECK((file.find("blocks.0.attn.relative_position_index") != nullptr) == expected.position_bias);
  CHECK((file.find("head.mask") != nullptr) == (expected.head == Stabilizer::local_attention));
  CHECK_NOTHROW(load_weights<float>(file, expected));
}

TEST_CASE("safetensors with metadata give back configuration and parameters", "[weights]") {
  const auto config = GENERATE(values<IColoriTConfig>(
      {small,
       {.dim = 24, .heads = 3, .patch = 4, .size = 12, .depth = 3, .mlp_ratio = 2.5, .channels = 3},
       {.dim = 16, .heads = 4, .patch = 8, .size = 24, .depth = 1, .head = Stabilizer::local_attention},
       {.dim = 16,
        .heads = 4,
        .patch = 8,
        .size = 24,
        .depth = 1,
        .head = Stabilizer::linear,
        .encoding = {.average = false, .centre_mask = true}},
       {.dim = 24, .heads = 3, .patch = 8, .size = 32, .depth = 1, .position_bias = false}}));
  CAPTURE(config.dim, config.depth, name_of(config.head));
  auto parameters = synthetic_weights(config);
  const auto file = parse_safetensors(format_safetensors(tensors_of(config, parameters), weights_metadata(config)));
  CHECK(infer_config(file) == config);
  const auto loaded = load_weights<float>(file, config);
  CHECK(same_bits(loaded.flat(), std::as_const(parameters).flat()));
}

TEST_CASE("a hidden width that is no whole multiple of the dimension is inferred exactly", "[weights]") {
  // 1/49 * 49 is below 1 in double, as are many others: the ratio must not lose a column.
  for (const Index dim : {Index{24}, Index{49}, Index{98}, Index{103}})
    for (Index hidden = 1; hidden < 500; ++hidden) {
      const std::vector<std::byte> some(1);  // names and shapes are all that is read
      TensorFile file;
      auto& tensors = file.tensors;
      tensors.emplace("patch_embed.proj.weight", StoredTensor{DType::u8, {dim, 4, 8, 8}, some});
      tensors.emplace("blocks.0.norm1.weight", StoredTensor{DType::u8, {dim}, some});
      tensors.emplace("blocks.0.mlp.fc1.weight", StoredTensor{DType::u8, {hidden, dim}, some});
      CAPTURE(dim, hidden);
      REQUIRE(infer_config(file).mlp_hidden() == hidden);
    }
}

TEMPLATE_TEST_CASE("weights stored with 16 bits load", "[weights]", f16, bf16) {
  auto parameters = synthetic_weights<TestType>(small);
  const auto file = parse_safetensors(format_safetensors(tensors_of(small, parameters)));
  CHECK(file.find("norm.weight")->dtype == dtype_of<TestType>);
  const auto config = infer_config(file);
  CHECK(config == small);
  const auto loaded = load_weights<float>(file, config);
  REQUIRE(loaded.flat().elements() == parameters.flat().elements());
  CHECK(std::equal(loaded.flat().data(), loaded.flat().data() + loaded.flat().elements(), parameters.flat().data()));
  // The other way, weights of 32 bits are rounded when 16 are asked for.
  auto wide = synthetic_weights(small);
  TensorFile in_memory;
  in_memory.tensors = tensors_of(small, wide);
  const auto narrow = load_weights<TestType>(in_memory, small);
  for (Index i = 0; i < wide.flat().elements(); ++i)
    REQUIRE(float(narrow.flat()[i]) == float(TestType(wide.flat()[i])));
}

TEST_CASE("a file that fits loads, with the buffers that follow from it", "[weights]") {
  SmallFile small_file;
  small_file.put_position_index(2);
  small_file.put("head.mask", {4, 4});
  const auto loaded = load_weights<float>(small_file.file, infer_config(small_file.file));
  CHECK(same_bits(loaded.flat(), std::as_const(small_file.parameters).flat()));
  CHECK(is_derived_buffer("blocks.11.attn.relative_position_index"));
  CHECK(is_derived_buffer("head.mask"));
  CHECK_FALSE(is_derived_buffer("relative_position_index"));
  CHECK_FALSE(is_derived_buffer("blocks.0.attn.rpb_table"));
}

TEST_CASE("missing, mis-shaped and unexpected tensors are named in one sentence", "[weights][errors]") {
  SmallFile small_file;
  small_file.file.tensors.erase("norm.weight");
  small_file.file.tensors.erase("blocks.0.attn.q_bias");
  small_file.put("norm.bias", {8, 2});
  small_file.put("head.head.weight", {128, 16, 1, 1});
  small_file.put("blocks.1.extra", {3});
  small_file.put("optimizer", {1});
  std::vector<std::int64_t> integers(16);
  small_file.file.tensors.insert_or_assign("blocks.0.norm1.bias",
                                           StoredTensor{DType::i64, {16}, std::as_bytes(std::span(integers))});
  CHECK_THROWS_MATCHES(
      load_weights<float>(small_file.file, small), WeightsError,
      Message("the weights do not fit the network; missing: blocks.0.attn.q_bias, norm.weight; "
              "mis-shaped: blocks.0.norm1.bias holds i64, norm.bias is (8,2) instead of (16) and 1 more; "
              "unexpected: blocks.1.extra, optimizer"));
}

TEST_CASE("weights of another architecture are refused before memory is asked for", "[weights][errors]") {
  SmallFile small_file;
  IColoriTConfig demanded = small;
  demanded.depth = 2;
  CHECK_THROWS_WITH(Model<CpuBackend>(small_file.file, {.config = demanded}),
                    ContainsSubstring("missing: blocks.1.norm1.weight, ") &&
                        ContainsSubstring("blocks.1.attn.q_bias and 11 more") && !ContainsSubstring("unexpected"));
  // A head of 8 petabytes.
  demanded = small;
  demanded.dim = demanded.heads = Index{1} << 24;
  CHECK_THROWS_AS(load_weights<float>(small_file.file, demanded), WeightsError);
}

TEST_CASE("a position index that means something else is refused", "[weights][errors]") {
  SmallFile small_file;
  const std::string complaint = "blocks.0.attn.relative_position_index is not the position index of a 2 x 2 grid";
  SECTION("another value") {
    small_file.put_position_index(2);
    std::swap(small_file.index.front(), small_file.index.back());
    CHECK_NOTHROW(load_weights<float>(small_file.file, small));  // both are the middle
    std::swap(small_file.index[0], small_file.index[1]);
    CHECK_THROWS_MATCHES(load_weights<float>(small_file.file, small), WeightsError, Message(complaint));
  }
  SECTION("another grid") {
    small_file.put_position_index(3);
    CHECK_THROWS_MATCHES(load_weights<float>(small_file.file, small), WeightsError, Message(complaint));
  }
}

TEST_CASE("files that hold no iColoriT network are refused", "[weights][errors]") {
  SmallFile small_file;
  const auto refused = [&] { infer_config(small_file.file); };
  SECTION("nothing at all") {
    small_file.file.tensors.clear();
    CHECK_THROWS_MATCHES(refused(), WeightsError,
                         Message("these are not iColoriT weights: patch_embed.proj.weight is missing"));
  }
  SECTION("no blocks") {
    small_file.file.tensors.erase("blocks.0.mlp.fc1.weight");
    CHECK_THROWS_MATCHES(refused(), WeightsError,
                         Message("these are not iColoriT weights: blocks.0.mlp.fc1.weight is missing"));
  }
  SECTION("another rank") {
    small_file.put("patch_embed.proj.weight", {16, 256});
    CHECK_THROWS_MATCHES(refused(), WeightsError,
                         Message("these are not iColoriT weights: patch_embed.proj.weight is (16,256), expected rank 4 "
                                 "and elements"));
  }
  SECTION("an extent of 0, behind which the others may be anything") {
    small_file.put("patch_embed.proj.weight", {Index{1} << 50, 4, 8, 0});
    CHECK_THROWS_MATCHES(refused(), WeightsError,
                         Message("these are not iColoriT weights: patch_embed.proj.weight is (1125899906842624,4,8,0"
                                 "), expected rank 4 and elements"));
  }
  SECTION("five channels") {
    small_file.put("patch_embed.proj.weight", {16, 5, 4, 4});
    CHECK_THROWS_MATCHES(
        refused(), WeightsError,
        Message("these are not usable iColoriT weights: IColoriTConfig: channels is 5, expected 3 or 4"));
  }
  SECTION("heads that do not divide the dimension") {
    small_file.put("blocks.0.attn.rpb_table", {9, 3});
    CHECK_THROWS_MATCHES(
        refused(), WeightsError,
        Message("these are not usable iColoriT weights: IColoriTConfig: dim 16 is not a multiple of 3 heads"));
  }
  SECTION("metadata that no program of ours wrote") {
    small_file.file.tensors.erase("blocks.0.attn.rpb_table");
    const auto value = GENERATE("many", "-8", "0", "1073741824", "99999999999999999999");
    CAPTURE(value);
    small_file.file.metadata["icolorit.size"] = value;
    CHECK_THROWS_AS(refused(), WeightsError);
    small_file.file.metadata["icolorit.size"] = "16";
    small_file.file.metadata["icolorit.heads"] = value;
    CHECK_THROWS_AS(refused(), WeightsError);
  }
}

TEST_CASE("a model's input size is any multiple of the patch", "[weights][errors]") {
  SmallFile small_file;
  CHECK(Model<CpuBackend>(small_file.file).height() == 16);
  const Model<CpuBackend> model(small_file.file, {.height = 24, .width = 40});
  CHECK(model.height() == 24);
  CHECK(model.width() == 40);
  CHECK(model.config() == small);
  CHECK_THROWS_MATCHES(Model<CpuBackend>(small_file.file, {.height = 24, .width = 44}), ShapeError,
                       Message("Model: an input of 44 x 24 pixels is not a multiple of the patch, 8"));
}

TEST_CASE("the registry knows the published variants and takes one's own", "[weights]") {
  auto registry = ModelRegistry::published();
  const auto& base = registry.find("icolorit_base_4ch_patch16_224");
  CHECK(base == IColoriTConfig{});
  CHECK(registry.find("icolorit_tiny_4ch_patch8_224").trained() == Grid{28, 28});
  CHECK(registry.find("icolorit_small_4ch_patch16_224").mlp_hidden() == 1536);
  CHECK_THROWS_MATCHES(registry.find("huge"), ArgumentError,
                       Message("unknown variant \"huge\"; known are icolorit_base_4ch_patch16_224, "
                               "icolorit_small_4ch_patch16_224, icolorit_tiny_4ch_patch16_224 and 2 more"));
  CHECK(registry.name_of(base) == "icolorit_base_4ch_patch16_224");
  CHECK(registry.name_of({.dim = 192, .heads = 3, .patch = 8, .head = Stabilizer::linear}) ==
        "icolorit_tiny_4ch_patch8_224");
  CHECK(registry.name_of({.dim = 192, .heads = 3, .patch = 8, .depth = 2}).empty());

  registry.add("mine", {.dim = 512, .heads = 8});
  CHECK(registry.find("mine").dim == 512);
  registry.add("mine", {.dim = 64, .heads = 8, .depth = 2});
  CHECK(registry.find("mine").dim == 64);
  CHECK(registry.variants().size() == 6);
  CHECK(ModelRegistry::published().variants().size() == 5);  // a copy was changed
  // The reference's page on the published networks, in units of 1e9.
  CHECK(ModelRegistry::published().find("icolorit_tiny_4ch_patch16_224").multiply_adds() ==
        Approx(1.429e9).epsilon(5e-4));
  CHECK(ModelRegistry::published().find("icolorit_small_4ch_patch16_224").multiply_adds() ==
        Approx(4.940e9).epsilon(5e-4));
  CHECK(ModelRegistry::published().find("icolorit_base_4ch_patch16_224").multiply_adds() ==
        Approx(18.203e9).epsilon(5e-4));
  // One's own variant is a network like the others.
  auto parameters = synthetic_weights(registry.find("mine"));
  TensorFile file;
  file.tensors = tensors_of(registry.find("mine"), parameters);
  CHECK(infer_config(file) == registry.find("mine"));
}

TEST_CASE("configurations that make no network are refused", "[weights][errors]") {
  const auto [config, complaint] = GENERATE(table<IColoriTConfig, std::string>({
      {{.depth = 0}, "every extent must be at least 1"},
      {{.patch = 0}, "every extent must be at least 1"},
      {{.dim = -768}, "every extent must be at least 1"},
      {{.mlp_ratio = 0}, "every extent must be at least 1"},
      {{.dim = 100}, "dim 100 is not a multiple of 12 heads"},
      {{.size = 200}, "size 200 is not a multiple of patch 16"},
      {{.size = 8208}, "size 8208 is more than 8192 pixels"},
      {{.channels = 5}, "channels is 5, expected 3 or 4"},
      {{.dim = 36, .head = Stabilizer::local_attention},
       "the local attention head needs a dim that is a multiple of 8, not 36"},
  }));
  CHECK_THROWS_MATCHES(config.validate(), ArgumentError, Message("IColoriTConfig: " + complaint));
  ModelRegistry registry;
  CHECK_THROWS_AS(registry.add("broken", config), ArgumentError);
  CHECK(registry.variants().empty());
}

TEST_CASE("heads have the names of the published code", "[weights][errors]") {
  for (const auto head : {Stabilizer::convolution, Stabilizer::linear, Stabilizer::local_attention})
    CHECK(parse_stabilizer(name_of(head)) == head);
  CHECK(name_of(Stabilizer::convolution) == "cnn");
  CHECK_THROWS_MATCHES(parse_stabilizer("conv"), ArgumentError,
                       Message("unknown head \"conv\": use cnn, linear or locattn"));
}

TEST_CASE("a model that uses up its file is the same model", "[weights]") {
  const auto read = [] {
    return read_weights(std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth");
  };
  const TensorFile kept = read();
  const auto sample = [](const auto& model) { return self_check_sample(model); };
  CHECK(sample(std::make_shared<const Model<CpuBackend>>(read())) ==
        sample(std::make_shared<const Model<CpuBackend>>(kept)));
  // Elements that are not the file's own stay as they are.
  SmallFile elsewhere;
  const std::vector<float> before(elsewhere.parameters.flat().data(),
                                  elsewhere.parameters.flat().data() + elsewhere.parameters.flat().extent(0));
  const Model<CpuBackend> model(std::move(elsewhere.file));
  CHECK(std::equal(before.begin(), before.end(), elsewhere.parameters.flat().data()));
}

TEST_CASE("a model from memory or from a mapped file is the model of the file", "[weights]") {
  const std::filesystem::path path = std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "network" / "cnn" / "checkpoint.pth";
  const std::vector<float> expected = self_check_sample(Model<CpuBackend>::load(path));
  TemporaryFolder folder;
  const TensorFile source = read_weights(path);
  write_safetensors(folder / "w.safetensors", source.tensors, source.metadata);

  for (const std::filesystem::path& kind : {path, folder / "w.safetensors"}) {
    CAPTURE(kind);
    const std::vector<std::byte> bytes = read_file(kind), before = bytes;
    CHECK(self_check_sample(Model<CpuBackend>::load(bytes)) == expected);
    CHECK(bytes == before);  // nothing of the caller's memory is given back
    CHECK(self_check_sample(Model<CpuBackend>::load(kind, {.map_file = true})) == expected);
  }

  const std::vector<std::byte> bytes = read_file(folder / "w.safetensors");
  const TensorFile viewed = parse_weights(bytes);
  for (const auto& [name, tensor] : viewed.tensors)
    CHECK((tensor.bytes.data() >= bytes.data() &&
           tensor.bytes.data() + tensor.bytes.size() <= bytes.data() + bytes.size()));

  CHECK_THROWS_WITH(Model<CpuBackend>::load(std::span(bytes).first(100)),
                    ContainsSubstring("cannot read the weights in memory: "));
  CHECK_THROWS_WITH(Model<CpuBackend>::load(std::span<const std::byte>()),
                    ContainsSubstring("cannot read the weights in memory: "));
  write_file(folder / "damaged", std::string_view("no weights"));
  CHECK_THROWS_WITH(map_weights(folder / "damaged"), ContainsSubstring("damaged"));
  CHECK_THROWS_AS(map_weights(folder / "damaged"), FormatError);
  write_file(folder / "nothing", std::string_view());
  CHECK_THROWS_AS(map_weights(folder / "nothing"), FormatError);
  CHECK_THROWS_AS(map_weights(folder / "missing"), FileError);
  CHECK_THROWS_AS(map_weights(folder.path()), FileError);
}

TEST_CASE("a model takes the memory that was foretold", "[weights][memory]") {
  const IColoriTConfig config = ModelRegistry::published().find("icolorit_tiny_4ch_patch16_224");
  const auto precision = GENERATE(Precision::full, Precision::bf16, Precision::int8);
  auto parameters = synthetic_weights(config);
  TensorFile file;
  file.tensors = tensors_of(config, parameters);
  const double before = heap_in_use();
  if (before == 0) return;
  const Model<CpuBackend> model(file, {.precision = precision}, CpuBackend::Context(1));
  const double taken = heap_in_use() - before;
  const auto foretold = static_cast<double>(Model<CpuBackend>::memory_required(config, precision));
  CHECK(taken / foretold >= 1);
  CHECK(taken / foretold < 1.15);  // a tenth for the backend's layout, and allocations' rounding
}

// Its result is compared by tests/golden/check_onnx.py, which needs ONNX Runtime.
TEST_CASE("an ONNX file has the operators of every block and all parameters", "[weights][onnx]") {
  SmallFile small_file;
  const std::string bytes = format_onnx(small_file.file, small);
  const auto count = [&](std::string_view op) {
    Index found = 0;
    for (auto at = bytes.find(op); at != bytes.npos; at = bytes.find(op, at + 1)) ++found;
    return found;
  };
  CHECK(count("MatMul") == 6 * small.depth);  // qkv, logits, their product with v, projection, two of the MLP
  CHECK(count("LayerNormalization") == 2 * small.depth + 1);
  CHECK(count("Softmax") == small.depth);
  CHECK(count("Conv") == 2);
  for (const char* const name : {"lab", "mask", "ab", "batch", "cells", "icolorit.dim"}) CHECK(count(name) > 0);
  CHECK(std::ssize(bytes) > 4 * count_parameters<IColoriT>(small));

  IColoriTConfig one_token = small;
  one_token.size = one_token.patch;
  CHECK_THROWS_AS(OnnxNetwork(one_token, std::as_const(small_file.parameters).views()), ArgumentError);
}

TEST_CASE("loading tells how far it is and can be stopped", "[weights]") {
  SmallFile small_file;
  std::vector<double> fractions;
  const auto progress = [&](const Progress& now) {
    fractions.push_back(now.fraction);
    return true;
  };
  const std::vector<std::byte> bytes = format_safetensors(small_file.file.tensors);
  const auto model = Model<CpuBackend>::load(bytes, {.config = small}, CpuBackend::Context(1), progress);
  CHECK(model->height() == small.size);
  REQUIRE(fractions.size() == 1 + static_cast<std::size_t>(small.depth));
  CHECK(fractions.front() == 0);
  CHECK(std::ranges::is_sorted(fractions));
  CHECK(fractions.back() == 1);
  CHECK_THROWS_AS(Model<CpuBackend>::load(bytes, {.config = small}, CpuBackend::Context(1),
                                          [](const Progress& now) { return now.fraction == 0; }),
                  Cancelled);
}

TEST_CASE("discarding tensors leaves what others share", "[weights]") {
  constexpr std::size_t page = 1 << 16;  // no smaller than any system's
  TensorFile file;
  std::vector<std::byte>& memory = file.memory.emplace_back(8 * page, std::byte{7});
  const auto put = [&](const char* name, std::size_t first, std::size_t count) {
    file.tensors.emplace(name,
                         StoredTensor{DType::u8, {static_cast<Index>(count)}, std::span(memory).subspan(first, count)});
  };
  put("blocks.1.a", 0, 3 * page);
  put("blocks.1.b", 4 * page, 2 * page);
  put("blocks.10.a", 2 * page, page);  // inside blocks.1.a
  put("norm", 6 * page, page);
  file.discard("blocks.1.");
  CHECK(file.tensors.size() == 2);
  const auto intact = [&](std::size_t first, std::size_t count) {
    return std::all_of(memory.begin() + static_cast<std::ptrdiff_t>(first),
                       memory.begin() + static_cast<std::ptrdiff_t>(first + count),
                       [](std::byte b) { return b == std::byte{7}; });
  };
  CHECK(intact(0, 4 * page));
  CHECK(intact(6 * page, 2 * page));
#ifdef __linux__
  CHECK_FALSE(intact(4 * page, 2 * page));
#endif
}
