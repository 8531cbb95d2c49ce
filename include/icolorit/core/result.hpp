// Result: what a function returned, or why it failed, for programs that use no exceptions.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "icolorit/core/error.hpp"

namespace icolorit {

/// Why something failed: what an exception would have said.
struct Failure {
  ErrorCode code = ErrorCode::other;
  std::string message;
};

/// A value of type T or a Failure; of a function that returns nothing, T is void. Never empty.
///
///   const Result<Image> result = colorizer.try_colorize(photo, hints);
///   if (!result) return complain(result.failure().message);
///   show(*result);
/// Thread-safety: any number of threads may read one; a thread that changes it must be alone.
template <class T>
class [[nodiscard]] Result {
  static constexpr bool has_value_type = !std::is_void_v<T>;
  using Value = std::conditional_t<has_value_type, T, std::monostate>;

 public:
  Result(Value value) : content_(std::in_place_index<0>, std::move(value)) {}        // NOLINT: returned as it is
  Result(Failure failure) : content_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT

  explicit operator bool() const noexcept { return content_.index() == 0; }
  ErrorCode code() const noexcept { return *this ? ErrorCode::none : failure().code; }

  /// Only where there is a value, respectively a failure.
  Value& operator*()
    requires has_value_type
  {
    return *std::get_if<0>(&content_);
  }
  const Value& operator*() const
    requires has_value_type
  {
    return *std::get_if<0>(&content_);
  }
  Value* operator->()
    requires has_value_type
  {
    return std::get_if<0>(&content_);
  }
  const Value* operator->() const
    requires has_value_type
  {
    return std::get_if<0>(&content_);
  }
  const Failure& failure() const { return *std::get_if<1>(&content_); }

 private:
  std::variant<Value, Failure> content_;
};

/// The exception in flight as a failure; call it in a catch block. A message that does not fit into memory is left out.
inline Failure current_failure() noexcept {
  Failure failure;
  try {
    throw;
  } catch (const Error& error) {
    failure.code = error.code();
    try {
      failure.message = error.what();
    } catch (...) {
    }
  } catch (const std::bad_alloc&) {
    failure.code = ErrorCode::memory;
    failure.message = "out of memory";
  } catch (const std::exception& error) {
    try {
      failure.message = error.what();
    } catch (...) {
    }
  } catch (...) {
    failure.message = "unknown";
  }
  return failure;
}

/// f(), with whatever it throws as a Failure: makes a function that never throws of any other.
template <class F>
auto attempt(F&& f) noexcept -> Result<std::invoke_result_t<F>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      std::forward<F>(f)();
      return std::monostate();
    } else {
      return std::forward<F>(f)();
    }
  } catch (...) {
    return current_failure();
  }
}

}  // namespace icolorit
