// sRGB and CIE 1976 L*a*b* (D65), both ways, one colour or a batch; network units; colours written as #RRGGBB.
//
// This is the slow, obvious definition that image/fast_color.hpp must match. The constants are those of the published
// model's training code: thresholds are truncated and the two matrices are not exact inverses of each other.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/core/tensor_view.hpp"
#include "icolorit/image/color_names.hpp"

namespace icolorit {

/// L in [0,100], a and b about [-110,110]; or the same in network units, see normalise().
template <class T>
struct Lab {
  T l{}, a{}, b{};
  friend constexpr bool operator==(const Lab&, const Lab&) = default;
};

/// sRGB; floating-point components are in [0,1], 8-bit ones in [0,255].
template <class T>
struct Rgb {
  T r{}, g{}, b{};
  friend constexpr bool operator==(const Rgb&, const Rgb&) = default;

  /// The same colour in Lab, so that sRGB serves where Lab is wanted: `Hint{x, y, parse_color("#c8402e")}`. Of samples
  /// of 8 bits, or of floating-point numbers in [0,1].
  operator Lab<float>() const;
};

/// `Rgb{200, 64, 46}` is a colour of 8 bits.
template <class T>
Rgb(T, T, T) -> Rgb<T>;
Rgb(int, int, int) -> Rgb<std::uint8_t>;

/// The numbers of the conversion (IEC 61966-2-1 for sRGB; CIE 15 for L*a*b*), as the published model truncates them.
template <std::floating_point T>
struct ColorConstants {
  using Matrix = std::array<std::array<T, 3>, 3>;
  // Functions, because device code cannot refer to a constant that has an address.
  static constexpr Matrix rgb_to_xyz() {
    return {{{T(.412453), T(.357580), T(.180423)},
             {T(.212671), T(.715160), T(.072169)},
             {T(.019334), T(.119193), T(.950227)}}};
  }
  static constexpr Matrix xyz_to_rgb() {
    return {{{T(3.24048134), T(-1.53715152), T(-.49853633)},
             {T(-.96925495), T(1.87599), T(.04155593)},
             {T(.05564664), T(-.20404134), T(1.05731107)}}};
  }
  static constexpr T white_x = T(.95047), white_z = T(1.08883);  // Y of the white point is 1

