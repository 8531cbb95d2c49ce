// Name list: the names in a message, cut so that it stays a sentence.
#pragma once

#include <string>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"

namespace icolorit {

/// Collects names; only the first three are kept as text, the others are counted.
class NameList {
 public:
  static constexpr Index most = 3;

  /// A name, or what is to be said of it, in parts.
  template <class... Parts>
  void add(const Parts&... parts) {
    if (++count_ <= most) text_ += concat(count_ == 1 ? "" : ", ", parts...);
  }

  bool empty() const { return count_ == 0; }
  Index count() const { return count_; }
  /// `a, b, c and 170 more`.
  std::string text() const { return count_ <= most ? text_ : concat(text_, " and ", count_ - most, " more"); }

 private:
  std::string text_;
  Index count_ = 0;
};

}  // namespace icolorit
