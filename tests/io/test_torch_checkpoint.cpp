#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "icolorit/io/safetensors.hpp"
#include "icolorit/io/torch_checkpoint.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"

using namespace icolorit;

namespace {

const std::filesystem::path folder = std::filesystem::path(ICOLORIT_GOLDEN_DIR) / "checkpoints";

/// The opcode for a whole number of 64 bits.
std::string number(std::int64_t value) { return "\x8a\x08" + little(value); }
std::string text(const std::string& value) { return "X" + little(static_cast<std::uint32_t>(value.size())) + value; }
std::string numbers(const std::vector<std::int64_t>& values) {
  std::string result = "(";
  for (const std::int64_t value : values) result += number(value);
  return result + "t";
}

/// What torch.save writes for a tensor over the storage `key`.
struct PickledTensor {
  std::vector<std::int64_t> extents = {2, 2};
  std::vector<std::int64_t> strides = {2, 1};
  std::int64_t offset = 0;
  std::int64_t storage_elements = 4;
  std::string type = "torch\nFloatStorage";
  std::string key = "0";
  std::string function = "torch._utils\n_rebuild_tensor_v2";

  std::string program() const {
    return "c" + function + "\n((" + text("storage") + "c" + type + "\n" + text(key) + text("cpu") +
           number(storage_elements) + "tQ" + number(offset) + numbers(extents) + numbers(strides) + "\x89}tR";
  }
};

/// A checkpoint with this pickle and a storage "0" of 16 bytes.
std::vector<std::byte> checkpoint(const std::string& program) {
  return to_bytes(zip({{"archive/data.pkl", "\x80\2" + program + "."},
                       {"archive/byteorder", "little"},
                       {"archive/data/0", std::string(16, '\1')}}));
}
std::vector<std::byte> checkpoint(const PickledTensor& tensor) {
  return checkpoint("}" + text("t") + tensor.program() + "s");
}

void check_refused(const std::vector<std::byte>& bytes, const std::string& message) {
  CHECK_THROWS_AS(parse_torch_checkpoint(bytes), FormatError);
  CHECK_THROWS_WITH(parse_torch_checkpoint(bytes), ContainsSubstring(message));
}

}  // namespace

TEST_CASE("torch checkpoints: every kind of file gives PyTorch's own tensors, bit for bit", "[torch_checkpoint]") {
  for (const std::string name : {"training", "bare", "parallel", "protocol5", "half", "dtypes", "views", "parameters",
                                 "cuda", "zip64", "legacy", "python2"}) {
    INFO(name);
    const TensorFile file = read_torch_checkpoint(folder / (name + ".pth"));
    const TensorFile expected = read_safetensors(folder / (name + ".safetensors"));
    CHECK(file.tensors.size() == expected.tensors.size());
    for (const auto& [key, tensor] : expected.tensors) {
      INFO(key);
      const StoredTensor* found = file.find(key);
      REQUIRE(found != nullptr);
      CHECK(found->dtype == tensor.dtype);
      CHECK(found->shape == tensor.shape);
      CHECK(std::ranges::equal(found->bytes, tensor.bytes));
    }
  }
}

TEST_CASE("torch checkpoints: the epoch becomes metadata", "[torch_checkpoint]") {
  CHECK(read_torch_checkpoint(folder / "training.pth").metadata == Metadata{{"epoch", "24"}});
  CHECK(read_torch_checkpoint(folder / "bare.pth").metadata.empty());
}

TEST_CASE("torch checkpoints: other files of PyTorch are refused with the reason", "[torch_checkpoint]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"module", "holds no dict of tensors"},
      {"model_is_module", "\"model\" is no dict of tensors"},
      {"sparse", "\"weight\": made by torch._utils._rebuild_sparse_tensor"},
      {"no_tensors", "holds no tensors"},
      {"script", "TorchScript"},
      {"compressed", "is compressed"},
      {"big_endian", "byte order is \"big\""},
  };
  for (const auto& [name, message] : cases) {
    INFO(name);
    const auto path = folder / "refused" / (name + ".pth");
    CHECK_THROWS_AS(read_torch_checkpoint(path), FormatError);
    CHECK_THROWS_WITH(read_torch_checkpoint(path), ContainsSubstring(message) && ContainsSubstring(name + ".pth"));
  }
  check_refused({}, "does not start as a zip archive");
  check_refused(to_bytes(std::string(257, '\0') + "ustar"), "a tar archive");
  check_refused(to_bytes(zip({{"a/data.pkl", ""}, {"b/data.pkl", ""}})), "2 entries NAME/data.pkl");
  check_refused(to_bytes(zip({{"a/b/data.pkl", ""}})), "0 entries NAME/data.pkl");
}

