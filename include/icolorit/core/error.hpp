// The exceptions that cross the library's boundary. Each names the function, the thing, what came and what was wanted.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace icolorit {

/// Base of everything the library throws on purpose.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A tensor or picture has extents that the function cannot take.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A value is out of range, or a name is unknown.
class ArgumentError : public Error {
 public:
  using Error::Error;
};

/// A file cannot be opened, read, written or renamed.
class FileError : public Error {
 public:
  using Error::Error;
};

/// The bytes of a file are not what its format demands.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// A weights file does not fit the network: lists every missing, unexpected and mis-shaped name.
class WeightsError : public Error {
 public:
  using Error::Error;
};

/// A training's loss or gradient was not finite too many times in a row.
class DivergedError : public Error {
 public:
  using Error::Error;
};

/// A progress callback asked to stop.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled by the progress callback") {}
};

/// Joins anything streamable into one message; called only when something failed.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

}  // namespace icolorit
