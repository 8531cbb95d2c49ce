// Whether two pictures share memory.
#pragma once

#include <cstdint>
#include <utility>

#include "icolorit/image/image_view.hpp"

namespace icolorit {

/// Whether a byte belongs to a row of both views. Parts of one larger picture that lie side by side do not overlap,
/// although their rows take turns in memory.
inline bool overlap(const ImageView& a, const ImageView& b) {
  /// The rows in the order of their addresses.
  struct Rows {
    explicit Rows(const ImageView& view)
        : next(reinterpret_cast<std::uintptr_t>(view.top_left())),
          length(static_cast<std::uintptr_t>(view.width() * view.channels() * (view.bits() / 8))),
          left(view.height()) {
      const Index stride = view.row_stride();
      if (stride < 0) next -= static_cast<std::uintptr_t>(-stride * (left - 1));
      step = static_cast<std::uintptr_t>(stride < 0 ? -stride : stride);
    }
    std::uintptr_t next, length, step = 0;
    Index left;
  };
  if (a.empty() || b.empty()) return false;
  Rows first(a), second(b);
  while (first.left > 0 && second.left > 0) {
    if (first.next > second.next) std::swap(first, second);
    if (first.next + first.length > second.next) return true;
    first.next += first.step;  // its row ends before the other one begins
    --first.left;
  }
  return false;
}

}  // namespace icolorit
