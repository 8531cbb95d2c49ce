// Help formatter: CLI11's help, shorter. Of an option's spellings it shows the short one and the first long one, of a
// command the name without its aliases; long descriptions are broken into lines, and groups are one blank line apart.
#pragma once

#include <sstream>
#include <string>

#include <CLI/Formatter.hpp>

namespace icolorit::tool {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(static_cast<std::size_t>(left_width)); }

  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    if (is_positional) return option->get_name(true, false);
    std::string names;
    if (!option->get_snames().empty()) names = '-' + option->get_snames().front();
    if (!option->get_lnames().empty()) names += (names.empty() ? "--" : ",--") + option->get_lnames().front();
    return names;
  }

  /// What it takes and its default, not what it needs and excludes: the refusal says that.
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";  // a flag
    std::string text;
    if (!option->get_type_name().empty()) text += ' ' + option->get_type_name();
    if (!option->get_default_str().empty()) text += '=' + option->get_default_str();
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
    if (option->get_required()) text += " REQUIRED";
    return text;
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), right_width);
  }

  std::string make_subcommand(const CLI::App* command) const override {
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(), command->get_description(), command_width);
    return out.str();
  }

  std::string make_footer(const CLI::App* app) const override {
    return app->get_footer().empty() ? "" : wrapped(app->get_footer(), left_width + right_width) + '\n';
  }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    return CLI::detail::find_and_replace(Formatter::make_help(app, std::move(name), mode), "\n\n\n", "\n\n");
  }

 private:
  static constexpr std::size_t left_width = 32, right_width = 68, command_width = 16;

  /// Broken between words into lines of at most `width` letters; lines of its own stay.
  static std::string wrapped(const std::string& text, std::size_t width) {
    std::string result;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!result.empty()) result += '\n';
      std::istringstream words(line);
      std::size_t used = 0;
      for (std::string word; words >> word; used += word.size()) {
        if (used > 0 && used + 1 + word.size() > width) {
          result += '\n';
          used = 0;
        }
        if (used > 0) {
          result += ' ';
          ++used;
        }
        result += word;
      }
    }
    return result;
  }
};

}  // namespace icolorit::tool
