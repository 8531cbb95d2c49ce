// Output check: before anything is computed, whether a result can go where it shall, and whether it would cost the user
// a file that the command reads.
#pragma once

#include <filesystem>
#include <span>

#include "misuse.hpp"
#include "option_group.hpp"

namespace icolorit::tool {

/// Throws Misuse where `out` is one of the `inputs`, be it by another path or a link, unless `overwrite`; an empty path
/// is no input. Throws FileError where there is no folder for it, or a folder of its name. An old file that is no input
/// may be replaced.
inline void expect_output(const std::filesystem::path& out, std::span<const std::filesystem::path> inputs,
                          bool overwrite) {
  expect_writable_place(out);
  std::error_code error;
  if (overwrite || !std::filesystem::exists(out, error)) return;
  for (const std::filesystem::path& input : inputs)
    require(input.empty() || !std::filesystem::equivalent(out, input, error), "the output ", out, " is the input ",
            input, ", which would be lost: give another name, or --overwrite to replace it");
}

/// Adds --overwrite to a command.
inline void add_overwrite(OptionGroup& output, bool& overwrite) {
  output.flag("--overwrite", overwrite, "Allow the output to replace a file that is read");
}

}  // namespace icolorit::tool
