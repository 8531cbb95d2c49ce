// Model: a network, loaded once and shared.
#pragma once

#include <nanobind/stl/string.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "buffer.hpp"
#include "callbacks.hpp"
#include "choice.hpp"
#include "icolorit/compiled.hpp"
#include "path.hpp"

namespace icolorit::python {

struct SharedModel {
  std::shared_ptr<const CompiledModel> model;
};

struct ModelArguments {
  std::string precision = "auto";
  Index input_size = 0;
  bool map_file = false;
  int threads = 0;
};

/// From a path, or from the bytes of a file. `progress` may be None.
inline SharedModel load_shared(nb::handle source, const ModelArguments& arguments, nb::handle progress) {
  const CompiledModelOptions options{
      .precision = choice<CompiledPrecision>(
          "precision", arguments.precision,
          {{"auto", CompiledPrecision::automatic}, {"f32", CompiledPrecision::f32}, {"int8", CompiledPrecision::int8}}),
      .input_size = arguments.input_size,
      .map_file = arguments.map_file,
      .threads = arguments.threads,
      .log = log_to_python};
  const ProgressCallback callback = progress_callback(progress);
  if (PyObject_CheckBuffer(source.ptr()) != 0) {
    const Buffer bytes(source, PyBUF_SIMPLE);
    const nb::gil_scoped_release no_gil;
    return {load_model(std::span(static_cast<const std::byte*>(bytes->buf), static_cast<std::size_t>(bytes->len)),
                       options, callback)};
  }
  const std::filesystem::path path = path_of(source, "the source", "a path or the bytes of a file");
  const nb::gil_scoped_release no_gil;
  return {load_model(path, options, callback)};
}

inline void bind_model(nb::module_& module) {
  nb::class_<SharedModel>(module, "Model",
                          R"(A network, loaded once. Any number of threads and colorizers may use one at the same time.

source      the path of a safetensors file or a PyTorch checkpoint, or the bytes of one
precision   "auto": int8 where the processor has instructions for it, else f32; or one of both
input_size  side of the network's input in pixels; 0: that of the weights
map_file    map the file into memory; nobody may shorten it while it is loaded
threads     that load, the caller's among them; 0: as many as the machine offers
progress    told how far loading is; returning False stops it)")
      .def(
          "__init__",
          [](SharedModel* self, nb::object source, const std::string& precision, Index input_size, bool map_file,
             int threads, nb::object progress) {
            new (self) SharedModel(load_shared(source, {precision, input_size, map_file, threads}, progress));
          },
          nb::arg("source"), nb::kw_only(), nb::arg("precision") = "auto", nb::arg("input_size") = 0,
          nb::arg("map_file") = false, nb::arg("threads") = 0, nb::arg("progress") = nb::none(),
          nb::sig("def __init__(self, source: str | os.PathLike[str] | bytes | bytearray | memoryview, *, "
                  "precision: str = 'auto', input_size: int = 0, map_file: bool = False, threads: int = 0, "
                  "progress: collections.abc.Callable[[float, str], bool | None] | None = None) -> None"))
      .def_static(
          "default",
          [](const std::string& precision, int threads, nb::object progress) {
            const nb::object path = nb::module_::import_("icolorit").attr("default_weights");
            return load_shared(path, {.precision = precision, .threads = threads}, progress);
          },
          nb::kw_only(), nb::arg("precision") = "auto", nb::arg("threads") = 0, nb::arg("progress") = nb::none(),
          nb::sig("def default(*, precision: str = 'auto', threads: int = 0, "
                  "progress: collections.abc.Callable[[float, str], bool | None] | None = None) -> Model"),
          "The small model that comes with the package.");
}

}  // namespace icolorit::python
