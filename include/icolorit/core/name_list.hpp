// Name list: the names in a message, cut so that it stays a sentence.
#pragma once

#include <string>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"

namespace icolorit {

/// Collects names, or what is to be said of each. The first three are kept as text, fewer where they are long; the
/// others are counted.
class NameList {
 public:
  static constexpr Index max_names = 3;
  static constexpr std::size_t max_letters = 100;

  /// A name in parts, which are joined.
  template <class... Parts>
  void add(const Parts&... parts) {
    if (told_ == count_++ && told_ < max_names) tell(concat(parts...));
  }

  bool empty() const { return count_ == 0; }
  Index count() const { return count_; }
  /// `a, b, c and 170 more`.
  std::string text() const { return told_ == count_ ? text_ : concat(text_, " and ", count_ - told_, " more"); }

 private:
  /// The first is told at any length.
  void tell(const std::string& name) {
    if (told_ > 0 && text_.size() + name.size() > max_letters) return;
    text_ += (told_++ == 0 ? "" : ", ") + name;
  }

  std::string text_;
  Index count_ = 0, told_ = 0;
};

}  // namespace icolorit
