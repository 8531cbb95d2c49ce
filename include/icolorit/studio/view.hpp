// View: a part of a picture at any scale, as the bytes that a screen takes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/gamut.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit::studio {

/// Which part of a picture is shown, in its pixels, and on how many pixels of the screen.
struct ViewPart {
  double x = 0, y = 0, w = 0, h = 0;
  Index width = 0, height = 0;
};

/// Throws ArgumentError unless the part lies in a picture of width x height pixels and the view is of a sensible size.
inline void expect_visible(const ViewPart& part, Index width, Index height) {
  constexpr Index most = 8192;
  constexpr double slack = 1e-6;
  const auto outside = [&](double from, double extent, Index all) {
    return !(from >= -slack && extent > 0 && from + extent <= static_cast<double>(all) + slack);
  };
  if (outside(part.x, part.w, width) || outside(part.y, part.h, height))
    throw ArgumentError(concat("view: the part x=", part.x, " y=", part.y, " w=", part.w, " h=", part.h,
                               " does not lie in the picture of ", width, " x ", height, " pixels"));
  if (part.width < 1 || part.height < 1 || part.width > most || part.height > most)
    throw ArgumentError(concat("view: ", part.width, " x ", part.height, " pixels wanted, expected 1 to ", most));
}

namespace view_detail {

/// Which samples of a line each output position takes, and how much of each: the triangle filter, widened where it
/// reduces, around positions that need not lie on the grid.
struct Taps {
  std::vector<Index> first;
  std::vector<float> weights;  // `count` for each position
  Index count = 1;

  Taps(double from, double extent, Index out, Index in) {
    const double scale = extent / static_cast<double>(out), reach = std::max(1., scale);
    count = std::min(in, static_cast<Index>(std::ceil(2 * reach)) + 1);
    first.reserve(static_cast<std::size_t>(out));
    for (Index i = 0; i < out; ++i) {
      const double center = from + (static_cast<double>(i) + .5) * scale - .5;
      const Index start = std::clamp(static_cast<Index>(std::floor(center - reach)) + 1, Index{0}, in - count);
      first.push_back(start);
      double sum = 0;
      const std::size_t at = weights.size();
      for (Index k = 0; k < count; ++k) {
        const double weight = std::max(0., 1 - std::abs(static_cast<double>(start + k) - center) / reach);
        weights.push_back(static_cast<float>(weight));
        sum += weight;
      }
      if (sum <= 0) {  // beyond the border: the nearest sample
        weights[at + (center < static_cast<double>(start) ? 0 : static_cast<std::size_t>(count - 1))] = 1;
        continue;
      }
      for (std::size_t k = at; k < weights.size(); ++k) weights[k] = static_cast<float>(weights[k] / sum);
    }
  }
};

/// Whether the view shows pixels of an RGB picture of 8 bits as they are, so that rows can be copied.
inline bool is_plain(const Image& image, const ViewPart& part, Index full_width, Index full_height) {
  return image.bits() == 8 && image.channels() == 3 && image.width() == full_width && image.height() == full_height &&
         part.w == static_cast<double>(part.width) && part.h == static_cast<double>(part.height) &&
         part.x == std::floor(part.x) && part.y == std::floor(part.y);
}

inline std::vector<std::uint8_t> copied(const Image& image, const ViewPart& part) {
  std::vector<std::uint8_t> out;
  out.reserve(static_cast<std::size_t>(part.width * part.height * 3));
  for (Index y = 0; y < part.height; ++y) {
    const auto* const row =
        image.samples<std::uint8_t>()[static_cast<Index>(part.y) + y].data() + 3 * static_cast<Index>(part.x);
    out.insert(out.end(), row, row + 3 * part.width);
  }
  return out;
}

}  // namespace view_detail

