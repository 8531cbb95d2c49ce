// Schedules of learning rate and weight decay: one value for every step.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"

namespace icolorit {

/// Warm-up, then half a cosine (Loshchilov, Hutter 2017, without restarts), as published: linear from `start` to
/// `base`, both included, over the warm-up steps; then final + (base - final)/2 (1 + cos(pi i / n)) for i = 0 .. n-1.
struct CosineSchedule {
  double base = 5e-4;
  double final = 1e-5;
  Index steps = 1;
  Index warmup_steps = 0;
  double start = 0;

  /// Throws ArgumentError unless 0 <= step < steps.
  double at(Index step) const {
    if (step < 0 || step >= steps) throw ArgumentError(concat("CosineSchedule: step ", step, " of ", steps));
    if (step < warmup_steps) {
      // A warm-up of one step has only its start, as numpy.linspace gives it.
      if (warmup_steps == 1) return start;
      return start + (base - start) * static_cast<double>(step) / static_cast<double>(warmup_steps - 1);
    }
    const double progress = static_cast<double>(step - warmup_steps) / static_cast<double>(steps - warmup_steps);
    return final + (base - final) / 2 * (1 + std::cos(std::numbers::pi * progress));
  }
};

}  // namespace icolorit
