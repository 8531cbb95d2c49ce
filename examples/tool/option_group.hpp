// Option group: how the tool's options are declared, so that every command's help reads alike. The help shows what an
// option takes (FILE, FOLDER, NUMBER, NAME); ranges and lists are told by the refusal of what lies outside.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "icolorit/core/config.hpp"

namespace icolorit::tool {

/// One titled group of a command's options in the help. A name may list several spellings, "-o,--out" or
/// "--images,--data": all are accepted, the help shows the short one and the first long one (help_formatter.hpp).
class OptionGroup {
 public:
  OptionGroup(CLI::App& command, std::string title) : command_(command), title_(std::move(title)) {}

  template <class T>
  CLI::Option* add(const std::string& name, T& value, const char* type, const std::string& help) {
    return command_.add_option(name, value, help)->type_name(type)->group(title_);
  }
  CLI::Option* flag(const std::string& name, bool& value, const std::string& help) {
    return command_.add_flag(name, value, help)->group(title_);
  }
  CLI::Option* file(const std::string& name, std::filesystem::path& value, const std::string& help) {
    return add(name, value, "FILE", help);
  }
  CLI::Option* folder(const std::string& name, std::filesystem::path& value, const std::string& help) {
    return add(name, value, "FOLDER", help);
  }
  /// A number in [least, most], or a list of such numbers.
  template <class T, class N>
  CLI::Option* number(const std::string& name, T& value, const std::string& help, N least, N most) {
    return add(name, value, "NUMBER", help)->check(CLI::Range(least, most).description(""));
  }
  /// One of these names; the help shows the default unless it is empty.
  CLI::Option* choice(const std::string& name, std::string& value, const std::string& help,
                      std::vector<std::string> names) {
    CLI::Option* const option = add(name, value, "NAME", help)->check(CLI::IsMember(std::move(names)).description(""));
    return value.empty() ? option : option->capture_default_str();
  }

  // Options that mean the same in several commands.

  CLI::Option* threads(int& value) { return number("--threads", value, "Threads [0: all processors]", 0, 1024); }
  CLI::Option* size(Index& value, const std::string& otherwise) {
    return number("--size,--input-size", value, "Side of the network's square input, in pixels [" + otherwise + ']',
                  Index{1}, Index{4096});
  }
  CLI::Option* hint_size(Index& value) {
    return number("--hint-size,--cell", value, "Side of a hint cell in pixels of the network's input", Index{1},
                  Index{4096})
        ->capture_default_str();
  }
  CLI::Option* seed(std::uint64_t& value, const std::string& help) {
    return number("--seed", value, help, std::uint64_t{0}, std::uint64_t{1} << 62)->capture_default_str();
  }

 private:
  CLI::App& command_;
  std::string title_;
};

}  // namespace icolorit::tool
