// Report: where a command's result went and how it came about. One line on stderr for people; with --json one object a
// line on stdout for programs.
#pragma once

#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include "icolorit/io/json.hpp"
#include "printable.hpp"
#include "short_sentence.hpp"
#include "wording.hpp"

namespace icolorit::tool {

/// What is told of one result: `colored.png: network icolorit_tiny.safetensors, 2 hints, 1 lost, 34 ms`.
class ResultLine {
 public:
  explicit ResultLine(const std::filesystem::path& path)
      : text_(printable(path.string())), members_{{"file", printable(path.string())}} {}

  /// A fact as a member of the object, and as a part of the line unless `text` is empty.
  ResultLine& add(std::string key, json::Value value, std::string_view text = "");
  /// The same for a number of things: "2 hints".
  ResultLine& count(std::string key, Index number, std::string_view thing) {
    return add(std::move(key), number, counted(number, thing));
  }
  ResultLine& milliseconds(double time);

  const std::string& text() const { return text_; }
  const json::Value& members() const { return members_; }

 private:
  std::string text_;
  bool told_ = false;  // a fact in the line
  json::Value members_;
};

/// What a command says on its way to success.
struct Report {
  bool quiet = false, as_json = false;

  /// Adds --quiet and --json to a command.
  void add_to(CLI::App& command);
  void write(const ResultLine& line) const;
};

/// A line on stderr about something that the user may not expect. --quiet does not silence it.
template <class... Parts>
void note(const Parts&... parts) {
  std::cerr << shortened(concat("icolorit: note: ", parts...)) << '\n';
}

/// A note of what was left out of a folder, and why each.
void note_left_out(std::string_view kind, const std::vector<std::string>& reasons);

}  // namespace icolorit::tool
