// icolorit completion: what a shell needs to complete the tool's commands and options, made from the application
// itself.
#include <iostream>
#include <memory>
#include <string>

#include "commands.hpp"
#include "icolorit/core/error.hpp"
#include "option_group.hpp"
#include "option_words.hpp"

namespace icolorit::tool {

namespace {

using Value = OptionWords::Value;

/// The spellings of the options that take this kind of value, as a pattern of `case`.
std::string pattern_of(const std::vector<OptionWords>& options, Value value) {
  std::vector<std::string> spellings;
  for (const OptionWords& option : options)
    if (option.value == value) spellings.insert(spellings.end(), option.spellings.begin(), option.spellings.end());
  return joined(spellings, "|");
}

void complete_bash(const CLI::App& app) {
  std::string names = "--help --version";
  for (const CLI::App* command : commands_of(app)) names += ' ' + command->get_name();
  std::cout << R"(_icolorit() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    compopt +o default
    COMPREPLY=($(compgen -W ")"
            << names << R"(" -- "$current"))
    return
  fi
  case $command in
)";
  for (const CLI::App* command : commands_of(app)) {
    const std::vector<OptionWords> options = options_of(*command);
    std::vector<std::string> words;
    for (const OptionWords& option : options)
      words.insert(words.end(), option.spellings.begin(), option.spellings.end());
    std::cout << "    " << joined(names_of(*command), "|") << ")\n      case $previous in\n";
    if (const std::string folders = pattern_of(options, Value::folder); !folders.empty())
      std::cout << "        " << folders << ") compopt +o default -o dirnames; return ;;\n";
    if (const std::string files = pattern_of(options, Value::file); !files.empty())
      std::cout << "        " << files << ") return ;;\n";
    if (const std::string others = pattern_of(options, Value::other); !others.empty())
      std::cout << "        " << others << ") compopt +o default; return ;;\n";
    std::cout << "      esac\n      [[ $current == -* ]] && COMPREPLY=($(compgen -W \"" << joined(words, " ")
              << "\" -- \"$current\"))\n      ;;\n";
  }
  std::cout << "  esac\n}\ncomplete -o default -F _icolorit icolorit\n";
}

/// Text inside single quotes, in which `special` characters get a backslash.
std::string quoted_for_shell(std::string text, const std::string& special) {
  for (const char c : special) text = replaced(std::move(text), std::string(1, c), std::string("\\") + c);
  return '\'' + replaced(std::move(text), "'", R"('\'')") + '\'';
}

void complete_zsh(const CLI::App& app) {
  std::cout << "#compdef icolorit\n\n_icolorit() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n";
  for (const CLI::App* command : commands_of(app))
    std::cout << "      " << quoted_for_shell(command->get_name() + ":" + command->get_description(), "") << '\n';
  std::cout << "    )\n    _describe command commands\n    return\n  fi\n  local command=$words[2]\n  shift words\n"
               "  (( CURRENT-- ))\n  case $command in\n";
  for (const CLI::App* command : commands_of(app)) {
    std::cout << "    " << joined(names_of(*command), "|") << ")\n      _arguments -S";
    for (const OptionWords& option : options_of(*command)) {
      if (option.spellings.empty()) continue;
      const std::string group = '(' + joined(option.spellings, " ") + ')';
      std::string action;
      if (option.value == Value::file) action = ":file:_files";
      if (option.value == Value::folder) action = ":folder:_files -/";
      if (option.value == Value::other) action = ":" + replaced(option.value_name, ":", ";") + ": ";
      for (const std::string& spelling : option.spellings)
        std::cout << " \\\n        " << quoted_for_shell(group + spelling, "") << "'['"
                  << quoted_for_shell(option.description, "[]:") << "']'"
                  << (action.empty() ? "" : '\'' + action + '\'');
    }
    std::cout << " \\\n        '*:file:_files'\n      ;;\n";
  }
  std::cout << "  esac\n}\n\n_icolorit \"$@\"\n";
}

void complete_fish(const CLI::App& app) {
  for (const CLI::App* command : commands_of(app)) {
    std::cout << "complete -c icolorit -f -n __fish_use_subcommand -a " << command->get_name() << " -d "
              << quoted_for_shell(command->get_description(), "") << '\n';
    const std::string condition = "-n '__fish_seen_subcommand_from " + joined(names_of(*command), " ") + "'";
    for (const OptionWords& option : options_of(*command)) {
      if (option.spellings.empty()) continue;
      std::cout << "complete -c icolorit " << condition;
      for (const std::string& spelling : option.spellings)
        std::cout << (spelling.starts_with("--") ? " -l " + spelling.substr(2) : " -s " + spelling.substr(1));
      if (option.value == Value::file) std::cout << " -r -F";
      if (option.value == Value::folder) std::cout << " -x -a '(__fish_complete_directories)'";
      if (option.value == Value::other) std::cout << " -x";
      std::cout << " -d " << quoted_for_shell(option.description, "") << '\n';
    }
  }
}

}  // namespace

void add_completion(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("completion", "Print what a shell needs to complete commands and options");
  const auto shell = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash, zsh or fish")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
  command.footer("Installed with the tool. For a tool that is not: source <(icolorit completion bash)");
  command.callback([&app, shell] {
    if (*shell == "bash") complete_bash(app);
    if (*shell == "zsh") complete_zsh(app);
    if (*shell == "fish") complete_fish(app);
  });
}

}  // namespace icolorit::tool
