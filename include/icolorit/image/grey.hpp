// Whether a picture shows any colour worth learning from.
#pragma once

#include <algorithm>

#include "icolorit/image/image.hpp"

namespace icolorit {

/// True where the picture has no colour channels, or fewer than one pixel in a thousand is clearly coloured: its
/// largest and smallest component differ by more than 16 of 255, which lossy compression of a grey picture does not
/// reach. A picture toned in one hue counts as coloured.
inline bool is_grey(const Image& image) {
  if (!image.has_color()) return true;
  const int clearly = 16 * (image.max_value() / 255);
  return visit_samples(image, [&](auto samples) {
    const auto pixels = samples.rows();  // (H*W,C)
    Index colored = 0;
    for (Index i = 0; i < pixels.extent(0); ++i) {
      const auto* const pixel = pixels.data() + i * pixels.extent(1);
      const auto [least, most] = std::minmax({int{pixel[0]}, int{pixel[1]}, int{pixel[2]}});
      colored += most - least > clearly;
    }
    return 1000 * colored < pixels.extent(0);
  });
}

}  // namespace icolorit
