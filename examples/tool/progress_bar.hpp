// A progress bar on stderr, for work that lasts.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "icolorit/core/progress.hpp"

namespace icolorit::tool {

/// ECMA-48: carriage return, erase to the end of the line.
inline constexpr const char* erase_line = "\r\x1b[K";

/// Appears once the work has lasted a second, and only on a terminal; its line is wiped when the bar is destroyed. A
/// thread of its own draws, so that what was shown last appears also where the work says nothing more for long.
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

  struct State {
    double fraction;
    std::string text;
  };
  void draw_when_due(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<State> waiting_;  // was shown, and is not drawn yet
  bool drawn_ = false;
  Clock::time_point next_;  // not drawn again before
  std::jthread thread_;     // last: it ends before what it uses goes
};

}  // namespace icolorit::tool
