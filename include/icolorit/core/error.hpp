// The exceptions that cross the library's boundary. Each names the function, the thing, what came and what was wanted.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace icolorit {

/// The kind of a failure as a number that stays the same in all versions: for languages and programs without
/// exceptions. New kinds get new numbers.
enum class ErrorCode : int {
  none = 0,       ///< no failure
  argument = 1,   ///< ArgumentError
  shape = 2,      ///< ShapeError
  file = 3,       ///< FileError
  format = 4,     ///< FormatError
  weights = 5,    ///< WeightsError
  diverged = 6,   ///< DivergedError
  cancelled = 7,  ///< Cancelled
  device = 8,     ///< CudaError
  memory = 9,     ///< std::bad_alloc
  other = 10      ///< anything else
};

/// Base of everything the library throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  [[nodiscard]] virtual ErrorCode code() const noexcept { return ErrorCode::other; }
};

/// A tensor or picture has extents that the function cannot take.
class ShapeError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::shape; }
};

/// A value is out of range, or a name is unknown.
class ArgumentError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::argument; }
};

/// A file cannot be opened, read, written or renamed.
class FileError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::file; }
};

/// The bytes of a file are not what its format demands.
class FormatError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::format; }
};

/// A weights file does not fit the network: lists every missing, unexpected and mis-shaped name.
class WeightsError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::weights; }
};

/// A training's loss or gradient was not finite too many times in a row.
class DivergedError : public Error {
 public:
  using Error::Error;
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::diverged; }
};

/// A progress callback asked to stop.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled by the progress callback") {}
  [[nodiscard]] ErrorCode code() const noexcept override { return ErrorCode::cancelled; }
};

/// Joins anything streamable into one message; called only when something failed.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

}  // namespace icolorit
