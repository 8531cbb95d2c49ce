// NamedLoss: one of the library's losses, chosen when the program runs: one training to compile instead of three.
#pragma once

#include <string>

#include "icolorit/training/losses.hpp"

namespace icolorit::tool {

class NamedLoss {
 public:
  /// l1, l2, or else huber.
  explicit NamedLoss(const std::string& name)
      : kind_(name == "l1"   ? Kind::l1
              : name == "l2" ? Kind::l2
                             : Kind::huber) {}

  template <class T>
  ICOLORIT_HOST_DEVICE T value(T difference) const {
    return visit([&](const auto& loss) { return loss.value(difference); });
  }
  template <class T>
  ICOLORIT_HOST_DEVICE T derivative(T difference) const {
    return visit([&](const auto& loss) { return loss.derivative(difference); });
  }

 private:
  enum class Kind { l1, l2, huber };

  template <class F>
  ICOLORIT_HOST_DEVICE auto visit(const F& f) const {
    switch (kind_) {
      case Kind::l1: return f(L1Loss{});
      case Kind::l2: return f(L2Loss{});
      default: return f(HuberLoss{});
    }
  }

  Kind kind_;
};

}  // namespace icolorit::tool
