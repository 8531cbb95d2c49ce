// Files written beside and renamed, and files read piece by piece.
#include "icolorit/io/file.hpp"

#include <array>

#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/random_access_file.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;
using test::TemporaryFolder;

namespace {

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  return std::string(as_text(bytes));
}
Index files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

}  // namespace

TEST_CASE("A file written in pieces appears with the commit, all at once") {
  const TemporaryFolder folder;
  const auto path = folder / "file";
  write_file(path, std::string_view("old"));
  {
    FileWriter file(path);
    file.write(to_bytes("new "));
    file.write({});
    file.write(to_bytes("content"));
    REQUIRE(text_of(path) == "old");
    file.commit();
    REQUIRE(text_of(path) == "new content");
  }
  REQUIRE(text_of(path) == "new content");
  REQUIRE(files_in(folder.path()) == 1);
}

TEST_CASE("Without a commit the old file stays and nothing else remains") {
  const TemporaryFolder folder;
  const auto path = folder / "file";
  write_file(path, std::string_view("old"));
  {
    FileWriter file(path);
    file.write(to_bytes("half of the new cont"));
  }
  REQUIRE(text_of(path) == "old");
  REQUIRE(files_in(folder.path()) == 1);
}

TEST_CASE("A place that cannot be written is named") {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "no" / "file";
  REQUIRE_THROWS_AS(FileWriter(missing), FileError);
  REQUIRE_THROWS_WITH(FileWriter(missing), ContainsSubstring("cannot write") && ContainsSubstring("no/file"));

  const auto taken = folder / "taken/inside";  // renaming over a folder that is not empty fails
  write_file(taken, std::string_view("kept"));
  REQUIRE_THROWS_AS(write_file(taken.parent_path(), std::string_view("x")), FileError);
  REQUIRE(text_of(taken) == "kept");
  REQUIRE(files_in(folder.path()) == 1);
}

TEST_CASE("Any part of a file can be read, and none beyond its end") {
  const TemporaryFolder folder;
  write_file(folder / "file", std::string_view("0123456789"));
  const RandomAccessFile file(folder / "file");
  REQUIRE(file.size() == 10);
  std::array<std::byte, 4> part;
  file.read(6, part);
  REQUIRE(as_text(part) == "6789");
  file.read(0, part);
  REQUIRE(as_text(part) == "0123");
  REQUIRE_THROWS_AS(file.read(7, part), FileError);
  REQUIRE_THROWS_WITH(file.read(7, part), ContainsSubstring("1 bytes are missing"));
  REQUIRE_THROWS_AS(file.read(std::uint64_t{1} << 40, part), FileError);
  REQUIRE_THROWS_AS(RandomAccessFile(folder.path()), FileError);
  REQUIRE_THROWS_WITH(RandomAccessFile(folder.path() / "none"), ContainsSubstring("cannot open"));
}
