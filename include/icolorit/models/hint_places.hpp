// How many hints of a picture do not count.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/image/hints.hpp"

namespace icolorit {

/// Counts hints that lie in the same pixel as a later one. Allocates only for more hints than ever before.
/// Thread-safety: one thread at a time.
class HintPlaces {
 public:
  void count(std::span<const Hint> hints) {
    places_.clear();
    for (const Hint& hint : hints) places_.emplace_back(hint.y, hint.x);
    std::ranges::sort(places_);
    lost_ = places_.end() - std::unique(places_.begin(), places_.end());
  }
  Index lost() const { return lost_; }

 private:
  std::vector<std::pair<Index, Index>> places_;
  Index lost_ = 0;
};

}  // namespace icolorit
