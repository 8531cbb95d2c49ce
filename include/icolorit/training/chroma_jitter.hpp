// ChromaJitter: the same picture in other colours, so that the network follows hints rather than its memory.
#pragma once

#include <cmath>
#include <numbers>

#include "icolorit/core/config.hpp"
#include "icolorit/core/random.hpp"
#include "icolorit/image/color_space.hpp"

namespace icolorit {

/// Turns the hue of a colour and multiplies its chroma: (a,b) as a complex number times (along + i across).
struct ChromaTurn {
  float along = 1, across = 0;

  ICOLORIT_HOST_DEVICE Lab<float> operator()(const Lab<float>& color) const {
    return {color.l, along * color.a - across * color.b, across * color.a + along * color.b};
  }
};

/// Turns every hue of a picture by one random angle and multiplies every chroma by one random factor. Lightness stays,
/// so that the result may leave the colours that a screen can show by a little.
struct ChromaJitter {
  double hue = 0;     ///< maximum rotation of the hues in degrees; the angle is uniform in [-hue, hue]
  double chroma = 0;  ///< the factor's logarithm is uniform in [-log(1 + chroma), log(1 + chroma)]

  /// Draws the angle, then the factor; nothing where nothing is to change.
  ChromaTurn draw(Random& random) const {
    if (hue == 0 && chroma == 0) return {};
    const double angle = hue * std::numbers::pi / 180 * (2 * random.uniform() - 1);
    const double factor = std::pow(1 + chroma, 2 * random.uniform() - 1);
    return {static_cast<float>(factor * std::cos(angle)), static_cast<float>(factor * std::sin(angle))};
  }
};

}  // namespace icolorit