TEST_CASE("torch checkpoints: tensors that lie are refused", "[torch_checkpoint]") {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK(parse_torch_checkpoint(checkpoint(PickledTensor{})).find("t")->shape == Shape{2, 2});

  struct Case {
    PickledTensor tensor;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{.extents = {2, 3}}, "reaches beyond the 4 elements"},
      {{.offset = 1}, "reaches beyond"},
      {{.offset = huge}, "reaches beyond"},
      {{.extents = {}, .strides = {}, .offset = huge}, "reaches beyond"},
      {{.offset = -1}, "offset -1"},
      {{.strides = {-2, 1}}, "rank 2"},
      {{.strides = {huge, huge}}, "reaches beyond"},
      {{.extents = {-2, 2}}, "impossible shape"},
      {{.extents = {huge, huge}}, "impossible shape"},
      {{.extents = {huge, 2}, .strides = {0, 0}}, "impossible shape"},
      {{.extents = {1 << 20, 1 << 20}, .strides = {0, 0}}, "too large for a file of this size"},
      {{.extents = {1, 1, 1, 1, 1, 1, 1, 1, 1}, .strides = {1, 1, 1, 1, 1, 1, 1, 1, 1}}, "rank 9"},
      {{.strides = {1}}, "1 strides"},
      {{.storage_elements = 5}, "described as 5 elements of f32"},
      {{.storage_elements = 3}, "described as 3 elements"},
      {{.storage_elements = -1}, "described as -1 elements"},
      {{.storage_elements = huge}, "described as"},
      {{.type = "torch\nQInt8Storage"}, "unknown storage torch.QInt8Storage"},
      {{.type = "os\nFloatStorage"}, "unknown storage os.FloatStorage"},
      {{.key = "1"}, "no entry \"archive/data/1\""},
      {{.key = "../data/0"}, "no entry"},
      {{.function = "os\nsystem"}, "made by os.system"},
  };
  for (const Case& c : cases) {
    INFO(c.message);
    check_refused(checkpoint(c.tensor), c.message);
  }
}

TEST_CASE("torch checkpoints: expanded views share one allowance", "[torch_checkpoint]") {
  const std::string expanded = PickledTensor{.extents = {10, 1 << 20}, .strides = {0, 0}}.program();  // 40 MiB
  std::string program = "}" + text("a") + expanded + "s";
  CHECK(parse_torch_checkpoint(checkpoint(program)).find("a")->bytes.size() == std::size_t{40} << 20);
  program += text("b") + expanded + "s";
  check_refused(checkpoint(program), "\"b\": the view (10,1048576) is too large");
}

TEST_CASE("torch checkpoints: odd dicts are refused", "[torch_checkpoint]") {
  const std::string tensor = PickledTensor{}.program();
  const std::string half = PickledTensor{.storage_elements = 8, .type = "torch\nHalfStorage"}.program();
  check_refused(checkpoint("}" + text("t") + tensor + "s" + text("t") + tensor + "s"), "\"t\": comes twice");
  check_refused(checkpoint("}" + text("t") + tensor + "s" + text("module.t") + tensor + "s"), "\"t\": comes twice");
  check_refused(checkpoint("}" + text("\xff") + tensor + "s"), "not UTF-8");
  check_refused(checkpoint("}" + text("t") + tensor + "s" + text("u") + half + "s"), "bytes of f32");
  check_refused(checkpoint("}" + text("model") + "Ns"), "\"model\" is no dict");
  check_refused(checkpoint("N"), "holds no dict of tensors");
  check_refused(checkpoint("}q\1" + text("model") + "h\1s"), "holds no tensors");  // a dict inside itself
  check_refused(checkpoint("}" + text("t") + "ctorch._utils\n_rebuild_tensor_v2\n)Rs"), "argument 0");
  check_refused(checkpoint("}" + text("t") + "ctorch._utils\n_rebuild_tensor_v2\nNRs"), "argument 0");
  check_refused(checkpoint("}" + text("t") + "NNRs"), "made by something unnamed");
  check_refused(checkpoint("}" + text("t") + "ctorch._utils\n_rebuild_tensor_v2\n(NNtRs"), "argument 0");
  check_refused(checkpoint("}" + text("t") + "ctorch._utils\n_rebuild_tensor_v2\n(NQtRs"), "storage is not described");

  // A value of the state_dict that is no tensor is no weight.
  CHECK(parse_torch_checkpoint(checkpoint("}" + text("t") + tensor + "s" + text("steps") + "K\7s")).tensors.size() ==
        1);
}

