// icolorit: colourises pictures from hints, evaluates networks, and handles their weights. One subcommand for each
// task. Ends with 0 when it worked, 1 when it failed, 2 when the command line made no sense; then one sentence on
// stderr says what to do.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "commands.hpp"
#include "icolorit/core/config.hpp"
#include "misuse.hpp"
#include "stopped.hpp"

namespace {

constexpr int failed = 1, misused = 2;

int complain(std::string sentence, int code) {
  std::ranges::replace(sentence, '\n', ' ');
  std::cerr << "icolorit: " << sentence << '\n';
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace icolorit::tool;
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the user's limit is an error of write(), not the end of the process

  CLI::App app("Interactive colourisation with iColoriT (Yun et al., WACV 2023)", "icolorit");
  app.set_version_flag("--version", ICOLORIT_VERSION);
  app.require_subcommand(0, 1);  // checked below, after words that are no command were refused by name
  add_colorize(app);
  add_infer(app);
  add_make_hints(app);
  add_evaluate(app);
  add_analyse(app);
  add_convert(app);
  add_inspect(app);
  add_pack(app);
  add_train(app);
  add_bench(app);

  try {
    app.parse(argc, argv);
    require(
        !app.get_subcommands().empty(),
        "give a command: colorize, infer, make-hints, evaluate, analyse, convert, inspect, pack, train or bench; see "
        "icolorit --help");
    if (!std::cout.flush()) return complain("cannot write to the standard output", failed);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto chosen = app.get_subcommands();
    const std::string command = chosen.empty() ? "" : " " + chosen.front()->get_name();
    return complain(std::string(error.what()) + "; see icolorit" + command + " --help", misused);
  } catch (const Stopped& stopped) {
    return stopped.exit_code();
  } catch (const Misuse& error) {
    return complain(error.what(), misused);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory: use a smaller picture, network or batch", failed);
  } catch (const std::exception& error) {
    return complain(error.what(), failed);
  }
}
