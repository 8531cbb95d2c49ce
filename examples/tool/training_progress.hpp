// What `icolorit train` tells while it runs.
#pragma once

#include <chrono>
#include <string>

#include "icolorit/core/progress.hpp"
#include "icolorit/training/trainer.hpp"
#include "wording.hpp"

namespace icolorit::tool {

/// A line of progress on stderr, redrawn in place on a terminal and written once a minute elsewhere, and one line for
/// each epoch on stdout.
class TrainingProgress {
 public:
  TrainingProgress(Index epochs, Index steps_per_epoch, Index batch);

  void show(const StepReport& report);
  /// An epoch, and what its scores are to be compared with. `best`: none before was better.
  void show(const EpochRecord& record, const ReferenceScores& reference, bool best);
  void show(const ReferenceScores& reference);
  void show(const Progress& validation);
  /// Wipes the line.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  /// Whether it is time for another line, which then begins.
  bool begin_line();
  void end_line();

  Index epochs_, steps_per_epoch_, batch_;
  bool on_terminal_, drawn_ = false;
  Clock::time_point next_line_, last_step_;
  double seconds_per_step_ = 0;  // a running mean
};

}  // namespace icolorit::tool
