// The scene of the sample picture, balloons over a lake at sunrise, at rest or in motion.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <string_view>

#include "icolorit/core/random.hpp"
#include "icolorit/image/color_space.hpp"
#include "icolorit/image/image.hpp"

namespace sample_picture {

using icolorit::Image;
using icolorit::Index;
using icolorit::Random;

inline constexpr Index width = 640, height = 480;
inline constexpr double far_shore = .60;  // where the lake begins; y runs down from 0 to 1, x from 0 to 4/3

// Linear light, so that blending and anti-aliasing behave like light.
struct Light {
  double r = 0, g = 0, b = 0;
};
inline Light operator+(Light a, Light b) { return {a.r + b.r, a.g + b.g, a.b + b.b}; }
inline Light operator*(Light a, double k) { return {a.r * k, a.g * k, a.b * k}; }
inline Light mix(Light a, Light b, double t) { return a * (1 - t) + b * t; }

inline Light paint(std::string_view hex) {
  const auto c = icolorit::parse_color(hex);
  return {icolorit::srgb_to_linear(c.r / 255.), icolorit::srgb_to_linear(c.g / 255.),
          icolorit::srgb_to_linear(c.b / 255.)};
}

inline double smoothstep(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0., 1.);
  return t * t * (3 - 2 * t);
}

// A number in [0,1) that belongs to one cell of an integer grid.
inline double cell_value(double x, double y, int salt) {
  const auto key = (static_cast<std::uint64_t>(static_cast<std::int64_t>(x)) << 32) ^
                   (static_cast<std::uint64_t>(static_cast<std::int64_t>(y)) & 0xffffffffu);
  return Random(key, static_cast<std::uint64_t>(salt)).uniform();
}

// Smooth noise in [0,1): values at grid corners, blended.
inline double noise(double x, double y, int salt) {
  const double column = std::floor(x), row = std::floor(y);
  const double u = smoothstep(0, 1, x - column), v = smoothstep(0, 1, y - row);
  return std::lerp(std::lerp(cell_value(column, row, salt), cell_value(column + 1, row, salt), u),
                   std::lerp(cell_value(column, row + 1, salt), cell_value(column + 1, row + 1, salt), u), v);
}

// Noise with detail at four scales, in [0,1).
inline double turbulence(double x, double y, int salt) {
  double sum = 0;
  for (int octave = 0; octave < 4; ++octave)
    sum += noise(x * (1 << octave), y * (1 << octave), salt + octave) / (2 << octave);
  return sum * 16 / 15;
}

// The same with sharp crests.
inline double ridged(double x, int salt) {
  double sum = 0;
  for (int octave = 0; octave < 5; ++octave)
    sum += (1 - std::abs(2 * noise(x * (1 << octave), .5, salt + octave) - 1)) / (2 << octave);
  return sum;
}

inline constexpr double sun_x = 1.04, sun_y = .375;

inline Light sky(double x, double y) {
  const double t = std::clamp(y / .46, 0., 1.);
  static const Light top = paint("#2f6fbe"), middle = paint("#8cc0e6"), low = paint("#ffd39a"), glow = paint("#fff3cf");
  Light light = t < .6 ? mix(top, middle, t / .6) : mix(middle, low, smoothstep(.6, 1, t));
  const double distance = std::hypot(x - sun_x, (y - sun_y) * 1.3);
  light = mix(light, glow, .85 * std::exp(-distance * 5));
  light = mix(light, paint("#fffbe8"), 1 - smoothstep(.036, .040, distance));

  const double cloud = smoothstep(.50, .78, turbulence(x * 2.6 + 4, y * 8, 10)) * smoothstep(.5, .3, y);
  const double lit = smoothstep(.35, .7, turbulence(x * 2.6 + 4.1, y * 8 - .35, 10));
  return mix(light, mix(paint("#fff4ea"), paint("#eab2a4"), lit * (.3 + .7 * t)), .85 * cloud);
}

struct Ridge {
  double base, swing, frequency;
  int salt;
  std::string_view color;
  double snow;  // how far the snow reaches down
};
inline constexpr Ridge ridges[] = {
    {.52, .27, 3.4, 43, "#7d90ba", .038}, {.535, .13, 3.1, 54, "#4f7b98", 0}, {.57, .07, 3.7, 60, "#4f8250", 0}};

