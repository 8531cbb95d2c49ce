// Ctrl-C and SIGTERM during work that shall end in good order.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "ending_signals.hpp"

namespace icolorit::tool {

/// The signal that asked to stop; 0: none did.
inline std::atomic<int> interrupted = 0;
static_assert(std::atomic<int>::is_always_lock_free);

/// Says at once what happens, by functions that a signal handler may call. The next signal ends the process.
inline void interrupt(int signal) {
  const int kept = errno;
  interrupted = signal;
  const char* const sentence = signal == SIGINT
                                   ? "\nicolorit: stopping after this step; Ctrl-C again ends without saving\n"
                                   : "\nicolorit: stopping after this step; another signal ends without saving\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, sentence, std::strlen(sentence));
  std::signal(SIGINT, end_without_traces);
  std::signal(SIGTERM, end_without_traces);
  errno = kept;
}

/// From now on.
inline void catch_interruptions() {
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
}

}  // namespace icolorit::tool
