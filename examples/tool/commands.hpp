// The tool's commands. Each adds its subcommand to the application; parsing runs the one that was asked for.
#pragma once

#include <CLI/App.hpp>

namespace icolorit::tool {

void add_colorize(CLI::App& app);
void add_infer(CLI::App& app);
void add_make_hints(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_analyse(CLI::App& app);
void add_convert(CLI::App& app);
void add_inspect(CLI::App& app);
void add_pack(CLI::App& app);
void add_train(CLI::App& app);
void add_bench(CLI::App& app);

}  // namespace icolorit::tool
