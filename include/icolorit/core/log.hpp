// What the library decides on its own, told to a program that wants to know. The library itself never prints.
#pragma once

#include <functional>
#include <string_view>

#include "icolorit/core/error.hpp"

namespace icolorit {

/// The numbers never change: the C interface has the same ones.
enum class LogLevel : int {
  info = 1,    ///< what is worked with, e.g. which network and at what size
  warning = 2  ///< what the user of the program may want to hear, e.g. that a hint does not count
};

/// Called with one sentence without a line break, on the thread that calls the library; the text is valid during the
/// call. What it throws passes through the function of the library that called it.
using LogCallback = std::function<void(LogLevel, std::string_view)>;

/// Joins the parts into one sentence and tells it to the callback; does nothing, and allocates nothing, without one.
template <class... Parts>
void log_message(const LogCallback& callback, LogLevel level, const Parts&... parts) {
  if (callback) callback(level, concat(parts...));
}

}  // namespace icolorit
