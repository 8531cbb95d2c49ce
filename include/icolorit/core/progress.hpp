// Progress of a long computation, told to the caller, who may stop it.
#pragma once

#include <functional>

#include "icolorit/core/error.hpp"

namespace icolorit {

struct Progress {
  double fraction;    // of the whole computation, in [0,1], non-decreasing
  const char* stage;  // what begins now, in a few words; a string literal
};

/// Called on the thread that computes. Returning false stops the computation at its next step.
using ProgressCallback = std::function<bool(const Progress&)>;

/// Tells the callback, if there is one. Throws Cancelled where it returns false.
inline void report(const ProgressCallback& callback, double fraction, const char* stage) {
  if (callback && !callback({fraction, stage})) throw Cancelled();
}

/// The progress of one part of a computation, which goes from `from` to `to` of the whole. Must outlive its callback;
/// neither allocates.
/// Thread-safety: its callback is called by the thread that computes.
class ProgressPart {
 public:
  ProgressPart(const ProgressCallback& whole, double from, double to) : whole_(whole), from_(from), to_(to) {}

  /// Empty where the whole has no callback.
  ProgressCallback callback() const {
    if (!whole_) return {};
    return [this](const Progress& part) { return whole_({from_ + (to_ - from_) * part.fraction, part.stage}); };
  }

 private:
  const ProgressCallback& whole_;
  double from_, to_;
};

}  // namespace icolorit
