// Hint: a place and a color; files of hints.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/io/hint_file.hpp"
#include "text.hpp"

namespace icolorit::python {

namespace nb = nanobind;

/// Of a name, "#rrggbb", or red, green and blue from 0 to 255. Throws ArgumentError.
inline Rgb<std::uint8_t> rgb_of(nb::handle color) {
  if (nb::isinstance<nb::str>(color)) return parse_color(utf8_of(nb::borrow<nb::str>(color)));
  const auto refuse = [&] {
    PyErr_Clear();  // what an array raised that was asked for its length or for a number
    throw ArgumentError(concat("the color is ", text_of(color),
                               ", expected a name of CSS, \"#rrggbb\", or red, green and blue as whole numbers from 0 "
                               "to 255: multiply shares of 1 by 255"));
  };
  if (PySequence_Check(color.ptr()) == 0 || PySequence_Size(color.ptr()) != 3) refuse();
  std::array<std::uint8_t, 3> samples{};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const nb::object item = color[i];
    if (PyIndex_Check(item.ptr()) == 0) refuse();
    const Py_ssize_t value = PyNumber_AsSsize_t(item.ptr(), nullptr);
    if (value < 0 || value > 255) refuse();
    samples[i] = static_cast<std::uint8_t>(value);
  }
  return {samples[0], samples[1], samples[2]};
}

/// Throws a TypeError where it is none.
inline const Hint& hint_of(nb::handle object) {
  if (!nb::isinstance<Hint>(object))
    throw nb::type_error(concat("expected icolorit.Hint(x, y, color), got ", type_of(object)).c_str());
  return nb::cast<const Hint&>(object);
}

/// Of any iterable.
inline std::vector<Hint> hints_of(nb::handle iterable) {
  if (nb::isinstance<Hint>(iterable)) throw nb::type_error("expected a list of hints, got one: write [hint]");
  std::vector<Hint> hints;
  for (const nb::handle item : iterable) hints.push_back(hint_of(item));
  return hints;
}

inline void bind_hint(nb::module_& module) {
  nb::class_<Hint>(module, "Hint",
                   R"(The pixel in column x and row y, counted from 0 at the top left, is to have this color.

The color is a name of CSS, "#rrggbb", or red, green and blue from 0 to 255. Only its hue and strength
count. It holds up to `radius` pixels around, as far as the lightness is alike.)")
      .def(
          "__init__",
          [](Hint* self, Index x, Index y, nb::handle color, float radius) {
            new (self) Hint{x, y, rgb_of(color), radius};
          },
          nb::arg("x"), nb::arg("y"), nb::arg("color"), nb::arg("radius") = 0.f,
          nb::sig("def __init__(self, x: int, y: int, color: str | tuple[int, int, int], radius: float = 0.0) -> None"))
      .def_ro("x", &Hint::x)
      .def_ro("y", &Hint::y)
      .def_prop_ro(
          "color",
          [](const Hint& hint) {
            const Rgb<std::uint8_t> color = hint_color(hint);
            return std::tuple<int, int, int>(color.r, color.g, color.b);
          },
          "Red, green and blue from 0 to 255.")
      .def_ro("radius", &Hint::radius)
      .def(
          "__eq__", [](const Hint& a, const Hint& b) { return a == b; }, nb::is_operator(),
          nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__hash__",
           [](const Hint& hint) {
             const Rgb<std::uint8_t> color = hint_color(hint);
             return nb::hash(nb::make_tuple(hint.x, hint.y, color.r, color.g, color.b, hint.radius));
           })
      .def("__repr__", [](const Hint& hint) {
        return concat("Hint(", hint.x, ", ", hint.y, ", '", to_hex(hint_color(hint)), "', radius=", hint.radius, ")");
      });
  module.def("read_hints", &read_hints, nb::arg("path"), nb::arg("width"), nb::arg("height"),
             R"(The hints in a file of the command-line tool or the studio, for a picture of this size.

Those of a picture of another size are scaled.)");
  module.def(
      "write_hints",
      [](const std::filesystem::path& path, nb::handle hints, Index width, Index height) {
        write_hints(path, hints_of(hints), width, height);
      },
      nb::arg("path"), nb::arg("hints"), nb::arg("width"), nb::arg("height"),
      nb::sig("def write_hints(path: str | os.PathLike[str], hints: collections.abc.Iterable[Hint], width: int, "
              "height: int) -> None"),
      "Writes the file that read_hints and `icolorit colorize --hints` read.");
}

}  // namespace icolorit::python
