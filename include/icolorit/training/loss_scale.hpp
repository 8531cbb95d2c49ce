// LossScale: keeps the gradients of a half-precision network inside the range of its numbers.
#pragma once

#include <algorithm>
#include <type_traits>

#include "icolorit/core/dtype.hpp"

namespace icolorit {

/// Dynamic loss scaling (Micikevicius et al. 2018, sec. 3.2): gradients are computed times `factor`, a power of two
/// that is halved whenever one of them overflows and doubled after many steps in which none did.
struct LossScale {
  double factor = 1;
  Index steps = 0;  ///< since the factor changed

  static constexpr Index steps_to_double = 2000;
  static constexpr double most = 0x1p24;

  /// Where a training in T begins: f16 alone is scaled, bf16 has the range of float.
  template <class T>
  static constexpr LossScale initial() {
    return {std::is_same_v<T, f16> ? 0x1p16 : 1, 0};
  }

  /// After a step in T whose gradient was finite, or was not.
  template <class T>
  constexpr void update(bool finite) {
    if constexpr (!std::is_same_v<T, f16>) return;
    ++steps;
    if (finite && steps < steps_to_double) return;
    factor = finite ? std::min(2 * factor, most) : std::max(factor / 2, 1.0);
    steps = 0;
  }
};

}  // namespace icolorit