  static constexpr T encoded_knee = T(.04045), linear_knee = T(.0031308);  // below: straight line of slope 12.92
  static constexpr T xyz_knee = T(.008856), f_knee = T(.2068966);          // below: straight line of slope 7.787
  static constexpr T f_slope = T(7.787), f_offset = T(16) / T(116);
};

/// sRGB to linear light.
template <std::floating_point T>
ICOLORIT_HOST_DEVICE T srgb_to_linear(T encoded) {
  if (encoded <= ColorConstants<T>::encoded_knee) return encoded / T(12.92);
  return std::pow((encoded + T(.055)) / T(1.055), T(2.4));
}

/// Linear light to sRGB; negative light becomes 0, light above 1 gives values above 1.
template <std::floating_point T>
T linear_to_srgb(T linear) {
  if (linear <= ColorConstants<T>::linear_knee) return linear > 0 ? T(12.92) * linear : T(0);
  return T(1.055) * std::pow(linear, T(1) / T(2.4)) - T(.055);
}

/// Linear light to L*a*b*.
template <std::floating_point T>
ICOLORIT_HOST_DEVICE Lab<T> linear_to_lab(const Rgb<T>& linear) {
  using C = ColorConstants<T>;
  const auto matrix = C::rgb_to_xyz();
  const auto f = [&](std::size_t row, T white) {
    const auto& m = matrix[row];
    const T t = (m[0] * linear.r + m[1] * linear.g + m[2] * linear.b) / white;
    return t > C::xyz_knee ? std::cbrt(t) : C::f_slope * t + C::f_offset;
  };
  const T x = f(0, C::white_x), y = f(1, T(1)), z = f(2, C::white_z);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

/// L*a*b* to linear light, neither end clamped: components outside [0,1] say that sRGB cannot show the colour.
template <std::floating_point T>
Rgb<T> lab_to_linear(const Lab<T>& lab) {
  using C = ColorConstants<T>;
  const auto inverse = [](T f) { return f > C::f_knee ? f * f * f : (f - C::f_offset) / C::f_slope; };
  const T fy = (lab.l + 16) / 116;
  const T fz = fy - lab.b / 200;
  const T x = inverse(lab.a / 500 + fy) * C::white_x;
  const T y = inverse(fy);
  const T z = inverse(fz > 0 ? fz : T(0)) * C::white_z;
  constexpr auto matrix = C::xyz_to_rgb();
  const auto row = [&](std::size_t i) {
    const auto& m = matrix[i];
    return m[0] * x + m[1] * y + m[2] * z;
  };
  return {row(0), row(1), row(2)};
}

/// sRGB in [0,1] to L*a*b*.
template <std::floating_point T>
ICOLORIT_HOST_DEVICE Lab<T> rgb_to_lab(const Rgb<T>& rgb) {
  return linear_to_lab(Rgb<T>{srgb_to_linear(rgb.r), srgb_to_linear(rgb.g), srgb_to_linear(rgb.b)});
}

template <class T>
Rgb<T>::operator Lab<float>() const {
  static_assert(std::same_as<T, std::uint8_t> || std::floating_point<T>,
                "a colour for a hint is Rgb<std::uint8_t>{200, 64, 46}, or Rgb<float> with sRGB from 0 to 1");
  constexpr float one = std::same_as<T, std::uint8_t> ? 255 : 1;
  const auto unit = [](T sample) { return static_cast<float>(sample) / one; };
  return rgb_to_lab(Rgb<float>{unit(r), unit(g), unit(b)});
}

/// L*a*b* to sRGB; components are clamped below at 0, never above: out of gamut they exceed 1.
template <std::floating_point T>
Rgb<T> lab_to_rgb(const Lab<T>& lab) {
  const Rgb<T> linear = lab_to_linear(lab);
  return {linear_to_srgb(linear.r), linear_to_srgb(linear.g), linear_to_srgb(linear.b)};
}

/// To network units: (L-50)/100, a/110, b/110.
template <std::floating_point T>
ICOLORIT_HOST_DEVICE constexpr Lab<T> normalise(const Lab<T>& lab) {
  return {(lab.l - 50) / 100, lab.a / 110, lab.b / 110};
}

/// From network units.
template <std::floating_point T>
constexpr Lab<T> denormalise(const Lab<T>& lab) {
  return {lab.l * 100 + 50, lab.a * 110, lab.b * 110};
}

/// A batch of pictures, one colour at a time.
///   out  (B,3,H,W)  overwritten; may be `in` itself, must not overlap it otherwise
///   in   (B,3,H,W)  read
/// Any strides: planar, interleaved, cropped. `convert` takes and returns the three channels of a pixel.
/// Throws ShapeError.
template <std::floating_point T, class Convert>
void convert_colors(const char* function, TensorView<T, 4> out, TensorView<const T, 4> in, Convert&& convert) {
  expect_shape(function, "in", in, {in.extent(0), 3, in.extent(2), in.extent(3)});
  expect_shape(function, "out", out, {in.extent(0), 3, in.extent(2), in.extent(3)});
  for (Index image = 0; image < in.extent(0); ++image)
    for (Index y = 0; y < in.extent(2); ++y)
      for (Index x = 0; x < in.extent(3); ++x) {
        const auto [first, second, third] = convert(in(image, 0, y, x), in(image, 1, y, x), in(image, 2, y, x));
        out(image, 0, y, x) = first;
        out(image, 1, y, x) = second;
        out(image, 2, y, x) = third;
      }
}

/// lab (B,3,H,W) overwritten, from rgb (B,3,H,W) in [0,1]. See convert_colors for strides, aliasing and errors.
template <std::floating_point T>
void rgb_to_lab(TensorView<T, 4> lab, std::type_identity_t<TensorView<const T, 4>> rgb) {
  convert_colors("rgb_to_lab", lab, rgb, [](T r, T g, T b) { return rgb_to_lab(Rgb<T>{r, g, b}); });
}

/// rgb (B,3,H,W) overwritten, from lab (B,3,H,W). See convert_colors for strides, aliasing and errors.
template <std::floating_point T>
void lab_to_rgb(TensorView<T, 4> rgb, std::type_identity_t<TensorView<const T, 4>> lab) {
  convert_colors("lab_to_rgb", rgb, lab, [](T l, T a, T b) { return lab_to_rgb(Lab<T>{l, a, b}); });
}

/// The colour that `#RRGGBB` or `#RGB` (hexadecimal, `#` may be left out) or a name of CSS such as `firebrick` stands
/// for, in either case. Throws ArgumentError.
inline Rgb<std::uint8_t> parse_color(std::string_view text) {
  const auto fail = [&] {
    throw ArgumentError(concat("parse_color: \"", text.substr(0, 40),
                               "\" is not of the form #RRGGBB or #RGB, and no name of a colour"));
  };
  if (const auto named = find_color_name(text)) {
    const auto component = [&](int shift) { return static_cast<std::uint8_t>(*named >> shift & 0xff); };
    return {component(16), component(8), component(0)};
  }
  const std::string_view digits = text.substr(text.starts_with('#') ? 1 : 0);
  const auto digit = [&](std::size_t position) {
    const char c = digits[position];
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    fail();
    return 0;
  };
  if (digits.size() != 3 && digits.size() != 6) fail();
  const std::size_t width = digits.size() / 3;  // of one component
  const auto component = [&](std::size_t i) {
    return static_cast<std::uint8_t>(16 * digit(i * width) + digit(i * width + width - 1));
  };
  return {component(0), component(1), component(2)};
}

/// `#rrggbb`.
inline std::string to_hex(const Rgb<std::uint8_t>& color) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "#";
  for (const int component : {int{color.r}, int{color.g}, int{color.b}}) {
    text += digits[static_cast<std::size_t>(component / 16)];
    text += digits[static_cast<std::size_t>(component % 16)];
  }
  return text;
}

}  // namespace icolorit
