// A progress bar on stderr, for work that lasts.
#pragma once

#include <chrono>
#include <string_view>

#include "icolorit/core/progress.hpp"

namespace icolorit::tool {

/// ECMA-48: carriage return, erase to the end of the line.
inline constexpr const char* erase_line = "\r\x1b[K";

/// Appears once the work has lasted a second, and only on a terminal; its line is wiped when the bar is destroyed.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(const Progress& progress) { show(progress.fraction, progress.stage); }
  void show(double fraction, std::string_view text);
  /// Wipes the line, before anything else is written.
  void clear();

  /// For functions that take a callback. The bar must outlive it.
  ProgressCallback callback() {
    return [this](const Progress& progress) {
      show(progress);
      return true;
    };
  }

 private:
  using Clock = std::chrono::steady_clock;

  bool on_terminal_;
  bool drawn_ = false;
  Clock::time_point next_;  // not drawn again before
};

}  // namespace icolorit::tool
