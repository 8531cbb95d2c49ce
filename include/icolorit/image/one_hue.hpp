// Whether a picture is a grey one in a single tint: a sepia print, a cyanotype, a photograph on yellowed paper.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "icolorit/image/color_space.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit {

/// The picture's colours, averaged over blocks of `side` x `side` pixels, row by row; alpha is ignored. Blocks at the
/// right and lower border may be smaller. The picture has colours.
inline std::vector<Lab<float>> block_colors(const Image& image, Index side) {
  const Index columns = (image.width() + side - 1) / side;
  const double unit = image.max_value();
  std::vector<Lab<float>> colors;
  visit_samples(image, [&](auto samples) {
    for (Index top = 0; top < image.height(); top += side) {
      std::vector<Rgb<double>> sums(static_cast<std::size_t>(columns));
      const Index rows = std::min(side, image.height() - top);
      for (Index y = top; y < top + rows; ++y)
        for (Index x = 0; x < image.width(); ++x) {
          Rgb<double>& sum = sums[static_cast<std::size_t>(x / side)];
          sum.r += samples(y, x, 0);
          sum.g += samples(y, x, 1);
          sum.b += samples(y, x, 2);
        }
      for (Index column = 0; column < columns; ++column) {
        const Rgb<double>& sum = sums[static_cast<std::size_t>(column)];
        const double pixels = unit * static_cast<double>(rows * std::min(side, image.width() - column * side));
        const Lab<double> lab = rgb_to_lab(Rgb<double>{sum.r / pixels, sum.g / pixels, sum.b / pixels});
        colors.push_back({static_cast<float>(lab.l), static_cast<float>(lab.a), static_cast<float>(lab.b)});
      }
    }
  });
  return colors;
}

/// True for a picture whose colours tell nothing that its lightness does not tell: one ink on one paper. Such a picture
/// has one colour for each lightness, and all of them have one hue. A colour photograph breaks the first rule even
/// where one hue dominates it, because its things differ in how strong that hue is; a sunset whose colour does follow
/// the lightness breaks the second.
///
/// Colours are read as means over blocks of 8 x 8 pixels (fewer in pictures with a side below 256), which removes the
/// grain of film and the damage that JPEG does to colour. At most one block in a hundred may lie farther than 4.5 in
/// (a,b) from the mean colour of its lightness (of 50 steps), or have a lightness whose mean colour is clear, with a
/// chroma above 6, and more than 45 degrees away from the hue of the whole picture. The limit of 4.5 was set on 14,287
/// photographs: it takes 17 for toned, which are old prints or show nothing but sky, snow, sand, sea or fire; muted
/// photographs of coloured things begin at 4.7. A print that faded unevenly may be taken for coloured.
///
/// Grey pictures count, too.
inline bool is_one_hue(const Image& image) {
  constexpr std::size_t steps = 50;
  constexpr float farthest = 4.5f, clear_chroma = 6;
  if (image.empty() || !image.has_color()) return true;
  const Index side = std::clamp(std::min(image.width(), image.height()) / 32, Index{1}, Index{8});
  const std::vector<Lab<float>> colors = block_colors(image, side);

  struct Mean {
    double a = 0, b = 0, count = 0;
    void add(const Lab<float>& color) {
      a += color.a;
      b += color.b;
      ++count;
    }
  };
  std::vector<Mean> curve(steps);
  Mean whole;
  const auto step_of = [&](const Lab<float>& color) {
    return static_cast<std::size_t>(std::clamp(color.l / 100 * steps, 0.f, static_cast<float>(steps - 1)));
  };
  for (const Lab<float>& color : colors) {
    curve[step_of(color)].add(color);
    whole.add(color);
  }

  std::size_t off = 0;
  for (const Lab<float>& color : colors) {
    const Mean& mean = curve[step_of(color)];
    const double a = mean.a / mean.count, b = mean.b / mean.count;
    const double along = a * whole.a + b * whole.b, across = std::abs(a * whole.b - b * whole.a);
    const bool other_hue = std::hypot(a, b) > clear_chroma && across > along;
    off += other_hue || std::hypot(color.a - a, color.b - b) > farthest;
  }
  return 100 * off <= colors.size();
}

}  // namespace icolorit
