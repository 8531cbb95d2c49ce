// Shape: the extents of a tensor whose rank is known only at run time (files, messages, the parameter registry).
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <ostream>
#include <span>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"

namespace icolorit {

/// Up to eight extents, stored in place. A rank of 0 is a scalar: one element.
class Shape {
 public:
  static constexpr Index max_rank = 8;

  constexpr Shape() = default;

  /// Throws ShapeError beyond max_rank.
  constexpr explicit Shape(std::span<const Index> extents) : rank_(static_cast<Index>(extents.size())) {
    if (rank_ > max_rank) throw ShapeError("Shape: more than 8 extents");
    std::copy(extents.begin(), extents.end(), extents_.begin());
  }
  constexpr Shape(std::initializer_list<Index> extents)
      : Shape(std::span<const Index>(extents.begin(), extents.size())) {}

  constexpr Index rank() const { return rank_; }
  constexpr Index operator[](Index axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  constexpr const Index* begin() const { return extents_.data(); }
  constexpr const Index* end() const { return extents_.data() + rank_; }

  /// The product of the extents.
  constexpr Index elements() const {
    Index count = 1;
    for (Index extent : *this) count *= extent;
    return count;
  }

  friend constexpr bool operator==(const Shape& a, const Shape& b) { return std::ranges::equal(a, b); }

  /// Prints as (2,196,384).
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    out << '(';
    for (Index axis = 0; axis < shape.rank(); ++axis) out << (axis == 0 ? "" : ",") << shape[axis];
    return out << ')';
  }

 private:
  std::array<Index, max_rank> extents_{};
  Index rank_ = 0;
};

}  // namespace icolorit
