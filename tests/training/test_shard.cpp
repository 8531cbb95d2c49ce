// Shards: what is packed comes back, damage is an error, and a half-written shard never appears.
#include "icolorit/training/shard.hpp"

#include <algorithm>

#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/shard_dataset.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"
#include "support/pictures.hpp"

using namespace icolorit;
using test::gradient_picture;
using test::TemporaryFolder;

namespace {

std::vector<ShardEntry> index_of(const std::vector<std::byte>& file) {
  return read_shard_index(file.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
    std::ranges::copy(std::span(file).subspan(offset, out.size()), out.begin());
  });
}

/// A shard made by hand: the header, `contents`, one entry, the footer.
struct HandMade {
  std::string contents = "ABCDEF", name = "n";
  std::uint64_t offset = 12, size = 6, index = 18, count = 1;
  std::uint32_t version = 1, width = 2, height = 1, name_bytes = 1;
  std::string magic = "icoshard", extra{};

  std::vector<std::byte> bytes() const {
    const auto crc = crc32(std::as_bytes(std::span(contents)));
    return to_bytes(magic + little(version) + contents + little(offset) + little(size) + little(crc) + little(width) +
                    little(height) + little(name_bytes) + name + extra + little(index) + little(count));
  }
};

}  // namespace

TEST_CASE("What is packed comes back, as files and as pixels") {
  const TemporaryFolder folder;
  const auto path = folder / "shard";
  const auto jpeg = encode_jpeg(gradient_picture(64, 48)), webp = encode_webp(gradient_picture(31, 17));
  const Image pixels = gradient_picture(13, 7, 5);
  {
    ShardWriter writer(path);
    writer.add_file("a/jpeg", jpeg);
    writer.add_picture("b/pixels", pixels);
    writer.add_file("c", webp);
    REQUIRE(writer.size() == 3);
    REQUIRE_FALSE(std::filesystem::exists(path));
    writer.commit();
  }
  const ShardDataset dataset(path);
  REQUIRE(dataset.size() == 3);
  REQUIRE(dataset.name(0) == "a/jpeg");
  REQUIRE(dataset.name(2) == "c");
  REQUIRE(dataset.read(0) == jpeg);
  REQUIRE(dataset.load(0) == decode_jpeg(jpeg));
  REQUIRE(dataset.load(1) == pixels);
  REQUIRE(dataset.load(2) == decode_webp(webp));
  REQUIRE(dataset.open(0).decode(.5).width() == 32);
  REQUIRE(dataset.open(1).width == 13);
  REQUIRE(dataset.open(1).decode(.5) == pixels);
}

TEST_CASE("A shard and the folder it was packed from give the same batches") {
  const TemporaryFolder folder;
  for (Index i = 0; i < 6; ++i)
    write_image(gradient_picture(40 + i, 30, static_cast<std::uint64_t>(i)), folder / concat("in/", i, ".png"));
  const FolderDataset files(folder.path() / "in");
  ShardWriter encoded(folder / "encoded"), decoded(folder / "decoded");
  for (Index i = 0; i < files.size(); ++i) {
    encoded.add_file(files.name(i), read_file(files.path(i)));
    decoded.add_picture(files.name(i), files.load(i));
  }
  encoded.commit();
  decoded.commit();
  const auto first_batch = [](const auto& dataset) {
    LoaderConfig config;
    config.batch = 6;
    config.augmentation.size = 16;
    config.hints.most = 9;
    Loader loader(dataset, config);
    const TensorView<const float, 4> lab = loader.next().colors;
    return std::vector<float>(lab.data(), lab.data() + lab.elements());
  };
  const auto expected = first_batch(files);
  REQUIRE(first_batch(ShardDataset(folder.path() / "encoded")) == expected);
  REQUIRE(first_batch(ShardDataset(folder.path() / "decoded")) == expected);
}

