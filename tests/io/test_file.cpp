// Files written beside and renamed, and files read piece by piece.
#include "icolorit/io/file.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

TEST_CASE("A file that is replaced keeps its mode, a new one gets that of any new file") {
  const TemporaryFolder folder;
  const auto path = folder / "file";
  const mode_t mask = umask(0);
  umask(mask);
  const auto mode_of = [&] {
    struct stat status{};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
  };
  write_file(path, std::string_view("new"));
  CHECK(mode_of() == (0666 & ~mask));
  REQUIRE(chmod(path.c_str(), 0640) == 0);
  write_file(path, std::string_view("newer"));
  CHECK(mode_of() == 0640);
  REQUIRE(chmod(path.c_str(), 0440) == 0);
  CHECK_THROWS_WITH(write_file(path, std::string_view("x")), ContainsSubstring("write-protected"));
  CHECK(text_of(path) == "newer");
}

TEST_CASE("Through a symbolic link its target is written, also where it does not exist yet") {
  const TemporaryFolder folder;
  write_file(folder / "there/old", std::string_view("old"));
  std::filesystem::create_symlink("there/old", folder / "one");
  std::filesystem::create_symlink("one", folder / "two");
  std::filesystem::create_symlink("there/new", folder / "dangling");
  write_file(folder / "two", std::string_view("text"));
  write_file(folder / "dangling", std::string_view("text"));
  CHECK(std::filesystem::is_symlink(folder / "two"));
  CHECK(std::filesystem::is_symlink(folder / "one"));
  CHECK(text_of(folder / "there/old") == "text");
  CHECK(text_of(folder / "there/new") == "text");
  CHECK(files_in(folder / "there") == 2);
}

TEST_CASE("A file on which another is mounted is written in place") {
  const TemporaryFolder folder;
  write_file(folder / "below", std::string_view("old"));
  write_file(folder / "file", std::string_view("covered"));
  const pid_t child = fork();
  if (child == 0) {
    constexpr int not_allowed = 9;  // containers and some kernels forbid mounts
    if (unshare(CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount((folder / "below").c_str(), (folder / "file").c_str(), nullptr, MS_BIND, nullptr) != 0)
      _exit(not_allowed);
    try {
      write_file(folder / "file", std::string_view("new"));
      _exit(text_of(folder / "file") == "new" && files_in(folder.path()) == 2 ? 0 : 1);
    } catch (const Error&) {
      _exit(2);
    }
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 9) {
    WARN("skipped: this system allows no mounts");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(text_of(folder / "below") == "new");
}

TEST_CASE("A signal handler can remove what is half-written") {
  const TemporaryFolder folder;
  FileWriter file(folder / "file");
  file.write(to_bytes("half"));
  REQUIRE(files_in(folder.path()) == 1);
  remove_temporary_files();
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("A file in a folder that takes no new one is written in place, and restored where that fails") {
  const TemporaryFolder folder;
  const auto path = folder / "closed/file";
  write_file(path, std::string_view("the old content"));
  constexpr uid_t nobody = 65534;
  const bool is_root = geteuid() == 0;  // to whom no folder is closed
  if (is_root) REQUIRE(chown(path.c_str(), nobody, static_cast<gid_t>(-1)) == 0);
  REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
  REQUIRE(chmod(path.parent_path().c_str(), 0555) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (is_root && setresuid(nobody, nobody, nobody) != 0) _exit(1);
    try {
      {
        FileWriter given_up(path);
        given_up.write(to_bytes("half"));
      }
      if (text_of(path) != "the old content") _exit(2);
      write_file(path, std::string_view("new"));
      _exit(text_of(path) == "new" ? 0 : 3);
    } catch (const Error&) {
      _exit(4);
    }
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(text_of(path) == "new");
  REQUIRE(chmod(path.parent_path().c_str(), 0755) == 0);
}