/// The part as RGB, height x width x 3 bytes. `part` is in pixels of a picture of full_width x full_height, of which
/// `image`, of any depth and channels, is a copy of any size. Alpha is left out.
inline std::vector<std::uint8_t> view_of(const Image& image, ViewPart part, Index full_width, Index full_height,
                                         int threads) {
  expect_visible(part, full_width, full_height);
  if (view_detail::is_plain(image, part, full_width, full_height)) return view_detail::copied(image, part);
  const double right = static_cast<double>(image.width()) / static_cast<double>(full_width);
  const double down = static_cast<double>(image.height()) / static_cast<double>(full_height);
  const view_detail::Taps columns(part.x * right, part.w * right, part.width, image.width());
  const view_detail::Taps rows(part.y * down, part.h * down, part.height, image.height());
  const Index left = columns.first.front(), end = columns.first.back() + columns.count;
  std::vector<std::uint8_t> out(static_cast<std::size_t>(part.width * part.height * 3));
  const Index colors = image.has_color() ? 3 : 1, channels = image.channels();
  const float unit = image.bits() == 8 ? 1.f : 1.f / 257;
  constexpr Index block = 16;
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    run_on_threads((part.height + block - 1) / block, threads, [&](Index b, Index) {
      std::vector<float> line(static_cast<std::size_t>((end - left) * channels));
      for (Index y = b * block; y < std::min(part.height, (b + 1) * block); ++y) {
        std::ranges::fill(line, 0.f);
        for (Index k = 0; k < rows.count; ++k) {
          const float weight = unit * rows.weights[static_cast<std::size_t>(y * rows.count + k)];
          if (weight == 0) continue;
          const auto* const source = samples[rows.first[static_cast<std::size_t>(y)] + k].data() + left * channels;
          for (std::size_t i = 0; i < line.size(); ++i) line[i] += weight * static_cast<float>(source[i]);
        }
        std::uint8_t* pixel = out.data() + y * part.width * 3;
        for (Index x = 0; x < part.width; ++x) {
          const float* const from = line.data() + (columns.first[static_cast<std::size_t>(x)] - left) * channels;
          const float* const weights = columns.weights.data() + x * columns.count;
          float sums[3] = {};
          for (Index k = 0; k < columns.count; ++k)
            for (Index c = 0; c < colors; ++c) sums[c] += weights[k] * from[k * channels + c];
          for (Index c = 0; c < 3; ++c)
            *pixel++ = static_cast<std::uint8_t>(std::clamp(sums[colors == 3 ? c : 0] + .5f, 0.f, 255.f));
        }
      }
    });
  });
  return out;
}

namespace view_detail {

/// f(index of the first pixel, pixels (count,3)) for each tile of RGB pixels of 8 bits, on threads.
template <class F>
void for_each_rgb_tile(std::vector<std::uint8_t>& rgb, int threads, F&& f) {
  const auto pixels = static_cast<Index>(rgb.size() / 3);
  run_on_threads((pixels + color_tile - 1) / color_tile, threads, [&](Index tile, Index) {
    const Index first = tile * color_tile, count = std::min(color_tile, pixels - first);
    f(first, TensorView<std::uint8_t, 2>(rgb.data() + 3 * first, {count, 3}));
  });
}

}  // namespace view_detail

/// Gives RGB pixels the lightness of others, `sharp`: a picture rendered at a lower resolution keeps its colours and
/// gains the original's detail.
inline void take_lightness(std::vector<std::uint8_t>& rgb, const std::vector<std::uint8_t>& sharp, int threads) {
  view_detail::for_each_rgb_tile(rgb, threads, [&](Index first, TensorView<std::uint8_t, 2> pixels) {
    LinearTile linear;
    LabTile lab;
    load_linear(linear, TensorView<const std::uint8_t, 2>(pixels));
    linear_to_lab(lab, linear);
    load_linear(linear, TensorView<const std::uint8_t, 2>(sharp.data() + 3 * first, pixels.extents()));
    linear_to_lightness(lab.l, linear);
    clamp_to_gamut(lab, linear);
    store_srgb(pixels, linear);
  });
}

/// Takes the colours out of RGB pixels and leaves their lightness.
inline void take_grey(std::vector<std::uint8_t>& rgb, int threads) {
  view_detail::for_each_rgb_tile(rgb, threads, [](Index, TensorView<std::uint8_t, 2> pixels) {
    LinearTile linear;
    LabTile lab{};
    load_linear(linear, TensorView<const std::uint8_t, 2>(pixels));
    linear_to_lightness(lab.l, linear);
    lab.a.fill(0);
    lab.b.fill(0);
    lab_to_linear(linear, lab);
    store_srgb(pixels, linear);
  });
}

}  // namespace icolorit::studio
