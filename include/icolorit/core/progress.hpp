// Progress of a long computation, told to the caller, who may stop it.
#pragma once

#include <functional>

#include "icolorit/core/error.hpp"

namespace icolorit {

struct Progress {
  double fraction;    // of the whole computation, in [0,1], never falling
  const char* stage;  // what begins now, in a few words; a string literal
};

/// Called on the thread that computes. Returning false stops the computation at its next step.
using ProgressCallback = std::function<bool(const Progress&)>;

/// Tells the callback, if there is one. Throws Cancelled where it returns false.
inline void report(const ProgressCallback& callback, double fraction, const char* stage) {
  if (callback && !callback({fraction, stage})) throw Cancelled();
}

}  // namespace icolorit
