#include "parse_complaint.hpp"

#include <algorithm>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/core/name_list.hpp"
#include "nearest_name.hpp"

namespace icolorit::tool {

namespace {

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

/// Where to read on: `icolorit colorize --help`.
std::string help_of(const CLI::App& command) {
  return concat(command.get_parent() == nullptr ? "" : "icolorit ", command.get_name(), " --help");
}

/// The end of a sentence on a word that is none of these names.
std::string advice(std::string_view word, const std::vector<std::string>& names, const CLI::App& command) {
  const std::string name = nearest_name(word, names);
  return name.empty() ? concat("; see ", help_of(command))
                      : concat(", did you mean ", name, "? See ", help_of(command));
}

std::string unknown_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_snames()) names.push_back('-' + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string option = word.substr(0, word.find('='));
  return concat(command.get_name(), " has no option ", option, advice(option, names, command));
}

/// Words that no option and no place takes, or a word that looks like an option and is none. Empty where all are taken.
std::string complaint_of_words(const CLI::App& command) {
  const std::vector<std::string> words = command.remaining();
  if (const auto option = std::ranges::find_if(words, is_option); option != words.end())
    return unknown_option(command, *option);
  if (words.empty()) return "";
  if (command.get_parent() == nullptr) return unknown_command(command, words.front());
  NameList names;
  for (const std::string& word : words) names.add('"', word, '"');
  return concat(command.get_name(), " has no use for ", names.text(), "; see ", help_of(command));
}

}  // namespace

std::string parse_complaint(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  // The options behind a mistyped command are not to blame.
  if (const std::vector<std::string> words = app.remaining(); chosen.empty() && !words.empty())
    if (!is_option(words.front())) return unknown_command(app, words.front());
  // A mistyped option explains a missing one, so it is told first; words too many may follow from either.
  const bool is_about_words = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  for (const CLI::App* const one : {&app, &command})
    if (is_about_words || std::ranges::any_of(one->remaining(), is_option))
      if (const std::string complaint = complaint_of_words(*one); !complaint.empty()) return complaint;
  return concat(error.what(), "; see ", help_of(command));
}

std::string command_names(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands({}))
    names += concat(names.empty() ? "" : ", ", command->get_name());
  return names;
}

std::string unknown_command(const CLI::App& app, std::string_view word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return concat("there is no command ", word, advice(word, names, app));
}

}  // namespace icolorit::tool
