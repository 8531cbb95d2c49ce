#include "progress_bar.hpp"

#include <unistd.h>

#include <iostream>
#include <string>

namespace icolorit::tool {

namespace {

constexpr std::chrono::milliseconds patience(1000), between_frames(100);
constexpr int width = 40;

}  // namespace

ProgressBar::ProgressBar() : on_terminal_(isatty(STDERR_FILENO) == 1), next_(Clock::now() + patience) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::clear() {
  if (drawn_) std::cerr << erase_line << std::flush;
  drawn_ = false;
}

void ProgressBar::show(double fraction, std::string_view text) {
  if (!on_terminal_ || Clock::now() < next_) return;
  next_ = Clock::now() + between_frames;
  drawn_ = true;
  std::string bar(width, ' ');
  bar.replace(0, static_cast<std::size_t>(width * fraction),
              std::string(static_cast<std::size_t>(width * fraction), '='));
  std::cerr << erase_line << '[' << bar << "] " << static_cast<int>(100 * fraction) << "% " << text << std::flush;
}

}  // namespace icolorit::tool
