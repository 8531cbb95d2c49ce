// The tool's commands. Each adds its subcommand to the application; parsing runs the one that was asked for. This is
// the only list of them: the help, the complaints and the suggestions read the application.
#pragma once

#include <CLI/App.hpp>

namespace icolorit::tool {

using AddCommand = void(CLI::App& app);
AddCommand add_colorize, add_film, add_studio, add_infer, add_make_hints, add_evaluate, add_analyse, add_convert,
    add_inspect, add_pack, add_train, add_finetune, add_bench, add_completion, add_merge, add_help;

/// In the order of the help.
inline constexpr AddCommand* commands[] = {
    add_colorize, add_film, add_studio, add_infer,    add_make_hints, add_evaluate, add_analyse,    add_convert,
    add_inspect,  add_pack, add_train,  add_finetune, add_merge,      add_bench,    add_completion, add_help};

}  // namespace icolorit::tool
