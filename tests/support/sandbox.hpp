// The command-line tool, run as its users run it. For programs that are told where it is (ICOLORIT_TOOL).
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/file.hpp"
#include "support/catch.hpp"

namespace icolorit::test {

/// All of a file.
inline std::string text_of(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  return std::string(as_text(bytes));
}

/// How a run of the tool ended, and what it said.
struct Outcome {
  int code;
  std::string out, err;
};

/// An empty folder of its own for each test case, in which the tool runs.
class Sandbox {
 public:
  Sandbox() {
    std::string name = (std::filesystem::temp_directory_path() / "icolorit_tool_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw FileError("Sandbox: no temporary folder");
    folder_ = name;
  }
  ~Sandbox() { std::filesystem::remove_all(folder_); }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  /// Runs the tool with arguments as a shell reads them; `before` goes in front, e.g. a limit.
  Outcome run(const std::string& arguments, const std::string& before = "",
              const std::filesystem::path& tool = ICOLORIT_TOOL) {
    const std::string command = concat("cd ", folder_, " && ", before, " ", tool, " ", arguments, " >.out 2>.err");
    const int status = std::system(command.c_str());
    Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(folder_ / ".out"), text_of(folder_ / ".err")};
    std::filesystem::remove(folder_ / ".out");
    std::filesystem::remove(folder_ / ".err");
    return outcome;
  }

  /// Must succeed without a note or a complaint, which begin with "icolorit: "; returns what it printed.
  std::string good(const std::string& arguments) { return succeeding(arguments).out; }

  /// The same; returns the lines on stderr that say where the results are.
  std::string report(const std::string& arguments) { return succeeding(arguments).err; }

  /// Must end with this code and one sentence on stderr, short enough to be read, which is returned.
  std::string bad(int code, const std::string& arguments, const std::string& before = "") {
    const Outcome outcome = run(arguments, before);
    INFO(arguments << ": " << outcome.err);
    REQUIRE(outcome.code == code);
    REQUIRE(outcome.out.empty());
    REQUIRE(outcome.err.starts_with("icolorit: "));
    REQUIRE(std::ranges::count(outcome.err, '\n') == 1);
    REQUIRE(outcome.err.ends_with('\n'));
    REQUIRE(outcome.err.size() <= 300);
    return outcome.err;
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      if (entry.is_regular_file()) names.push_back(std::filesystem::relative(entry.path(), folder_).string());
    std::ranges::sort(names);
    return names;
  }

 private:
  Outcome succeeding(const std::string& arguments) {
    Outcome outcome = run(arguments);
    INFO(arguments << ": " << outcome.err);
    REQUIRE(outcome.code == 0);
    REQUIRE_THAT(outcome.err, !ContainsSubstring("icolorit: "));
    return outcome;
  }

  std::filesystem::path folder_;
};

/// A path as a shell reads it.
inline std::string quoted(const std::filesystem::path& path) { return concat(path); }

}  // namespace icolorit::test
