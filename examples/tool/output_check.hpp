// Output check: before anything is computed, whether a result can go where it shall, and whether it would cost the user
// a file that the command reads.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <initializer_list>
#include <map>
#include <utility>

#include "misuse.hpp"
#include "option_group.hpp"
#include "standard_streams.hpp"

namespace icolorit::tool {

/// The files that a command reads, known by what they are, whatever they are called: every link to a file is that file.
class InputFiles {
 public:
  InputFiles() = default;
  InputFiles(std::initializer_list<std::filesystem::path> paths) {
    for (const std::filesystem::path& path : paths) add(path);
  }

  /// A path without a file, as that of an option that was not given, is no input.
  void add(const std::filesystem::path& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) == 0) paths_.emplace(Identity(status.st_dev, status.st_ino), path);
  }
  /// The path that was added for the file which `path` leads to; null where there is none.
  const std::filesystem::path* find(const std::filesystem::path& path) const {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return nullptr;
    const auto found = paths_.find(Identity(status.st_dev, status.st_ino));
    return found == paths_.end() ? nullptr : &found->second;
  }

 private:
  using Identity = std::pair<dev_t, ino_t>;
  std::map<Identity, std::filesystem::path> paths_;
};

/// Throws Misuse where writing `out` would replace one of the inputs, unless `overwrite`. For files in folders that the
/// command makes; expect_output is for a file that the user names.
inline void expect_no_input(const std::filesystem::path& out, const InputFiles& inputs, bool overwrite) {
  const std::filesystem::path* const input = inputs.find(out);
  require(overwrite || input == nullptr, "the output ", out, " is the input ", input != nullptr ? *input : out,
          ", which would be lost: give another name (--overwrite replaces even that)");
}

/// The same for any other file that is there already, and throws FileError where there is no folder for the output, or
/// a folder of its name. Pipes and devices keep nothing that could be lost.
inline void expect_output(const std::filesystem::path& out, const InputFiles& inputs, bool overwrite) {
  if (is_standard_stream(out)) return;
  expect_writable_place(out);
  expect_no_input(out, inputs, overwrite);
  std::error_code error;
  require(overwrite || !std::filesystem::is_regular_file(out, error), "the output ", out,
          " exists already: give another name, or --overwrite to replace it");
}

/// Adds --overwrite to a command.
inline void add_overwrite(OptionGroup& output, bool& overwrite) {
  output.flag("--overwrite", overwrite, "Allow an output to replace a file that exists, even one that is read");
}

}  // namespace icolorit::tool
