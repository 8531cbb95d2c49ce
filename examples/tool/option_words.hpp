// Option words: a command's options as its completion and its manual page show them, read from the application itself.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace icolorit::tool {

/// One option with all its spellings, or a word without dashes.
struct OptionWords {
  enum class Value { none, file, folder, other };

  std::vector<std::string> spellings;  ///< "-o", "--out"; empty for a word without dashes
  std::string value_name;              ///< FILE; empty for a flag
  std::string description;
  Value value = Value::none;
};

/// The name of a command and its aliases.
std::vector<std::string> names_of(const CLI::App& command);
/// The options, --help included, in the order of the help.
std::vector<OptionWords> options_of(const CLI::App& command);
/// The commands in the order of the help.
std::vector<const CLI::App*> commands_of(const CLI::App& app);

/// The words with `separator` between them.
std::string joined(const std::vector<std::string>& words, const std::string& separator);
/// The text with `with` in the place of every `what`.
std::string replaced(std::string text, const std::string& what, const std::string& with);

}  // namespace icolorit::tool