inline double crest(const Ridge& ridge, double x) {
  return ridge.base - ridge.swing * (ridged(x * ridge.frequency, ridge.salt) - .25);
}

inline std::optional<Light> mountains(double x, double y) {
  for (std::size_t i = std::size(ridges); i-- > 0;) {
    const Ridge& ridge = ridges[i];
    const double depth = y - crest(ridge, x);
    if (depth < 0) continue;
    const double relief = turbulence(x * 22 - depth * 14, y * 16, ridge.salt + 5) - .5;
    const double face = x + .10 * relief;  // gullies wander down the face instead of falling straight
    const double slope = (crest(ridge, face + .012) - crest(ridge, face - .012)) / .024;
    Light light = paint(ridge.color) * (1 - .22 * std::clamp(slope, -1., 1.) + .6 * relief);
    const double snow_line = ridge.snow * (.6 + 1.3 * noise(x * 40, y * 12, 33));
    light = mix(light, paint("#f2f2fa") * (.9 - .2 * slope),
                smoothstep(snow_line, snow_line * .8, depth + 1e-9) * (ridge.snow > 0));
    const double mist = smoothstep(.05, .22, depth) * (.5 - .15 * static_cast<double>(i));
    return mix(light, paint("#ffdcb8"), mist);
  }
  return {};
}

// The far bank: a strip of meadow with firs and a cottage.
inline std::optional<Light> far_bank(double x, double y) {
  const double u = (x - .33) / .05, v = (far_shore - .012 - y) / .05;  // the cottage, unit wall width and height
  if (std::abs(u) < 1 && v > 0 && v < .75) {
    if (std::abs(u + .45) < .17 && v < .55) return paint("#6b4226");
    if (std::abs(u - .4) < .22 && std::abs(v - .4) < .17) return paint("#3c5a7a");
    return paint("#f3e2bd") * (.8 + .2 * u);
  }
  if (v >= .75 && v < 1.45 && std::abs(u) < 1.25 - (v - .75))
    return paint("#b23a2a") * (.85 + .2 * noise(u * 9, v * 14, 70));
  if (std::abs(u - .62) < .1 && v >= .75 && v < 1.5) return paint("#8a5a48");

  for (int i = 0; i < 64; ++i) {
    const double root = cell_value(i, 0, 80) * 4 / 3, size = .035 + .05 * cell_value(i, 1, 80);
    if (std::abs(root - .33) < .075) continue;  // the cottage stands in a clearing
    const double level = (y - (far_shore - .008 - size)) / size;
    if (level < 0 || level > 1) continue;
    const double tier = level * .7 + .3 * std::fmod(level * 5, 1.);
    if (std::abs(x - root) < size * .26 * tier)
      return paint("#1f4a30") * (.75 + .9 * (x - root) / size + .5 * noise(x * 150, y * 150, 90));
  }
  const double bank = far_shore - .022 - .018 * noise(x * 5, 0, 95);
  if (y > bank) return paint("#7fa63f") * (.75 + .5 * turbulence(x * 30, y * 90, 96));
  return {};
}

struct Balloon {
  double x, y, radius;
  std::string_view first, second;
  int stripes;
};
inline constexpr Balloon balloons[] = {{.80, .215, .125, "#d3212c", "#ffc62e", 9},
                                       {.335, .15, .066, "#1f4fb0", "#f6f1e4", 7},
                                       {1.17, .12, .045, "#8a2a9a", "#f08a24", 7}};

inline std::optional<Light> flying(double x, double y) {
  for (const Balloon& balloon : balloons) {
    const double u = (x - balloon.x) / balloon.radius, v = (y - balloon.y) / balloon.radius;
    const double half = v < 0 ? std::sqrt(std::max(0., 1 - v * v)) : std::cos(v * 1.08);
    if (v > -1 && v < 1.28 && std::abs(u) < half) {
      const double nx = u / half, ny = std::clamp(v * .75, -1., 1.), nz = std::sqrt(std::max(0., 1 - nx * nx));
      const double gore = (std::asin(nx) / std::numbers::pi + .5) * balloon.stripes;
      Light light = paint(static_cast<int>(gore) % 2 == 0 ? balloon.first : balloon.second);
      if (std::abs(v - .62) < .09) light = paint(balloon.first);
      const double lambert = std::max(0., .62 * nx - .42 * ny + .55 * nz);
      const double seam = 1 - .18 * smoothstep(.10, 0, std::min(std::fmod(gore, 1.), 1 - std::fmod(gore, 1.)));
      return light * ((.34 + .82 * lambert) * seam);
    }
    if (v > 1.62 && v < 1.86 && std::abs(u) < .15) return paint("#7a4b26") * (.8 + .35 * (std::fmod(v * 22, 1.) > .5));
    if (v >= 1.25 && v <= 1.62 && std::abs(std::abs(u) - std::lerp(.2, .13, (v - 1.25) / .37)) < .015)
      return paint("#4a3424");
  }
  return {};
}

