#include "progress_bar.hpp"

#include <unistd.h>

#include <iostream>

namespace icolorit::tool {

namespace {

constexpr std::chrono::milliseconds patience(1000), between_frames(100);
constexpr int width = 40;

}  // namespace

ProgressBar::ProgressBar() : next_(Clock::now() + patience) {
  if (isatty(STDERR_FILENO) == 1) thread_ = std::jthread([this](const std::stop_token& stop) { draw_when_due(stop); });
}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::clear() {
  const std::lock_guard lock(mutex_);
  waiting_.reset();
  if (drawn_) std::cerr << erase_line << std::flush;
  drawn_ = false;
}

void ProgressBar::show(double fraction, std::string_view text) {
  if (!thread_.joinable()) return;
  const std::lock_guard lock(mutex_);
  waiting_ = {fraction, std::string(text)};
  changed_.notify_one();
}

void ProgressBar::draw_when_due(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return waiting_.has_value(); }) && !stop.stop_requested()) {
    if (Clock::now() < next_) {
      changed_.wait_until(lock, stop, next_, [] { return false; });
      continue;  // perhaps there is nothing to draw any more
    }
    const auto done = static_cast<std::size_t>(width * waiting_->fraction);
    std::cerr << erase_line << '[' << std::string(done, '=') << std::string(width - done, ' ') << "] "
              << static_cast<int>(100 * waiting_->fraction) << "% " << waiting_->text << std::flush;
    waiting_.reset();
    drawn_ = true;
    next_ = Clock::now() + between_frames;
  }
}

}  // namespace icolorit::tool
