#include "manual.hpp"

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"
#include "option_words.hpp"

namespace icolorit::tool {

namespace {

/// Text as roff takes it literally: also where a line begins with a dot or a quote.
std::string escaped(const std::string& text) {
  std::string safe = replaced(replaced(text, "\\", "\\e"), "-", "\\-");
  safe = replaced(std::move(safe), "\n", "\n.br\n");
  if (safe.starts_with('.') || safe.starts_with('\'')) safe.insert(0, "\\&");
  return safe;
}

/// An option, what it takes, and what it is for.
std::string described(const OptionWords& option) {
  std::vector<std::string> names;
  for (const std::string& spelling : option.spellings) names.push_back("\\fB" + escaped(spelling) + "\\fR");
  std::string heading = joined(names, ", ");
  if (!option.value_name.empty())
    heading += (heading.empty() ? "" : " ") + ("\\fI" + escaped(option.value_name) + "\\fR");
  return concat(".TP\n", heading, '\n', escaped(option.description), '\n');
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string page = concat(".TH ICOLORIT 1 \"\" \"icolorit ", ICOLORIT_VERSION, "\" \"User Commands\"\n.SH NAME\n",
                            "icolorit \\- ", escaped(app.get_description()),
                            "\n.SH SYNOPSIS\n.B icolorit\n.I command\n.RI [ options ]\n.SH COMMANDS\n");
  for (const CLI::App* command : commands_of(app)) {
    page += concat(".SS ", escaped(joined(names_of(*command), ", ")), '\n', escaped(command->get_description()), ".\n");
    for (const OptionWords& option : options_of(*command)) page += described(option);
    if (!command->get_footer().empty()) page += concat(".PP\n", escaped(command->get_footer()), '\n');
  }
  page +=
      ".SH EXIT STATUS\n0: success. 1: failure. 2: the command line made no sense. 130 and 143: training that Ctrl\\-C "
      "or "
      "SIGTERM stopped. One line on the standard error says what to change.\n"
      ".SH FILES\n.TP\n.I ../share/icolorit/*.safetensors\nweights that are found beside the folder of the tool\n";
  return page;
}

}  // namespace icolorit::tool
