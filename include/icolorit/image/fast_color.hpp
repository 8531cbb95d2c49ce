// The fast way between 8/16-bit samples and L*a*b*: tiles of pixels through straight loops that any compiler
// vectorises. Matches image/color_space.hpp: L*a*b* within 1e-3 units, samples within 1/65535.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>

#include "icolorit/core/tensor_view.hpp"
#include "icolorit/image/color_space.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit {

/// Pixels that are converted at once. Constant, so that every loop over a tile has a known length; small, so that all
/// planes of a tile stay in the first-level cache.
inline constexpr Index color_tile = 128;
using TilePlane = std::array<float, static_cast<std::size_t>(color_tile)>;

/// L*a*b* and linear light of up to color_tile pixels. Loops run over whole tiles: what lies beyond the pixels in use
/// is computed and ignored, and must only be initialised.
struct alignas(64) LabTile {
  TilePlane l{}, a{}, b{};
};
struct alignas(64) LinearTile {
  TilePlane r{}, g{}, b{};
};

/// base^exponent for base in [2^-126, 2^126] and small exponents: relative error below 5e-7 where the result is in
/// [2^-4, 4]. 2^(exponent log2(base)); both polynomials are minimax fits made for this library (log2(1+t)/t of degree 6
/// for 1+t in [sqrt 1/2, sqrt 2], weighted by t, error 3.0e-7; 2^f of degree 5 for f in [-1/2, 1/2], relative 7.5e-8).
inline float fast_power(float base, float exponent) {
  constexpr std::int32_t sqrt_half = 0x3f3504f3;  // the bits of sqrt(1/2): splits so that the mantissa is near 1
  const std::int32_t bits = std::bit_cast<std::int32_t>(base);
  const std::int32_t binary_exponent = (bits - sqrt_half) >> 23;
  const float t = std::bit_cast<float>(bits - binary_exponent * (1 << 23)) - 1.0f;
  float log = 0.170634436f;
  log = log * t - 0.27269791f;
  log = log * t + 0.2972626f;
  log = log * t - 0.358961852f;
  log = log * t + 0.480465033f;
  log = log * t - 0.721375871f;
  log = log * t + 1.44269973f;
  const float power = exponent * (log * t + static_cast<float>(binary_exponent));

  const std::int32_t whole = static_cast<std::int32_t>(power + 128.5f) - 128;  // rounds: the sum is positive
  const float f = power - static_cast<float>(whole);
  float fraction = 0.00132764718f;
  fraction = fraction * f + 0.00967554133f;
  fraction = fraction * f + 0.0555071327f;
  fraction = fraction * f + 0.240221197f;
  fraction = fraction * f + 0.693146967f;
  fraction = fraction * f + 1.00000007f;
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(fraction) + whole * (1 << 23));
}

namespace fast_color_detail {

using C = ColorConstants<float>;

/// Linear light of every sample value. Built on first use: 256 values for 8 bits, 256 KiB (2 ms) for 16.
template <Sample S>
const float* linear_table() {
  constexpr Index size = Index{1} << std::numeric_limits<S>::digits;
  static const std::unique_ptr<const float[]> table = [] {
    auto values = std::make_unique<float[]>(static_cast<std::size_t>(size));
    for (Index i = 0; i < size; ++i)
      values[static_cast<std::size_t>(i)] =
          static_cast<float>(srgb_to_linear(static_cast<double>(i) / static_cast<double>(size - 1)));
    return values;
  }();
  return table.get();
}

// The three curves are a line below a knee and a power above it. Each is written as the power of max(x, knee) plus the
// line's slope times min(x, knee) - knee: without a choice between two computed values, which GCC would turn into a
// branch and then not vectorise. The curves are continuous to 4e-7, so this differs from the choice by no more.

// Comparing with a bound >= 0 works on the bits as integers, which GCC knows as one instruction; comparing floats may
// trap, and it keeps the branch.

inline float at_least(float x, float bound) {
  return std::bit_cast<float>(std::max(std::bit_cast<std::int32_t>(x), std::bit_cast<std::int32_t>(bound)));
}
inline float at_most(float x, float bound) {
  return std::bit_cast<float>(std::min(std::bit_cast<std::int32_t>(x), std::bit_cast<std::int32_t>(bound)));
}

/// The f of L*a*b*.
inline float f_of(float t) {
  return fast_power(at_least(t, C::xyz_knee), 1.0f / 3) + C::f_slope * (at_most(t, C::xyz_knee) - C::xyz_knee);
}

/// The inverse of f.
inline float inverse_f(float f) {
  const float above = at_least(f, C::f_knee);
  return above * above * above + (at_most(f, C::f_knee) - C::f_knee) * (1 / C::f_slope);
}

/// One component of linear light to sRGB; negative light stays on the line.
inline float encode(float linear) {
  return 1.055f * fast_power(at_least(linear, C::linear_knee), 1 / 2.4f) - .055f +
         12.92f * (at_most(linear, C::linear_knee) - C::linear_knee);
}

}  // namespace fast_color_detail

