// Parse complaint: one sentence on a command line that does not parse, with the word that was perhaps meant.
#pragma once

#include <string>
#include <string_view>

#include <CLI/App.hpp>

namespace icolorit::tool {

/// What the application complains of, in words of the tool where CLI11's leave the user alone.
std::string parse_complaint(const CLI::App& app, const CLI::ParseError& error);

/// That there is no such command.
std::string unknown_command(const CLI::App& app, std::string_view word);

/// The names of all commands, as a list in a sentence.
std::string command_names(const CLI::App& app);

}  // namespace icolorit::tool
