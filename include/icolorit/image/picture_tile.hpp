// Tiles of a picture's rows to linear light and back, whatever the picture's depth, channels and order are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/image_view.hpp"

namespace icolorit {

/// Linear light of `count` <= color_tile pixels of row y from pixel x on; 8 or 16 bits.
inline void load_linear(LinearTile& linear, const ImageView& image, Index y, Index x, Index count) {
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    load_linear<std::remove_const_t<S>>(linear, samples[y].narrowed(0, x, count));
  });
  if (image.order() == PixelOrder::bgr) std::swap(linear.r, linear.b);
}

/// L of a whole row: l (W), contiguous, overwritten.
inline void lightness_row(TensorView<float, 1> l, const ImageView& image, Index y) {
  ICOLORIT_ASSERT(l.stride(0) == 1 && l.extent(0) == image.width());
  LinearTile linear;
  TilePlane tile;
  for_each_tile(image.width(), [&](Index first, Index count) {
    load_linear(linear, image, y, first, count);
    linear_to_lightness(tile, linear);
    std::copy_n(tile.data(), count, l.data() + first);
  });
}

/// Encodes `count` pixels into row y from pixel x on, rounded and clamped, in the order of the picture's colours; alpha
/// stays as it was. The picture has 3 or 4 channels of any type. Overwrites `linear`.
inline void store_srgb(const MutableImageView& image, Index y, Index x, Index count, LinearTile& linear) {
  if (image.order() == PixelOrder::bgr) std::swap(linear.r, linear.b);
  if (image.bits() == 32) {
    const auto pixels = image.samples<float>()[y].narrowed(0, x, count);
    Index channel = 0;
    for (const TilePlane* plane : {&linear.r, &linear.g, &linear.b}) {
      for (Index i = 0; i < count; ++i)
        pixels(i, channel) = std::clamp(fast_color_detail::encode((*plane)[static_cast<std::size_t>(i)]), 0.0f, 1.0f);
      ++channel;
    }
    return;
  }
  visit_samples(image, [&](auto samples) { store_srgb(samples[y].narrowed(0, x, count), linear); });
}

namespace picture_tile_detail {

/// A sample of another type that means the same, rounded to nearest.
template <ViewSample To, Sample From>
To rescaled(From value) {
  if constexpr (std::is_same_v<To, float>)
    return static_cast<float>(value) / static_cast<float>(std::numeric_limits<From>::max());
  else if constexpr (sizeof(From) == sizeof(To))
    return value;
  else if constexpr (sizeof(From) < sizeof(To))
    return static_cast<To>(value * 257);
  else
    return static_cast<To>((value + 128) / 257);
}

}  // namespace picture_tile_detail

/// The fourth channel of `count` pixels of row y from pixel x on: the alpha of `from`, 8 or 16 bits, or opaque where it
/// has none.
inline void copy_alpha(const MutableImageView& to, const ImageView& from, Index y, Index x, Index count) {
  const auto into = [&]<class To>(TensorView<To, 3> out) {
    visit_samples(from, [&]<class From>(TensorView<From, 3> in) {
      using Source = std::remove_const_t<From>;
      const Index last = in.extent(2) - 1;
      for (Index i = x; i < x + count; ++i)
        out(y, i, 3) = picture_tile_detail::rescaled<To, Source>(from.has_alpha() ? in(y, i, last)
                                                                                  : std::numeric_limits<Source>::max());
    });
  };
  if (to.bits() == 32) return into(to.samples<float>());
  visit_samples(to, into);
}

}  // namespace icolorit
