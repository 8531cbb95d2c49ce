#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "icolorit/io/safetensors.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"

using namespace icolorit;

namespace {

/// A file of this header, its size in front, and `data_bytes` bytes of data.
std::vector<std::byte> file_of(const std::string& header, std::size_t data_bytes) {
  return to_bytes(little<std::uint64_t>(header.size()) + header + std::string(data_bytes, '\1'));
}

std::string entry(const std::string& name, const std::string& shape, const std::string& offsets,
                  const std::string& dtype = "F32") {
  return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + '}';
}

const std::array<float, 6> six{0, -1, 2.5F, 3, 4, 5};
const std::array<double, 2> two{1e-300, -2};
const std::array<std::uint8_t, 3> three{1, 0, 255};

StoredTensors some_tensors() {
  return {{"b.weight", stored<float>(six, {2, 3})},
          {"a", stored<double>(two, {2})},
          {"empty", stored<float>({}, {3, 0})},
          {"scalar", stored<float>(std::span(six).first(1), {})},
          {"odd", {DType::u8, {3}, std::as_bytes(std::span(three))}}};
}

}  // namespace

TEST_CASE("safetensors: written files read back bit for bit, with the data aligned", "[safetensors]") {
  const StoredTensors tensors = some_tensors();
  const Metadata metadata{{"format", "pt"}, {"note", "\u00e9 \"quoted\"\n"}};
  const std::vector<std::byte> bytes = format_safetensors(tensors, metadata);
  CHECK(load<std::uint64_t>(bytes.data()) % 8 == 0);

  const TensorFile file = parse_safetensors(bytes);
  CHECK(file.metadata == metadata);
  REQUIRE(file.tensors.size() == tensors.size());
  for (const auto& [name, tensor] : tensors) {
    INFO(name);
    const StoredTensor* found = file.find(name);
    REQUIRE(found != nullptr);
    CHECK(found->dtype == tensor.dtype);
    CHECK(found->shape == tensor.shape);
    CHECK(std::ranges::equal(found->bytes, tensor.bytes));
  }
  CHECK(file.find("c") == nullptr);
}

TEST_CASE("safetensors: files on disk, and the file's name in every complaint", "[safetensors]") {
  const auto path = std::filesystem::temp_directory_path() / "icolorit_test_safetensors.safetensors";
  write_safetensors(path, some_tensors());
  CHECK(read_safetensors(path).tensors.size() == 5);
  write_file(path, "nonsense, nonsense, nonsense");
  CHECK_THROWS_AS(read_safetensors(path), FormatError);
  CHECK_THROWS_WITH(read_safetensors(path),
                    ContainsSubstring(path.filename().string()) && ContainsSubstring("header of"));
  std::filesystem::remove(path);
  CHECK_THROWS_AS(read_safetensors(path), FileError);
}

TEST_CASE("safetensors: a file survives being moved about", "[safetensors]") {
  TensorFile file = parse_safetensors(format_safetensors(some_tensors()));
  const TensorFile moved = std::move(file);
  std::array<float, 6> values;
  copy_elements(*moved.find("b.weight"), std::span<float>(values));
  CHECK(values == six);
}

TEST_CASE("safetensors: files that lie are refused", "[safetensors]") {
  const std::string a = entry("a", "[2]", "[0,8]");
  CHECK_NOTHROW(parse_safetensors(file_of("{" + a + "}   ", 8)));

  struct Case {
    std::string header;
    std::size_t data;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"{" + a + "}", 7, "0 to 8 of 7 bytes"},
      {"{" + a + "}", 9, "after the last tensor"},
      {"{" + entry("a", "[3]", "[0,8]") + "}", 8, "does not fill the 8 bytes"},
      {"{" + entry("a", "[2]", "[8,0]") + "}", 8, "data_offsets are 8 to 0"},
      {"{" + entry("a", "[2]", "[-8,0]") + "}", 8, "data_offsets are -8 to 0"},
      {"{" + entry("a", "[2]", "[0,4611686018427387904]") + "}", 8, "of 8 bytes of data"},
      {"{" + entry("a", "[2]", "[0,8,8]") + "}", 8, "two numbers"},
      {"{" + entry("a", "[2]", "[0.5,8]") + "}", 8, "expected a whole number"},
      {"{" + entry("a", "[-2]", "[0,8]") + "}", 8, "does not fill"},
      {"{" + entry("a", "[4294967296,4294967296]", "[0,0]") + "}", 0, "does not fill"},  // 2^64 elements wrap to 0
      {"{" + entry("a", "[4611686018427387906]", "[0,8]") + "}", 8, "does not fill"},    // times 4 wraps to 8
      {"{" + entry("a", "[1,1,1,1,1,1,1,1,2]", "[0,8]") + "}", 8, "rank 9"},
      {"{" + entry("a", "[2]", "[0,8]", "F33") + "}", 8, "unknown dtype \"F33\""},
      {"{" + a + "," + a + "}", 8, "comes twice"},
      {"{" + a + "," + entry("b", "[2]", "[4,12]") + "}", 12, "overlap or leave a hole"},
      {"{" + a + "," + entry("b", "[2]", "[0,8]") + "}", 8, "overlap or leave a hole"},
      {"{" + a + "," + entry("b", "[2]", "[12,20]") + "}", 20, "overlap or leave a hole"},
      {"{" + entry("a", "[2]", "[4,12]") + "}", 12, "overlap or leave a hole"},
      {R"({"a":{"dtype":"F32","shape":[2]}})", 8, "without a member \"data_offsets\""},
      {R"({"a":7})", 0, "a number without a member"},
      {R"({"__metadata__":{"x":1}})", 0, "expected a string"},
      {R"({"__metadata__":[]})", 0, "expected an object"},
      {"[]", 0, "does not start with '{'"},
      {" {}", 0, "does not start with '{'"},
      {"", 0, "does not start with '{'"},
      {"{}x", 0, "json"},
  };
  for (const Case& c : cases) {
    INFO(c.header << " and " << c.data << " bytes");
    CHECK_THROWS_AS(parse_safetensors(file_of(c.header, c.data)), FormatError);
    CHECK_THROWS_WITH(parse_safetensors(file_of(c.header, c.data)), ContainsSubstring(c.message));
  }
  CHECK_THROWS_WITH(parse_safetensors({}), ContainsSubstring("bytes are missing"));
  CHECK_THROWS_WITH(parse_safetensors(to_bytes(little<std::uint64_t>(50) + "{}")),
                    ContainsSubstring("48 bytes are missing"));
  CHECK_THROWS_WITH(parse_safetensors(to_bytes(little(~std::uint64_t{0}) + "{}")), ContainsSubstring("a header of"));
}