namespace {

/// A checkpoint in the format before PyTorch 1.6.
struct LegacyCheckpoint {
  std::string version = "M\xe9\x03";
  std::string machine = "}" + text("little_endian") + "\x88s";
  std::string value = "}" + text("t") + PickledTensor{}.program() + "s";
  std::string keys = "](" + text("0") + "e";
  std::string storages = little(std::int64_t{4}) + std::string(16, '\1');

  std::vector<std::byte> bytes() const {
    std::string all(torch_checkpoint::legacy_magic);
    for (const std::string& program : {version, machine, value, keys}) all += "\x80\2" + program + ".";
    return to_bytes(all + storages);
  }
};

}  // namespace

TEST_CASE("torch checkpoints: files from before PyTorch 1.6 that lie are refused", "[torch_checkpoint]") {
  CHECK(parse_torch_checkpoint(LegacyCheckpoint{}.bytes()).find("t")->shape == Shape{2, 2});

  const std::string part = PickledTensor{}.program();
  const std::string part_of_another = part.substr(0, part.find("tQ")) + "(tt" + part.substr(part.find("tQ") + 1);
  const std::vector<std::pair<LegacyCheckpoint, std::string>> cases = {
      {{.version = "K\1"}, "version 1 of the format"},
      {{.machine = "}"}, "little-endian"},
      {{.machine = "}" + text("little_endian") + "\x89s"}, "little-endian"},
      {{.value = "}" + text("t") + part_of_another + "s"}, "part of another"},
      {{.keys = "](" + text("1") + "e"}, "lists a storage that no tensor has"},
      {{.keys = "]"}, "its storage 0 is missing"},
      {{.storages = little(std::int64_t{3})}, "has 3 elements, described as 4"},
      {{.storages = little(std::int64_t{4}) + "short"}, "11 bytes are missing"},
      {{.storages = ""}, "8 bytes are missing"},
  };
  for (const auto& [file, message] : cases) {
    INFO(message);
    check_refused(file.bytes(), message);
  }
  // A hundred dicts of one list of pairs, which is fetched from the memo each time.
  LegacyCheckpoint bomb;
  std::string pairs;
  for (int i = 0; i < 1000; ++i) pairs += "h\1";
  bomb.value = "]q\1(" + text("a") + "K\1e" + "0](" + pairs + "eq\2";
  for (int i = 0; i < 100; ++i) bomb.value += "0ccollections\nOrderedDict\n(h\2tR";
  check_refused(bomb.bytes(), "more than one dict of a list");
}

TEST_CASE("torch checkpoints: damaged files are read or refused", "[torch_checkpoint][damage]") {
  for (const std::string name : {"training", "views", "zip64", "legacy", "python2"}) {
    INFO(name);
    const std::vector<std::byte> bytes = read_file(folder / (name + ".pth"));
    int refused =
        survive_damage(bytes, [](std::vector<std::byte> damaged) { parse_torch_checkpoint(std::move(damaged)); });
    CHECK(refused >= static_cast<int>(bytes.size()));  // at least every prefix
    // Without checksums the damage reaches the pickle and the tensors.
    refused = survive_damage(
        bytes, [](std::vector<std::byte> damaged) { parse_torch_checkpoint(std::move(damaged), Checksum::ignore); });
    CHECK(refused >= static_cast<int>(bytes.size()));
  }
}
