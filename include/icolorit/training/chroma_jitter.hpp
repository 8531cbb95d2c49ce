// ChromaJitter: the same picture in other colours, so that the network follows hints rather than its memory.
#pragma once

#include <cmath>
#include <numbers>

#include "icolorit/core/random.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// An Augmentation::jitter: turns every hue of a picture by one random angle and multiplies every chroma by one random
/// factor. Lightness stays, so that the result may leave the colours that a screen can show by a little.
struct ChromaJitter {
  double hue = 0;     ///< most that hues turn, in degrees: the angle is uniform in [-hue, hue]
  double chroma = 0;  ///< the factor's logarithm is uniform in [-log(1 + chroma), log(1 + chroma)]

  /// lab (3,S,S) in network units, changed in place. Draws the angle, then the factor.
  void operator()(TensorView<float, 3> lab, Random& random) const {
    const double angle = hue * std::numbers::pi / 180 * (2 * random.uniform() - 1);
    const double factor = std::pow(1 + chroma, 2 * random.uniform() - 1);
    const auto along = static_cast<float>(factor * std::cos(angle)),
               across = static_cast<float>(factor * std::sin(angle));
    for (Index y = 0; y < lab.extent(1); ++y)
      for (Index x = 0; x < lab.extent(2); ++x) {
        const float a = lab(1, y, x), b = lab(2, y, x);
        lab(1, y, x) = along * a - across * b;
        lab(2, y, x) = across * a + along * b;
      }
  }
};

}  // namespace icolorit
