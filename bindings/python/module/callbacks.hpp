// Python's functions as the library's callbacks, which are called without the GIL and take it.
#pragma once

#include <nanobind/nanobind.h>

#include <string_view>

#include "icolorit/core/log.hpp"
#include "icolorit/core/progress.hpp"
#include "text.hpp"

namespace icolorit::python {

namespace nb = nanobind;

/// Lets Python handle what signals have come. Throws what its handlers raise, KeyboardInterrupt for Ctrl-C.
inline void handle_signals() {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
}

/// Whether a computation is to go on after f(arguments...), which stops it by returning False; f may be None. Throws
/// what f raises.
template <class... Arguments>
bool goes_on_after(nb::handle f, const Arguments&... arguments) {
  const nb::gil_scoped_acquire gil;
  handle_signals();
  return f.is_none() || f(arguments...).ptr() != Py_False;
}

/// The caller keeps `progress`, which may be None, as long as the callback is used.
inline ProgressCallback progress_callback(nb::handle progress) {
  return [progress](const Progress& now) { return goes_on_after(progress, now.fraction, now.stage); };
}

/// Tells what the library says to the logger "icolorit" of Python's own logging.
inline void log_to_python(LogLevel level, std::string_view message) {
  const nb::gil_scoped_acquire gil;
  const nb::module_ logging = nb::module_::import_("logging");
  const nb::object name = logging.attr(level == LogLevel::warning ? "WARNING" : "INFO");
  logging.attr("getLogger")("icolorit").attr("log")(name, "%s", to_python(message));
}

}  // namespace icolorit::python
