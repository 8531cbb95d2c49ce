// Paths from Python.
#pragma once

#include <nanobind/stl/filesystem.h>

#include <filesystem>

#include "icolorit/core/error.hpp"
#include "text.hpp"

namespace icolorit::python {

/// Of a str or an os.PathLike. Throws a TypeError that says what `name` is and that `expected` was wanted.
inline std::filesystem::path path_of(nb::handle object, const char* name, const char* expected) {
  std::filesystem::path path;
  if (nb::try_cast(object, path)) return path;
  throw nb::type_error(concat(name, " is a ", type_of(object), ", expected ", expected).c_str());
}

}  // namespace icolorit::python
