#include <string>
#include <vector>

#include "icolorit/io/zip_archive.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/damage.hpp"

using namespace icolorit;

namespace {

std::string read(const std::string& file, std::string_view name) {
  return std::string(as_text(ZipArchive(std::as_bytes(std::span(file))).read(name)));
}

void open(const std::string& file) { ZipArchive archive(std::as_bytes(std::span(file))); }

}  // namespace

TEST_CASE("CRC-32 has its published check value, whatever the length", "[zip]") {
  const std::string digits = "123456789";
  CHECK(crc32(std::as_bytes(std::span(digits))) == 0xcbf43926u);
  CHECK(crc32({}) == 0u);
  const std::string zeros(32, '\0');
  CHECK(crc32(std::as_bytes(std::span(zeros))) == 0x190a55adu);
}

TEST_CASE("zip: stored entries are found by name", "[zip]") {
  const std::string file = zip({{"x/a", "hello"}, {"x/b", ""}, {"c", "world"}}, "a comment");
  CHECK(read(file, "x/a") == "hello");
  CHECK(read(file, "x/b").empty());
  CHECK(read(file, "c") == "world");
  CHECK(ZipArchive::is_zip(std::as_bytes(std::span(file))));
  const ZipArchive archive(std::as_bytes(std::span(file)));
  CHECK(archive.names() == std::vector<std::string_view>{"c", "x/a", "x/b"});
  CHECK(archive.contains("c"));
  CHECK_FALSE(archive.contains("d"));
  CHECK_THROWS_WITH(archive.read("d"), ContainsSubstring("no entry \"d\""));
}

TEST_CASE("zip: what cannot be read safely is refused", "[zip]") {
  CHECK_THROWS_WITH(read(zip({{"a", "x", 8}}), "a"), ContainsSubstring("\"a\" is compressed"));
  CHECK_THROWS_WITH(read(zip({{"a", "x", 0, 1}}), "a"), ContainsSubstring("\"a\" is encrypted"));
  CHECK(read(zip({{"a", "x", 8}, {"b", "y"}}), "b") == "y");
  CHECK_THROWS_WITH(open(zip({{"a", "x"}, {"a", "y"}})), ContainsSubstring("\"a\" comes twice"));
  CHECK_THROWS_WITH(open(zip({{"a", "x", 0, 0, 1000}})), ContainsSubstring("bytes are missing"));
  CHECK_THROWS_WITH(open(zip({{"a", "x", 0, 0, 20}, {"b", "y"}})), ContainsSubstring("overlap"));
  CHECK_THROWS_WITH(open(zip({{"a", "x", 0, 0, 0xffffffff}})), ContainsSubstring("zip64 field"));
  CHECK_THROWS_WITH(open(""), ContainsSubstring("too short"));
  CHECK_THROWS_WITH(open(std::string(100, 'x')), ContainsSubstring("no central directory"));
  CHECK_THROWS_AS(open(std::string(100, 'x')), FormatError);

  const std::string good = zip({{"abc", "hello"}});
  std::string damaged = good;
  damaged[good.find("hello")] = 'j';
  CHECK_THROWS_WITH(read(damaged, "abc"), ContainsSubstring("checksum of \"abc\""));
  CHECK(as_text(ZipArchive(std::as_bytes(std::span(damaged)), Checksum::ignore).read("abc")) == "jello");

  damaged = good;
  damaged[good.find("abc")] = 'x';  // the local name, not the directory's
  CHECK_THROWS_WITH(open(damaged), ContainsSubstring("another name"));

  damaged = good;
  const std::size_t end = good.rfind("PK\5\6");
  damaged[end + 8] = damaged[end + 10] = 2;  // entries
  CHECK_THROWS_WITH(open(damaged), ContainsSubstring("central directory") && ContainsSubstring("missing"));
  damaged[end + 8] = damaged[end + 10] = 0;
  CHECK_THROWS_WITH(open(damaged), ContainsSubstring("bytes after the last entry"));
  damaged[end + 8] = 1;
  CHECK_THROWS_WITH(open(damaged), ContainsSubstring("one part of several"));
  damaged = good;
  damaged[end + 19] = '\x7f';  // offset of the directory
  CHECK_THROWS_WITH(open(damaged), ContainsSubstring("outside the file"));
}

TEST_CASE("zip: damaged archives are read or refused", "[zip][damage]") {
  const std::string file = zip({{"x/a", "hello"}, {"x/b", "world"}});
  const int refused = survive_damage(to_bytes(file), [](const std::vector<std::byte>& bytes) {
    const ZipArchive archive(bytes);
    for (const std::string_view name : archive.names()) archive.read(name);
  });
  CHECK(refused >= static_cast<int>(file.size()));  // at least every prefix
}
