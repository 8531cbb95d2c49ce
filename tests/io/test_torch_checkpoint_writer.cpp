// Checkpoints written here: read back by the library's own reader, and byte by byte where PyTorch's layout demands it.
// tests/golden/check_torch_checkpoint.py shows them to PyTorch itself.
#include "icolorit/io/torch_checkpoint_writer.hpp"

#include <limits>

#include "icolorit/core/random.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;

namespace {

/// A tensor of every dtype, of every rank up to 4, an empty one and many small ones, of random bytes.
struct Tensors {
  Tensors() {
    const std::vector<std::vector<Index>> shapes{{},           {1}, {0},  {3, 5}, {2, 0, 4},
                                                 {2, 3, 4, 5}, {7}, {64}, {65},   {1, 1}};
    std::size_t next = 0;
    for (const auto& [name, dtype] : torch_checkpoint::storage_classes)
      add(concat("of.", name), dtype, shapes[next++ % shapes.size()]);
    for (int i = 0; i < 300; ++i) add(concat("many.", i), DType::f32, {i % 7});
  }

  void add(const std::string& name, DType dtype, const std::vector<Index>& extents) {
    const Shape shape{std::span<const Index>(extents)};
    auto& bytes = memory.emplace_back(static_cast<std::size_t>(*checked_bytes(dtype, shape)));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(dtype == DType::boolean ? 2 : 256));
    tensors.emplace(name, StoredTensor{dtype, shape, bytes});
  }

  Random random{5};
  std::vector<std::vector<std::byte>> memory;
  StoredTensors tensors;
};

void expect_equal(const StoredTensors& tensors, const StoredTensors& expected) {
  REQUIRE(tensors.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    INFO(name);
    const auto found = tensors.find(name);
    REQUIRE(found != tensors.end());
    CHECK(found->second.dtype == tensor.dtype);
    CHECK(found->second.shape == tensor.shape);
    CHECK(std::ranges::equal(found->second.bytes, tensor.bytes));
  }
}

}  // namespace

TEST_CASE("a written checkpoint reads back as it was", "[io]") {
  const Tensors given;
  const std::vector<std::byte> bytes =
      format_torch_checkpoint(given.tensors, {{"epoch", std::int64_t{24}}, {"note", std::string("grüß")}});
  CHECK(bytes == format_torch_checkpoint(given.tensors, {{"epoch", std::int64_t{24}}, {"note", std::string("grüß")}}));
  const TensorFile file = parse_torch_checkpoint(bytes);
  expect_equal(file.tensors, given.tensors);
  CHECK(file.metadata.at("epoch") == "24");

  for (const std::int64_t epoch : {std::int64_t{-1}, std::int64_t{1} << 31, std::numeric_limits<std::int64_t>::min()})
    CHECK(parse_torch_checkpoint(format_torch_checkpoint(given.tensors, {{"epoch", epoch}})).metadata.at("epoch") ==
          concat(epoch));

  const test::TemporaryFolder folder;
  write_torch_checkpoint(folder / "checkpoint.pth", given.tensors);
  expect_equal(read_torch_checkpoint(folder / "checkpoint.pth").tensors, given.tensors);
}

TEST_CASE("storages begin at multiples of 64 bytes and lie in the archive as they are", "[io]") {
  const Tensors given;
  const std::vector<std::byte> bytes = format_torch_checkpoint(given.tensors);
  const ZipArchive archive(bytes);
  CHECK(as_text(archive.read("archive/byteorder")) == "little");
  CHECK(as_text(archive.read("archive/version")) == "3\n");
  std::size_t key = 0;
  for (const auto& [name, tensor] : given.tensors) {
    const auto storage = archive.read(concat("archive/data/", key++));  // its checksum is compared
    CHECK((storage.data() - bytes.data()) % 64 == 0);
    CHECK(std::ranges::equal(storage, tensor.bytes));
  }
}

TEST_CASE("archives beyond the limits of zip use zip64 records", "[io]") {
  // Limits so low that every number needs one stand for files of 4 GiB.
  const Tensors given;
  std::vector<std::byte> bytes;
  torch_checkpoint::write_pieces(
      [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); }, given.tensors,
      {}, {.bytes = 100, .entries = 10});
  expect_equal(parse_torch_checkpoint(bytes).tensors, given.tensors);

  // The true limits, without writing so much: 2^32 - 1 itself already means "see zip64".
  const zip::Entry small{"a", 1, 0xfffffffe, 0xfffffffe}, large{"a", 1, 0xffffffff, 0};
  CHECK(zip::directory_record(small).size() == 46 + 1);
  CHECK(zip::directory_record(large).size() == 46 + 1 + 4 + 16);
  CHECK(zip::directory_record({"a", 1, 5, 0xffffffff}).size() == 46 + 1 + 4 + 8);
  CHECK(zip::end_records({0xfffe, 1, 1}).size() == 22);
  CHECK(zip::end_records({0xffff, 1, 1}).size() == 56 + 20 + 22);
}

TEST_CASE("what no checkpoint can hold is refused", "[io][errors]") {
  const std::array<float, 3> values{};
  StoredTensors tensors;
  tensors.emplace("a", StoredTensor{DType::f32, {4}, std::as_bytes(std::span(values))});
  CHECK_THROWS_WITH(format_torch_checkpoint(tensors), ContainsSubstring("\"a\", f32 (4) of 12 bytes"));
  CHECK_THROWS_AS(format_torch_checkpoint({}, {{"model", std::int64_t{1}}}), ArgumentError);
  CHECK_THROWS_AS(format_torch_checkpoint({}, {{"text", std::string("\xff")}}), ArgumentError);
  CHECK_THROWS_AS(write_torch_checkpoint("nowhere/checkpoint.pth", {}), FileError);
}
