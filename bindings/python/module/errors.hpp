// The library's failures as Python's exceptions.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <string>

#include "icolorit/core/error.hpp"
#include "text.hpp"

namespace icolorit::python {

namespace nb = nanobind;

/// The class `name`, which is raised where E is thrown and derives from all of `bases`.
template <class E, class... Bases>
nb::object bind_error(nb::module_& module, const char* name, const char* doc, const Bases&... bases) {
  const nb::tuple parents = nb::make_tuple(bases...);
  const std::string full_name = concat(utf8_of(nb::str(module.attr("__name__"))), '.', name);
  nb::object type = expect_object(PyErr_NewExceptionWithDoc(full_name.c_str(), doc, parents.ptr(), nullptr));
  module.attr(name) = type;
  // As nb::exception does, which fails for a message that is no UTF-8. The module keeps the class.
  nb::register_exception_translator(
      [](const std::exception_ptr& raised, void* raised_type) {
        try {
          std::rethrow_exception(raised);
        } catch (const E& error) {
          PyErr_SetObject(static_cast<PyObject*>(raised_type), to_python(error.what()).ptr());
        }
      },
      type.ptr());
  return type;
}

inline void bind_errors(nb::module_& module) {
  const nb::handle value(PyExc_ValueError);
  // The base first: of several that fit the one that was bound last is raised.
  const nb::object base = bind_error<Error>(module, "Error", "Base of everything that the library raises on purpose.",
                                            nb::handle(PyExc_Exception));
  bind_error<ArgumentError>(
      module, "ArgumentError",
      "A value is out of range, e.g. a hint outside the picture, or it is too early, e.g. no picture yet.", base,
      value);
  bind_error<ShapeError>(module, "ShapeError", "The size of a picture or of a network's input does not fit.", base,
                         value);
  bind_error<FileError>(module, "FileError", "A file cannot be opened, read or written.", base,
                        nb::handle(PyExc_OSError));
  bind_error<FormatError>(module, "FormatError", "A file is damaged, or not of the kind that was expected.", base,
                          value);
  bind_error<WeightsError>(module, "WeightsError", "A weight file does not fit the network.", base, value);
  bind_error<DivergedError>(module, "DivergedError", "A training came to numbers that are not finite.", base,
                            nb::handle(PyExc_ArithmeticError));
  bind_error<Cancelled>(module, "Cancelled", "A progress function returned False.", base);
}

}  // namespace icolorit::python
