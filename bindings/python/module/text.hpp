// What messages say of a Python object.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

namespace icolorit::python {

namespace nb = nanobind;

/// As str() gives it, cut where it is long.
inline std::string text_of(nb::handle object) {
  constexpr std::size_t most = 60;
  const std::string text = nb::str(object).c_str();
  return text.size() > most ? text.substr(0, most) + "..." : text;
}

inline std::string type_of(nb::handle object) { return text_of(object.type().attr("__name__")); }

}  // namespace icolorit::python