/// Linear light of pixels (n,C) with adjacent samples, n <= color_tile; grey counts as r = g = b, alpha is ignored.
template <Sample S>
void load_linear(LinearTile& linear, TensorView<const S, 2> pixels) {
  const float* const table = fast_color_detail::linear_table<S>();
  const auto load = [&]<Index channels>(std::integral_constant<Index, channels>) {
    constexpr Index g = channels >= 3 ? 1 : 0, b = channels >= 3 ? 2 : 0;
    const S* const samples = pixels.data();
    for (Index x = 0; x < pixels.extent(0); ++x) {
      const auto i = static_cast<std::size_t>(x);
      linear.r[i] = table[samples[x * channels]];
      linear.g[i] = table[samples[x * channels + g]];
      linear.b[i] = table[samples[x * channels + b]];
    }
  };
  switch (pixels.extent(1)) {
    case 1: return load(std::integral_constant<Index, 1>());
    case 2: return load(std::integral_constant<Index, 2>());
    case 3: return load(std::integral_constant<Index, 3>());
    default: return load(std::integral_constant<Index, 4>());
  }
}

/// Linear light to L*a*b*.
inline void linear_to_lab(LabTile& lab, const LinearTile& linear) {
  using C = ColorConstants<float>;
  constexpr auto m = C::rgb_to_xyz();
  for (std::size_t i = 0; i < lab.l.size(); ++i) {
    const float r = linear.r[i], g = linear.g[i], b = linear.b[i];
    const float x = fast_color_detail::f_of((m[0][0] * r + m[0][1] * g + m[0][2] * b) * (1 / C::white_x));
    const float y = fast_color_detail::f_of(m[1][0] * r + m[1][1] * g + m[1][2] * b);
    const float z = fast_color_detail::f_of((m[2][0] * r + m[2][1] * g + m[2][2] * b) * (1 / C::white_z));
    lab.l[i] = 116 * y - 16;
    lab.a[i] = 500 * (x - y);
    lab.b[i] = 200 * (y - z);
  }
}

/// Linear light to L alone.
inline void linear_to_lightness(TilePlane& l, const LinearTile& linear) {
  constexpr auto m = ColorConstants<float>::rgb_to_xyz()[1];
  for (std::size_t i = 0; i < l.size(); ++i)
    l[i] = 116 * fast_color_detail::f_of(m[0] * linear.r[i] + m[1] * linear.g[i] + m[2] * linear.b[i]) - 16;
}

/// L*a*b* to linear light, neither end clamped.
inline void lab_to_linear(LinearTile& linear, const LabTile& lab) {
  using C = ColorConstants<float>;
  constexpr auto m = C::xyz_to_rgb();
  for (std::size_t i = 0; i < lab.l.size(); ++i) {
    const float fy = (lab.l[i] + 16) * (1.0f / 116);
    const float fz = fy - lab.b[i] * (1.0f / 200);
    const float x = fast_color_detail::inverse_f(fy + lab.a[i] * (1.0f / 500)) * C::white_x;
    const float y = fast_color_detail::inverse_f(fy);
    const float z = fast_color_detail::inverse_f(fast_color_detail::at_least(fz, 0.0f)) * C::white_z;
    linear.r[i] = m[0][0] * x + m[0][1] * y + m[0][2] * z;
    linear.g[i] = m[1][0] * x + m[1][1] * y + m[1][2] * z;
    linear.b[i] = m[2][0] * x + m[2][1] * y + m[2][2] * z;
  }
}

/// The first three samples of pixels (n,C), C = 3 or 4, n <= color_tile: linear light encoded, rounded to nearest and
/// clamped to the range of S. Alpha stays as it was.
template <Sample S>
void store_srgb(TensorView<S, 2> pixels, const LinearTile& linear) {
  constexpr S max_value = std::numeric_limits<S>::max();
  using Plane = std::array<std::int32_t, static_cast<std::size_t>(color_tile)>;
  Plane r, g, b;
  const auto encode_plane = [](Plane& out, const TilePlane& plane) {
    for (std::size_t i = 0; i < plane.size(); ++i) {
      const auto rounded = static_cast<std::int32_t>(max_value * fast_color_detail::encode(plane[i]) + 0.5f);
      out[i] = std::clamp(rounded, std::int32_t{0}, std::int32_t{max_value});
    }
  };
  encode_plane(r, linear.r);
  encode_plane(g, linear.g);
  encode_plane(b, linear.b);
  const auto store = [&]<Index channels>(std::integral_constant<Index, channels>) {
    S* const samples = pixels.data();
    for (Index x = 0; x < pixels.extent(0); ++x) {
      const auto i = static_cast<std::size_t>(x);
      samples[x * channels] = static_cast<S>(r[i]);
      samples[x * channels + 1] = static_cast<S>(g[i]);
      samples[x * channels + 2] = static_cast<S>(b[i]);
    }
  };
  if (pixels.extent(1) == 3) return store(std::integral_constant<Index, 3>());
  store(std::integral_constant<Index, 4>());
}