TEST_CASE("A shard made by hand is read, and every lie in it is refused") {
  const auto entries = index_of(HandMade{}.bytes());
  REQUIRE(entries.size() == 1);
  REQUIRE(entries[0].name == "n");
  REQUIRE(entries[0].is_decoded());
  REQUIRE(entries[0].size == 6);

  constexpr auto huge = ~std::uint64_t{0};
  const auto refused = [](HandMade shard, const std::string& message) {
    CAPTURE(message);
    REQUIRE_THROWS_AS(index_of(shard.bytes()), FormatError);
    REQUIRE_THROWS_WITH(index_of(shard.bytes()), ContainsSubstring(message));
  };
  refused({.magic = "icosharp"}, "does not begin");
  refused({.version = 2}, "version 2, expected 1");
  refused({.offset = 11}, "expected them at 12");
  refused({.offset = huge}, "expected them at 12");
  refused({.size = 7, .width = 0, .height = 0}, "to end by 18");
  refused({.size = huge}, "to end by 18");
  refused({.size = 5, .width = 0, .height = 0}, "belong to no picture");
  refused({.width = 1}, "does not fill");
  refused({.width = 0xffffffff, .height = 0xffffffff}, "does not fill");
  refused({.height = 0}, "does not fill");
  refused({.width = 0}, "does not fill");
  refused({.index = 11}, "the index begins at 11");
  refused({.index = huge}, "the index begins at");
  refused({.count = 2}, "2 pictures in an index of 33 bytes");
  refused({.count = huge}, "pictures in an index of 33 bytes");
  refused({.count = 0}, "belong to no picture");
  refused({.name_bytes = 2}, "missing at the end");
  refused({.name_bytes = 4097}, "a name of 4097 bytes");
  refused({.extra = "x"}, "belong to no picture");
  REQUIRE_THROWS_AS(index_of({}), FormatError);
}

TEST_CASE("A shard that is cut off or changed in any byte is read or refused, nothing else") {
  const TemporaryFolder folder;
  const auto path = folder / "shard";
  ShardWriter writer(path);
  writer.add_picture("one", gradient_picture(3, 2));
  writer.add_file("two", to_bytes("any bytes"));
  writer.commit();
  const auto bytes = read_file(path);
  const int refused = survive_damage(bytes, index_of);
  REQUIRE(refused >= static_cast<int>(bytes.size()));  // every cut at least

  // a changed content is noticed when it is loaded
  auto changed = bytes;
  changed[12] ^= std::byte{1};
  write_file(path, changed);
  const ShardDataset dataset(path);
  REQUIRE_THROWS_AS(dataset.load(0), FormatError);
  REQUIRE_THROWS_WITH(dataset.load(0), ContainsSubstring("\"one\" are damaged"));
  REQUIRE_THROWS_WITH(dataset.load(1), ContainsSubstring("not a PNG"));
  std::filesystem::resize_file(path, 14);
  REQUIRE_THROWS_AS(dataset.load(0), FileError);
}

TEST_CASE("Without a commit no shard appears and an old one stays") {
  const TemporaryFolder folder;
  const auto path = folder / "shard";
  {
    ShardWriter(path).add_picture("x", gradient_picture(4, 4));
  }
  REQUIRE(std::filesystem::is_empty(folder.path()));

  write_file(path, std::string_view("not a shard, but long enough to be looked at"));
  REQUIRE_THROWS_WITH(ShardDataset(path), ContainsSubstring("shard") && ContainsSubstring("does not begin"));
  {
    ShardWriter(path).add_file("x", {});
  }
  REQUIRE(read_file(path).size() == 44);

  ShardWriter(path).commit();
  REQUIRE_THROWS_AS(ShardDataset(path), FileError);
  REQUIRE_THROWS_WITH(ShardDataset(path), ContainsSubstring("no pictures in"));
  REQUIRE_THROWS_AS(ShardDataset(folder.path() / "missing"), FileError);
}

TEST_CASE("What a shard cannot hold is refused") {
  const TemporaryFolder folder;
  ShardWriter writer(folder / "shard");
  REQUIRE_THROWS_AS(writer.add_picture("alpha", gradient_picture(4, 4, 1, 4)), ArgumentError);
  REQUIRE_THROWS_AS(writer.add_picture("deep", gradient_picture(4, 4, 1, 3, 16)), ArgumentError);
  REQUIRE_THROWS_WITH(writer.add_picture("empty", Image()), ContainsSubstring("\"empty\""));
  REQUIRE_THROWS_AS(writer.add_file(std::string(4097, 'x'), {}), ArgumentError);
  REQUIRE(writer.size() == 0);
}
