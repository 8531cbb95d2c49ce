#include "report.hpp"

#include <cmath>

#include "option_group.hpp"

namespace icolorit::tool {

ResultLine& ResultLine::add(std::string key, json::Value value, std::string_view text) {
  members_[std::move(key)] = std::move(value);
  if (text.empty()) return *this;
  text_ += concat(told_ ? ", " : ": ", text);
  told_ = true;
  return *this;
}

ResultLine& ResultLine::milliseconds(double time) {
  return add("milliseconds", time, concat(std::lround(time), " ms"));
}

void Report::add_to(CLI::App& command) {
  OptionGroup output(command, "Output");
  CLI::Option* const silence = output.flag("-q,--quiet", quiet, "Do not say where the result went");
  output.flag("--json", as_json, "One JSON object a line on stdout, instead of text")->excludes(silence);
}

void Report::write(const ResultLine& line) const {
  if (as_json)
    std::cout << json::write(line.members()) << '\n';
  else if (!quiet)
    std::cerr << line.text() << '\n';
}

void note_left_out(std::string_view kind, const std::vector<std::string>& reasons) {
  if (reasons.empty()) return;
  note(reasons.size(), ' ', kind, ' ', reasons.size() == 1 ? "picture" : "pictures", " left out:");
  for (const std::string& reason : reasons) std::cerr << shortened("  " + reason) << '\n';
}

}  // namespace icolorit::tool
