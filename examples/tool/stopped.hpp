// Stopped: a command that a signal ended in good order.
#pragma once

namespace icolorit::tool {

/// Thrown when all is saved and said. The tool ends with 128 + signal, as shells report it: 130 after Ctrl-C.
struct Stopped {
  int signal;
  int exit_code() const { return 128 + signal; }
};

}  // namespace icolorit::tool
