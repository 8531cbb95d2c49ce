#include "training_progress.hpp"

#include <unistd.h>

#include <iomanip>
#include <iostream>
#include <sstream>
#include <utility>

#include "progress_bar.hpp"

namespace icolorit::tool {

namespace {

using namespace std::chrono_literals;

/// "PSNR@1 22.74, PSNR@10 24.89 dB"
std::string listed(const std::vector<ValidationScore>& scores) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2);
  for (const ValidationScore& score : scores)
    text << (text.tellp() > 0 ? ", " : "") << "PSNR@" << score.hints << ' ' << score.psnr;
  text << (scores.empty() ? "" : " dB");
  return text.str();
}

/// " (grey 20.91; optimisation 21.78, 24.57)", in the order of the counts above 0.
std::string abridged(const std::vector<ValidationScore>& baseline) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2);
  const char* before = "; optimisation ";
  for (const ValidationScore& score : baseline)
    text << (score.hints == 0 ? " (grey " : std::exchange(before, ", ")) << score.psnr;
  text << (baseline.empty() ? "" : ")");
  return text.str();
}

/// "grey 20.91 dB, optimisation at 1 hint 21.78 dB, at 10 hints 24.57 dB"
std::string described(const std::vector<ValidationScore>& baseline) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2);
  bool first = true;
  for (const ValidationScore& score : baseline) {
    if (score.hints == 0)
      text << "grey ";
    else
      text << (std::exchange(first, false) ? ", optimisation at " : ", at ") << counted(score.hints, "hint") << ' ';
    text << score.psnr << " dB";
  }
  return text.str();
}

}  // namespace

TrainingProgress::TrainingProgress(Index epochs, Index steps_per_epoch, Index batch)
    : epochs_(epochs),
      steps_per_epoch_(steps_per_epoch),
      batch_(batch),
      on_terminal_(isatty(STDERR_FILENO) == 1),
      next_line_(Clock::now() + (on_terminal_ ? 0s : 60s)),
      last_step_(Clock::now()) {}

void TrainingProgress::show(const StepReport& report) {
  const Clock::time_point now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - std::exchange(last_step_, now)).count();
  seconds_per_step_ = seconds_per_step_ == 0 ? seconds : .95 * seconds_per_step_ + .05 * seconds;
  if (!begin_line()) return;
  const Index done = report.position.epoch * steps_per_epoch_ + report.position.step + 1;
  const double left = seconds_per_step_ * static_cast<double>(epochs_ * steps_per_epoch_ - done);
  std::ostringstream line;
  line << "epoch " << report.position.epoch + 1 << '/' << epochs_ << " step " << report.position.step + 1 << '/'
       << steps_per_epoch_ << "  loss " << std::setprecision(4) << report.loss << "  lr " << std::setprecision(3)
       << report.rate << "  " << std::fixed << std::setprecision(1) << static_cast<double>(batch_) / seconds_per_step_
       << " images/s  ETA " << hours_minutes_seconds(left);
  std::cerr << line.str();
  end_line();
}

void TrainingProgress::show(const Progress& validation) {
  last_step_ = Clock::now();  // its time is not the steps'
  if (!begin_line()) return;
  std::cerr << validation.stage << ' ' << static_cast<int>(100 * validation.fraction) << '%';
  end_line();
}

void TrainingProgress::show(const EpochRecord& record, const ReferenceScores& reference, bool best) {
  clear();
  last_step_ = Clock::now();
  std::ostringstream line;
  line << "epoch " << record.epoch + 1 << '/' << epochs_ << ": loss " << std::setprecision(5) << record.loss;
  if (!record.scores.empty()) {
    line << ", " << listed(record.scores) << abridged(reference.baseline);
    if (best) line << ", best so far";
  }
  line << std::fixed << std::setprecision(1) << ", "
       << static_cast<double>(steps_per_epoch_ * batch_) / std::max(record.seconds, 1e-9) << " images/s";
  if (record.skipped > 0) line << ", " << counted(record.skipped, "step") << " skipped";
  std::cout << line.str() << '\n' << std::flush;
}

void TrainingProgress::show(const ReferenceScores& reference) {
  clear();
  last_step_ = Clock::now();
  if (!reference.baseline.empty()) std::cout << "validation: " << described(reference.baseline) << '\n';
  if (!reference.start.empty()) std::cout << "before the first step: " << listed(reference.start) << '\n';
  std::cout << std::flush;
}

void TrainingProgress::clear() {
  if (drawn_) std::cerr << erase_line << std::flush;
  drawn_ = false;
}

bool TrainingProgress::begin_line() {
  if (Clock::now() < next_line_) return false;
  next_line_ = Clock::now() + (on_terminal_ ? 200ms : 60s);
  if (on_terminal_) std::cerr << erase_line;
  return true;
}

void TrainingProgress::end_line() {
  drawn_ = on_terminal_;
  std::cerr << (on_terminal_ ? "" : "\n") << std::flush;
}

}  // namespace icolorit::tool
