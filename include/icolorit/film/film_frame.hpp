// FilmFrame: one frame of a film on its way through the colourizer, and what is known of it beside its pixels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "icolorit/film/travelling_hint.hpp"
#include "icolorit/image/flow_field.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/models/optimization_engine.hpp"

namespace icolorit {

struct FilmFrame {
  Index number = 0;  ///< from 0
  Image picture;
  Image grey;                              ///< its lightness in 8 bits, reduced to where motion is measured
  std::optional<Motion> motion;            ///< from the frame before; none at the film's first frame
  bool is_cut = false;                     ///< nothing of the frame before is in it
  std::optional<std::vector<Hint>> key;    ///< its own hints, where it is a key frame
  std::vector<TravellingHint> from_ahead;  ///< hints of the next key frame, brought back to this one

  /// Whether colours can come from the frame before.
  bool continues() const { return motion && !is_cut; }
  TensorView<const std::uint8_t, 2> grey_view() const {
    return {grey.samples<std::uint8_t>().data(), {grey.height(), grey.width()}};
  }
};

/// The lightness in 8 bits of a picture, at its own proportions, with at most about `max_pixels` pixels.
inline Image grey_for_motion(const ImageView& picture, Index max_pixels) {
  const auto [w, h] = OptimizationEngine::working_size(picture.width(), picture.height(), max_pixels);
  Buffer<float> lightness(h * w);
  squashed_lightness(lightness.view(h, w), picture);
  Image grey(w, h, 1, 8);
  std::transform(lightness.data(), lightness.data() + lightness.size(), grey.samples<std::uint8_t>().data(),
                 [](float l) { return static_cast<std::uint8_t>(std::clamp(2.55f * l, 0.f, 255.f) + .5f); });
  return grey;
}

}  // namespace icolorit
