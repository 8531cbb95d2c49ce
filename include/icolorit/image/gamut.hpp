// Colours that sRGB cannot show, brought back at the same lightness and hue.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>

#include "icolorit/image/color_space.hpp"
#include "icolorit/image/fast_color.hpp"

namespace icolorit {

/// How far linear light may leave [0,1] and still count as inside: 0.04/255 of sRGB below and 0.01/255 above. Needed
/// because the conversion's matrices put the white of L = 100 at b = 1.00008.
template <std::floating_point T>
struct GamutTolerance {
  static constexpr T low = T(-1e-5), high = T(1 + 1e-4);
};

template <std::floating_point T>
constexpr bool is_in_gamut(const Rgb<T>& linear) {
  const auto inside = [](T light) { return light >= GamutTolerance<T>::low && light <= GamutTolerance<T>::high; };
  return inside(linear.r) && inside(linear.g) && inside(linear.b);
}

namespace gamut_detail {

/// Near yellow (L in 92..98) the gamut is not star-shaped: a ray of constant L leaves it and comes back. Therefore the
/// largest scale is looked for from above in this many steps, and then between two of them by bisection.
struct Search {
  int steps, bisections;
};
inline constexpr Search exact{128, 40}, fast{8, 9};

}  // namespace gamut_detail

/// The colour itself where sRGB can show it; else (L, t a, t b) with the largest t in [0,1] that sRGB can show. An
/// island of the gamut beyond that t is found unless it is narrower than 1/128 of the ray.
/// A colour of L outside [0,100] has no such t: it becomes grey, t = 0.
template <std::floating_point T>
Lab<T> clamp_to_gamut(const Lab<T>& lab) {
  const auto at = [&](T t) { return Lab<T>{lab.l, t * lab.a, t * lab.b}; };
  const auto inside = [&](T t) { return is_in_gamut(lab_to_linear(at(t))); };
  if (inside(T(1))) return lab;

  constexpr auto search = gamut_detail::exact;
  int step = search.steps - 1;
  while (step > 0 && !inside(static_cast<T>(step) / search.steps)) --step;
  T in = static_cast<T>(step) / search.steps;
  T width = T(1) / search.steps;
  for (int i = 0; i < search.bisections; ++i) {
    width /= 2;
    if (inside(in + width)) in += width;
  }
  return at(in);
}

namespace gamut_detail {

/// 1 where (l, t a, t b) is inside, else 0, for a whole tile. In whole numbers, which every compiler vectorises.
inline void inside(std::array<std::int32_t, static_cast<std::size_t>(color_tile)>& result, const LinearTile& linear) {
  using Tolerance = GamutTolerance<float>;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const float r = linear.r[i], g = linear.g[i], b = linear.b[i];
    result[i] = static_cast<std::int32_t>(r >= Tolerance::low) & static_cast<std::int32_t>(r <= Tolerance::high) &
                static_cast<std::int32_t>(g >= Tolerance::low) & static_cast<std::int32_t>(g <= Tolerance::high) &
                static_cast<std::int32_t>(b >= Tolerance::low) & static_cast<std::int32_t>(b <= Tolerance::high);
  }
}

}  // namespace gamut_detail

/// The same for a tile: t is found to 1/4096, never too large; an island narrower than 1/8 of the ray may be missed.
///   lab     a and b scaled where needed
///   linear  overwritten with the linear light of the result
/// A tile that is inside costs one conversion to linear light; another costs 19.
inline void clamp_to_gamut(LabTile& lab, LinearTile& linear) {
  using fast_color_detail::at_least, fast_color_detail::at_most;
  constexpr std::size_t size = static_cast<std::size_t>(color_tile);
  constexpr auto search = gamut_detail::fast;
  std::array<std::int32_t, size> inside;
  lab_to_linear(linear, lab);
  gamut_detail::inside(inside, linear);
  std::int32_t all = 1;
  for (std::int32_t one : inside) all &= one;
  if (all != 0) return;

  LabTile trial;
  trial.l = lab.l;
  const auto try_scale = [&](const TilePlane& t) {
    for (std::size_t i = 0; i < size; ++i) {
      trial.a[i] = t[i] * lab.a[i];
      trial.b[i] = t[i] * lab.b[i];
    }
    lab_to_linear(linear, trial);
    gamut_detail::inside(inside, linear);
  };

  TilePlane best, t;
  for (std::size_t i = 0; i < size; ++i) best[i] = static_cast<float>(inside[i]);
  for (int step = 1; step < search.steps; ++step) {
    const float scale = static_cast<float>(step) / static_cast<float>(search.steps);
    t.fill(scale);
    try_scale(t);
    for (std::size_t i = 0; i < size; ++i) best[i] = at_least(best[i], scale * static_cast<float>(inside[i]));
  }
  float width = 1 / static_cast<float>(search.steps);
  for (int bisection = 0; bisection < search.bisections; ++bisection) {
    width /= 2;
    for (std::size_t i = 0; i < size; ++i) t[i] = at_most(best[i] + width, 1.0f);
    try_scale(t);
    for (std::size_t i = 0; i < size; ++i) best[i] = at_least(best[i], t[i] * static_cast<float>(inside[i]));
  }
  for (std::size_t i = 0; i < size; ++i) {
    lab.a[i] *= best[i];
    lab.b[i] *= best[i];
  }
  lab_to_linear(linear, lab);
}

}  // namespace icolorit
