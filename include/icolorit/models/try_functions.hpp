// The functions of a colorizer that never throw, made of those that do.
#pragma once

#include <utility>

#include "icolorit/core/result.hpp"

namespace icolorit {

/// Base of Colorizer and AnyColorizer: set_image, render_into and colorize of `Derived`, with the same arguments, and
/// with a failure in the place of an exception.
/// Thread-safety: that of `Derived`.
template <class Derived>
class TryFunctions {
 public:
  template <class... Arguments>
  Result<void> try_set_image(Arguments&&... arguments) noexcept {
    return attempt([&] { derived().set_image(std::forward<Arguments>(arguments)...); });
  }
  template <class... Arguments>
  Result<void> try_render_into(Arguments&&... arguments) noexcept {
    return attempt([&] { derived().render_into(std::forward<Arguments>(arguments)...); });
  }
  /// Result<Image>, or Result<void> where the picture is written into the caller's memory.
  template <class... Arguments>
  auto try_colorize(Arguments&&... arguments) noexcept {
    return attempt([&] { return derived().colorize(std::forward<Arguments>(arguments)...); });
  }

 private:
  friend Derived;  // nobody else makes one
  TryFunctions() = default;

  Derived& derived() noexcept { return static_cast<Derived&>(*this); }
};

}  // namespace icolorit
