// Hint: a place and a color.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>

#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "icolorit/image/hints.hpp"

namespace icolorit::python {

namespace nb = nanobind;

/// A name, "#rrggbb", or red, green and blue from 0 to 255.
using Color = std::variant<std::string, std::tuple<int, int, int>>;

/// Throws ArgumentError.
inline Rgb<std::uint8_t> rgb_of(const Color& color) {
  if (const auto* text = std::get_if<std::string>(&color)) return parse_color(*text);
  const auto [red, green, blue] = std::get<std::tuple<int, int, int>>(color);
  const auto sample = [&](int value) {
    if (value < 0 || value > 255)
      throw ArgumentError(concat("the color is (", red, ", ", green, ", ", blue, "), expected numbers from 0 to 255"));
    return static_cast<std::uint8_t>(value);
  };
  return {sample(red), sample(green), sample(blue)};
}

/// Of any iterable. Throws a TypeError where something in it is no hint.
inline std::vector<Hint> hints_of(nb::handle iterable) {
  std::vector<Hint> hints;
  for (const nb::handle item : iterable) {
    if (!nb::isinstance<Hint>(item)) throw nb::type_error("expected an iterable of icolorit.Hint");
    hints.push_back(nb::cast<const Hint&>(item));
  }
  return hints;
}

inline void bind_hint(nb::module_& module) {
  nb::class_<Hint>(module, "Hint",
                   R"(The pixel in column x and row y, counted from 0 at the top left, is to have this color.

The color is a name of CSS, "#rrggbb", or red, green and blue from 0 to 255. Only its hue and strength
count. It holds up to `radius` pixels around, as far as the lightness is alike.)")
      .def(
          "__init__",
          [](Hint* self, Index x, Index y, const Color& color, float radius) {
            new (self) Hint{x, y, rgb_of(color), radius};
          },
          nb::arg("x"), nb::arg("y"), nb::arg("color"), nb::arg("radius") = 0.f)
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
}

}  // namespace icolorit::python
