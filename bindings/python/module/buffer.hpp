// The memory of a Python object: an array, or bytes.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

namespace icolorit::python {

namespace nb = nanobind;

/// While it lives, the memory neither moves nor goes. Made and destroyed with the GIL held.
class Buffer {
 public:
  /// `flags` as of PyObject_GetBuffer. Throws what Python raises, e.g. BufferError.
  Buffer(nb::handle object, int flags) : view_(new Py_buffer) {
    if (PyObject_GetBuffer(object.ptr(), view_.get(), flags) == 0) return;
    delete view_.release();  // there is nothing to give back
    throw nb::python_error();
  }

  const Py_buffer& operator*() const { return *view_; }
  const Py_buffer* operator->() const { return view_.get(); }

 private:
  struct GiveBack {
    void operator()(Py_buffer* view) const {
      PyBuffer_Release(view);
      delete view;
    }
  };
  std::unique_ptr<Py_buffer, GiveBack> view_;  // at one address, because it may point into itself
};

}  // namespace icolorit::python