// Where the parts of the scene have moved to; all 0 is the sample picture.
struct Moment {
  double pan = 0;    // of the camera to the right; what is near moves by more
  double drift = 0;  // of the balloons to the left
  double sail = 0;   // of the boat to the right
};

inline Light above_water(double x, double y, const Moment& moment) {
  if (const auto light = flying(x + moment.drift, y)) return *light;
  if (const auto light = far_bank(x, y)) return *light;
  if (const auto light = mountains(x, y)) return *light;
  return sky(x, y);
}

// A sailing boat; `v` runs up from the waterline.
inline std::optional<Light> boat(double x, double v) {
  const double u = (x - .60) / .075, w = v / .075;
  if (w > 0 && w < .3 && std::abs(u) < .75 + .6 * w)
    return w > .22 ? paint("#f4efe2") : paint("#b8321f") * (.8 + .3 * u);
  if (w >= .3 && w < 2.2 && std::abs(u + .02) < .022) return paint("#5b3a20");
  if (w > .42 && w < 2.1 && u > .03 && u < .03 + .72 * (2.1 - w) / 1.68) return paint("#f8f2e4") * (.8 + .3 * u);
  if (w > .42 && w < 1.75 && u < -.07 && u > -.07 - .5 * (1.75 - w) / 1.33) return paint("#e98a2b") * (.95 + .5 * u);
  return {};
}

inline Light lake(double x, double y, const Moment& moment) {
  constexpr double waterline = .715;
  if (const auto light = boat(x - moment.sail, waterline - y)) return *light;
  const double near = (y - far_shore) / (1 - far_shore);
  const double ripple = turbulence(x * (14 - 8 * near), y * 130 - near * 60, 120) - .5;
  const double shift = ripple * (.008 + .05 * near);
  if (const auto light = boat(x + shift * .35 - moment.sail, (y - waterline) * 1.15))
    return mix(*light, paint("#1d5b78"), .35);
  const double mirrored = 2 * far_shore - y + shift;
  Light light = mix(above_water(x + shift * .6, std::max(mirrored, 0.), moment), paint("#155a78"), .25 + .4 * near);
  const double glitter = smoothstep(.58, .74, turbulence(x * 30, y * 170, 130)) * std::exp(-std::abs(x - sun_x) * 9);
  return mix(light, paint("#ffe9b0"), .8 * glitter);
}

inline std::optional<Light> tree(double x, double y) {
  const double bend = .02 * std::sin(y * 6);
  const double wobble = .045 * (turbulence(x * 26, y * 26, 140) - .5);
  struct Crown {
    double x, y, radius;
  };
  constexpr Crown crowns[] = {{.10, .50, .115}, {.19, .57, .085}, {.03, .60, .10}, {.12, .645, .10}, {.22, .66, .055}};
  const Crown* front = nullptr;
  double lift = 0;  // height of the crown's surface towards the viewer
  for (const Crown& crown : crowns) {
    const double inside = 1 - std::hypot(x - crown.x, y - crown.y) / (crown.radius + wobble);
    if (inside > 0 && (front == nullptr || inside > lift)) front = &crown, lift = inside;
  }
  if (front != nullptr) {
    const double side = ((x - front->x) - (y - front->y)) / front->radius;
    const double leaves = noise(x * 130, y * 130, 150) + .6 * noise(x * 260, y * 260, 151) - .8;
    return mix(paint("#c9621b"), paint("#f3b63a"), smoothstep(-.9, 1, side + leaves)) *
           (.62 + .3 * side * .6 + .35 * lift + .3 * leaves);
  }
  const double half = .016 + .03 * smoothstep(.85, .98, y);
  if (y > .6 && y < .955 && std::abs(x - .115 - bend) < half)
    return paint("#5c3f2a") * (.75 + .45 * (x - .115 - bend) / half + .4 * (noise(x * 160, y * 18, 160) - .5));
  return {};
}