/// Calls f(first, count) for each tile of a row of `width` pixels.
template <class F>
void for_each_tile(Index width, F&& f) {
  for (Index first = 0; first < width; first += color_tile) f(first, std::min(color_tile, width - first));
}

/// A row of pixels to L*a*b*.
///   lab     (3,W)  overwritten; a plane's row is contiguous
///   pixels  (W,C)  read; contiguous; 1 to 4 channels
template <Sample S>
void rgb_row_to_lab(TensorView<float, 2> lab, std::type_identity_t<TensorView<const S, 2>> pixels) {
  ICOLORIT_ASSERT(lab.stride(1) == 1 && pixels.is_contiguous() && lab.extent(1) == pixels.extent(0));
  LinearTile linear;
  LabTile tile;
  for_each_tile(lab.extent(1), [&](Index first, Index count) {
    load_linear(linear, pixels.narrowed(0, first, count));
    linear_to_lab(tile, linear);
    Index plane = 0;
    for (const TilePlane* values : {&tile.l, &tile.a, &tile.b})
      std::copy_n(values->data(), count, lab.data() + plane++ * lab.stride(0) + first);
  });
}

/// A row of pixels (W,C), contiguous, 1 to 4 channels, to L alone: l (W), contiguous.
template <Sample S>
void lightness_row(TensorView<float, 1> l, std::type_identity_t<TensorView<const S, 2>> pixels) {
  ICOLORIT_ASSERT(l.stride(0) == 1 && pixels.is_contiguous() && l.extent(0) == pixels.extent(0));
  LinearTile linear;
  TilePlane tile;
  for_each_tile(l.extent(0), [&](Index first, Index count) {
    load_linear(linear, pixels.narrowed(0, first, count));
    linear_to_lightness(tile, linear);
    std::copy_n(tile.data(), count, l.data() + first);
  });
}

/// A row of L*a*b* to pixels, clamped into sRGB component by component (image/gamut.hpp does better).
///   pixels  (W,C)  overwritten but for alpha; contiguous; 3 or 4 channels
///   lab     (3,W)  read; a plane's row is contiguous
template <Sample S>
void lab_row_to_rgb(TensorView<S, 2> pixels, TensorView<const float, 2> lab) {
  ICOLORIT_ASSERT(lab.stride(1) == 1 && pixels.is_contiguous() && lab.extent(1) == pixels.extent(0));
  LinearTile linear;
  LabTile tile;
  for_each_tile(lab.extent(1), [&](Index first, Index count) {
    Index plane = 0;
    for (TilePlane* values : {&tile.l, &tile.a, &tile.b})
      std::copy_n(lab.data() + plane++ * lab.stride(0) + first, count, values->data());
    lab_to_linear(linear, tile);
    store_srgb(pixels.narrowed(0, first, count), linear);
  });
}

/// A picture as planes lab (3,H,W), rows contiguous. Throws ShapeError.
inline void image_to_lab(TensorView<float, 3> lab, const Image& image) {
  expect_shape("image_to_lab", "lab", lab, {3, image.height(), image.width()});
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    for (Index y = 0; y < image.height(); ++y)
      rgb_row_to_lab<std::remove_const_t<S>>({lab.data() + y * lab.stride(1), {3, image.width()}, {lab.stride(0), 1}},
                                             samples[y]);
  });
}

/// Planes lab (3,H,W), rows contiguous, as a picture of 3 or 4 channels; alpha stays as it was. Throws ShapeError.
inline void lab_to_image(Image& image, TensorView<const float, 3> lab) {
  expect_shape("lab_to_image", "lab", lab, {3, image.height(), image.width()});
  if (!image.has_color())
    throw ShapeError(concat("lab_to_image: the picture has ", image.channels(), " channels, expected 3 or 4"));
  visit_samples(image, [&](auto samples) {
    for (Index y = 0; y < image.height(); ++y)
      lab_row_to_rgb(samples[y], {lab.data() + y * lab.stride(1), {3, image.width()}, {lab.stride(0), 1}});
  });
}

}  // namespace icolorit