TEST_CASE("safetensors: what cannot be written is refused", "[safetensors]") {
  CHECK_THROWS_AS(format_safetensors({{"__metadata__", stored<float>(six, {6})}}), ArgumentError);
  CHECK_THROWS_AS(format_safetensors({{"short", {DType::f64, {6}, std::as_bytes(std::span(six))}}}), ArgumentError);
  CHECK_THROWS_AS(format_safetensors({{"\xff", stored<float>(six, {6})}}), ArgumentError);
  CHECK_THROWS_AS(stored<float>(six, {7}), ShapeError);
}

TEST_CASE("safetensors: damaged files are read or refused", "[safetensors][damage]") {
  const std::vector<std::byte> bytes = format_safetensors(some_tensors(), {{"format", "pt"}});
  const int refused = survive_damage(bytes, parse_safetensors);
  CHECK(refused >= static_cast<int>(bytes.size()));  // at least every prefix
}

TEST_CASE("tensors: floating elements convert to any other floating type", "[tensor_file]") {
  const std::array<float, 4> values{1, -0.5F, 65504, 1.0F / 3};
  std::array<double, 4> wide;
  copy_elements(stored<float>(values, {4}), std::span<double>(wide));
  for (std::size_t i = 0; i < 4; ++i) CHECK(wide[i] == static_cast<double>(values[i]));

  std::array<f16, 4> half;
  copy_elements(stored<double>(wide, {2, 2}), std::span<f16>(half));
  std::array<float, 4> back;
  copy_elements(stored<f16>(half, {4}), std::span<float>(back));
  CHECK(back[1] == -0.5F);
  CHECK(back[2] == 65504.0F);
  CHECK(std::abs(back[3] - values[3]) <= 0x1p-13F);  // half an ulp of f16 in [1/4, 1/2)

  std::array<bf16, 4> brain;
  copy_elements(stored<float>(values, {4}), std::span<bf16>(brain));
  copy_elements(stored<bf16>(brain, {4}), std::span<float>(back));
  CHECK(back[0] == 1.0F);
  CHECK(std::abs(back[3] - values[3]) <= 0x1p-10F);  // half an ulp of bf16 there
}

TEST_CASE("tensors: wrong counts and whole numbers are refused, unaligned bytes are not", "[tensor_file]") {
  std::array<float, 3> out;
  CHECK_THROWS_AS(copy_elements(stored<float>(six, {2, 3}), std::span<float>(out)), ShapeError);
  const StoredTensor integers{DType::u8, {3}, std::as_bytes(std::span(three))};
  CHECK_THROWS_WITH(copy_elements(integers, std::span<float>(out)), ContainsSubstring("the elements are u8"));
  CHECK_THROWS_AS(copy_elements(integers, std::span<float>(out)), FormatError);
  convert_elements(integers, std::span<float>(out));
  CHECK(out == std::array<float, 3>{1, 0, 255});
  convert_elements(StoredTensor{DType::boolean, {3}, integers.bytes}, std::span<float>(out));
  CHECK(out == std::array<float, 3>{1, 0, 1});

  std::array<std::byte, 13> shifted{};
  std::memcpy(shifted.data() + 1, six.data(), 12);
  std::array<double, 3> wide;
  copy_elements({DType::f32, {3}, std::span(shifted).subspan(1)}, std::span<double>(wide));
  CHECK(wide == std::array<double, 3>{0, -1, 2.5});
}

TEST_CASE("tensors: byte counts that overflow are noticed", "[tensor_file]") {
  const Index large = Index{1} << 62;
  CHECK(checked_bytes(DType::f32, {2, 3}) == 24);
  CHECK(checked_bytes(DType::f32, {}) == 4);
  CHECK(checked_bytes(DType::u8, {0, large}) == 0);
  CHECK_FALSE(checked_bytes(DType::f16, {large}));
  CHECK_FALSE(checked_bytes(DType::u8, {large, 4}));
  CHECK_FALSE(checked_bytes(DType::u8, {-1}));
}
