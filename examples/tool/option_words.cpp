#include "option_words.hpp"

namespace icolorit::tool {

std::vector<std::string> names_of(const CLI::App& command) {
  std::vector<std::string> names{command.get_name()};
  names.insert(names.end(), command.get_aliases().begin(), command.get_aliases().end());
  return names;
}

std::vector<OptionWords> options_of(const CLI::App& command) {
  std::vector<OptionWords> all;
  for (const CLI::Option* option : command.get_options()) {
    OptionWords words;
    for (const std::string& name : option->get_snames()) words.spellings.push_back('-' + name);
    for (const std::string& name : option->get_lnames()) words.spellings.push_back("--" + name);
    words.description = option->get_description();
    const bool is_help = !words.spellings.empty() && option->get_type_name().empty();  // CLI11's own flag has a size
    if (option->get_type_size() != 0 && !is_help) {
      words.value_name = option->get_type_name();
      if (words.spellings.empty()) words.value_name = option->get_name(true, false);
      const std::string type = option->get_type_name();
      using enum OptionWords::Value;
      words.value = type.starts_with("FILE") ? file : type.starts_with("FOLDER") ? folder : other;
    }
    all.push_back(std::move(words));
  }
  return all;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

}  // namespace icolorit::tool
