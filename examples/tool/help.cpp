// icolorit help: the list of commands, or the help of one.
#include <iostream>
#include <memory>
#include <string>

#include "commands.hpp"
#include "manual.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "parse_complaint.hpp"

namespace icolorit::tool {

namespace {

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->check_name(name)) return command;  // or an alias
  throw Misuse(unknown_command(app, name));
}

}  // namespace

void add_help(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("help", "List the commands, or describe one");
  const auto name = std::make_shared<std::string>();
  const auto manual = std::make_shared<bool>(false);
  command.add_option("COMMAND", *name, "The command to describe; without it, all are listed")->type_name("");
  OptionGroup(command, "Output").flag("--man", *manual, "Print the manual page of all commands, for man(1)");
  command.callback([&app, name, manual] {
    if (*manual) {
      std::cout << manual_page(app);
      return;
    }
    // Not app.help(), which would describe the command that runs, this one.
    const CLI::App* const described = name->empty() ? &app : find_command(app, *name);
    const std::string title = described == &app ? app.get_name() : app.get_name() + ' ' + described->get_name();
    std::cout << app.get_formatter()->make_help(described, title, CLI::AppFormatMode::Normal);
  });
}

}  // namespace icolorit::tool