inline double near_shore(double x) {
  return .845 + .03 * std::sin(x * 3.1 + .6) - .06 * smoothstep(.5, 0, x) + .008 * noise(x * 40, 0, 170);
}

inline std::optional<Light> poppy(double x, double y) {
  constexpr std::string_view petals[] = {"#d41f1a", "#e0382a", "#f2c41d", "#e8e4f4"};
  for (int row = 0; row < 9; ++row) {  // rows of flowers, larger towards the viewer
    const double size = .0045 + .0011 * row, level = .90 + .012 * row + .001 * row, spacing = size * 5;
    for (double column = std::floor(x / spacing) - 1; column <= std::floor(x / spacing) + 1; ++column) {
      if (cell_value(column, row, 180) < .55) continue;
      const double cx = (column + .2 + .6 * cell_value(column, row, 181)) * spacing;
      const double cy = level + .012 * (cell_value(column, row, 182) - .5);
      const double distance = std::hypot(x - cx, (y - cy) * 1.35) / size;
      if (distance > 1) continue;
      if (distance < .28) return paint("#3a2a14");
      const auto kind = static_cast<std::size_t>(4 * std::pow(cell_value(column, row, 183), 1.6));
      return paint(petals[kind]) * (1.05 - .35 * distance + .25 * (cy - y) / size);
    }
  }
  return {};
}

inline Light meadow(double x, double y) {
  const double depth = smoothstep(.80, 1, y);
  const double blades = turbulence(x * 90, y * (26 - 14 * depth), 190);
  return mix(paint("#86b23c"), paint("#2f6b22"), std::clamp(depth * .75 + 1.2 * (blades - .5), 0., 1.)) *
         (.75 + .5 * blades);
}

inline Light scene(double x, double y, const Moment& moment) {
  const double near = x + 1.6 * moment.pan, middle = x + 1.3 * moment.pan;
  if (const auto light = poppy(near, y)) return *light;
  if (const auto light = tree(middle, y)) return *light;
  if (y > near_shore(near)) return meadow(near, y);
  const double far = x + moment.pan;
  return y > far_shore ? lake(far, y, moment) : above_water(far, y, moment);
}

// The scene with 3 x 3 rays a pixel and the fine grain of film.
inline Image render(const Moment& moment = {}, std::uint64_t seed = 2023) {
  Image image(width, height, 3, 8);
  const auto samples = image.samples<std::uint8_t>();  // (H,W,3)
  Random grain(seed);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      Light light;
      for (int ray = 0; ray < 9; ++ray)
        light = light + scene((static_cast<double>(x) + (ray % 3 + .5) / 3) / height,
                              (static_cast<double>(y) + (ray / 3 + .5) / 3) / height, moment) *
                            (1. / 9);
      const double noise = .8 * grain.normal();
      const double linear[] = {light.r, light.g, light.b};
      for (Index c = 0; c < 3; ++c)
        samples(y, x, c) = static_cast<std::uint8_t>(
            std::clamp(std::round(255 * icolorit::linear_to_srgb(linear[c]) + noise), 0., 255.));
    }
  return image;
}

// Grey of the same lightness L, so that putting the colour back gives the original.
inline Image without_color(const Image& image) {
  Image grey(image.width(), image.height(), 1, 8);
  const auto from = image.samples<std::uint8_t>();
  const auto to = grey.samples<std::uint8_t>();
  for (Index y = 0; y < image.height(); ++y)
    for (Index x = 0; x < image.width(); ++x) {
      const auto lab =
          icolorit::rgb_to_lab(icolorit::Rgb<double>{from(y, x, 0) / 255., from(y, x, 1) / 255., from(y, x, 2) / 255.});
      const auto neutral = icolorit::lab_to_rgb(icolorit::Lab<double>{lab.l, 0, 0});
      to(y, x, 0) = static_cast<std::uint8_t>(std::clamp(std::round(255 * neutral.g), 0., 255.));
    }
  return grey;
}

}  // namespace sample_picture
