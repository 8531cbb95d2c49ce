// icolorit: colourises pictures from hints, evaluates networks, and handles their weights. One subcommand for each
// task. Ends with 0 when it worked, 1 when it failed, 2 when the command line made no sense; then one sentence on
// stderr says what to do.
#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <new>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "commands.hpp"
#include "ending_signals.hpp"
#include "help_formatter.hpp"
#include "icolorit/core/config.hpp"
#include "misuse.hpp"
#include "parse_complaint.hpp"
#include "short_sentence.hpp"
#include "stopped.hpp"

namespace {

constexpr int failed = 1, misused = 2;

int complain(std::string sentence, int code) {
  std::ranges::replace(sentence, '\n', ' ');
  std::cerr << icolorit::tool::shortened("icolorit: " + sentence) << '\n';
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace icolorit::tool;
  end_without_traces_on_signals();
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the user's limit is an error of write(), not the end of the process

  CLI::App app("Interactive colourisation with iColoriT (Yun et al., WACV 2023)", "icolorit");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("-V,--version", ICOLORIT_VERSION);
  app.require_subcommand(0, 1);  // checked below, after words that are no command were refused by name
  for (AddCommand* const add : commands) add(app);

  try {
    app.parse(argc, argv);
    require(!app.get_subcommands().empty(), "give a command: ", command_names(app), "; see icolorit --help");
    if (!std::cout.flush()) return complain("cannot write to the standard output", failed);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return complain(parse_complaint(app, error), misused);
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
