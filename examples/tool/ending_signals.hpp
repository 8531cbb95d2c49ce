// Ending signals: Ctrl-C and its like end the tool at once, but leave no half-written file behind.
#pragma once

#include <csignal>

#include "icolorit/io/temporary_files.hpp"

namespace icolorit::tool {

inline constexpr int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

/// Ends the process as the signal would have done, after the half-written files are gone.
inline void end_without_traces(int signal) {
  remove_temporary_files();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// From now on. What the caller of the tool ignores, as nohup does, stays ignored.
inline void end_without_traces_on_signals() {
  for (const int signal : ending_signals)
    if (std::signal(signal, end_without_traces) == SIG_IGN) std::signal(signal, SIG_IGN);
}

}  // namespace icolorit::tool
