// Text between Python and the library. Python's may hold lone surrogates, which UTF-8 cannot; the library's may hold
// the bytes of a path that are no UTF-8. Both become question marks rather than another failure.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <string_view>

namespace icolorit::python {

namespace nb = nanobind;

/// Of a call into Python's C interface that returns a new reference. Throws what it raised.
inline nb::object expect_object(PyObject* object) {
  if (object == nullptr) throw nb::python_error();
  return nb::steal(object);
}

/// The whole text in UTF-8.
inline std::string utf8_of(const nb::str& text) {
  const nb::object bytes = expect_object(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "replace"));
  return {PyBytes_AsString(bytes.ptr()), static_cast<std::size_t>(PyBytes_Size(bytes.ptr()))};
}

/// As str() gives it, in UTF-8, cut where it is long.
inline std::string text_of(nb::handle object) {
  constexpr Py_ssize_t most = 60;  // characters
  const nb::str text(object);
  if (PyUnicode_GetLength(text.ptr()) <= most) return utf8_of(text);
  return utf8_of(nb::str(expect_object(PyUnicode_Substring(text.ptr(), 0, most)))) + "...";
}

/// What the library says.
inline nb::object to_python(std::string_view text) {
  return expect_object(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

inline std::string type_of(nb::handle object) { return text_of(object.type().attr("__name__")); }

}  // namespace icolorit::python
