// A hint that follows what it was given for, from frame to frame.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "icolorit/image/flow_field.hpp"
#include "icolorit/image/hints.hpp"

namespace icolorit {

struct TravellingHint {
  Hint hint;             ///< colour and radius; its place is the one at the key frame
  Point place;           ///< in pixels of the present frame
  float brightness = 0;  ///< of what it lies on, in [0,255]
  float strength = 1;    ///< below 1 it is fading, because what it lay on is hidden; at 0 it is gone
  Index key = 0;         ///< the number of its key frame
  Point motion;          ///< by how many pixels it moved last, as far as that is sure

  /// The pixel that it is in.
  Hint at_place() const {
    Hint moved = hint;
    moved.x = static_cast<Index>(std::lround(place.x));
    moved.y = static_cast<Index>(std::lround(place.y));
    return moved;
  }
};

/// Carries hints between neighbouring frames of width x height pixels, over grey pictures and flows of a size of their
/// own. Threads may share one.
class HintCarrier {
 public:
  HintCarrier(Index width, Index height) : width_(width), height_(height) {}

  /// A hint as its key frame gives it. Throws ArgumentError for one outside the frame.
  TravellingHint begin(const Hint& hint, Index key, TensorView<const std::uint8_t, 2> grey) const {
    expect_hint("HintCarrier.begin", hint, width_, height_);
    const Point place{static_cast<float>(hint.x), static_cast<float>(hint.y)};
    return {hint, place, brightness(grey, in_grey(place, grey)), 1, key, {}};
  }

  /// Brings the hint along the flow `there` into the frame whose grey picture is given; `back` is the flow from that
  /// frame. Where the flows disagree, or the place is much brighter or darker than what the hint lay on, the hint's
  /// strength falls and it moves on as it did before; it recovers where it is found again before it is gone. False
  /// where it is gone or has left the picture.
  bool carry(TravellingHint& hint, const FlowField& there, const FlowField& back,
             TensorView<const std::uint8_t, 2> grey) const {
    constexpr float per_frame = .25f;          // gone after four frames
    constexpr float same_brightness = 25;      // of 255; film grain and flashes of light stay below
    constexpr float brightness_follows = .1f;  // light changes slowly, an object in front does so at once
    const Point from = in_grey(hint.place, grey), to = there.follow(from);
    const float now = brightness(grey, to);
    const bool is_found = flows_agree(from, to, back.follow(to)) && std::abs(now - hint.brightness) <= same_brightness;
    if (is_found) {
      const Point place{rescale_place(to.x, grey.extent(1), width_), rescale_place(to.y, grey.extent(0), height_)};
      hint.motion = {place.x - hint.place.x, place.y - hint.place.y};
      hint.brightness += brightness_follows * (now - hint.brightness);
    }
    hint.place = {hint.place.x + hint.motion.x, hint.place.y + hint.motion.y};
    hint.strength = is_found ? std::min(hint.strength + per_frame, 1.f) : hint.strength - per_frame;
    const auto lies_within = [](float at, Index extent) { return at >= -.5f && at < static_cast<float>(extent) - .5f; };
    return hint.strength > 0 && lies_within(hint.place.x, width_) && lies_within(hint.place.y, height_);
  }

 private:
  Point in_grey(Point place, TensorView<const std::uint8_t, 2> grey) const {
    return {rescale_place(place.x, width_, grey.extent(1)), rescale_place(place.y, height_, grey.extent(0))};
  }

  /// The mean over 3 x 3 pixels: one alone may be a grain.
  static float brightness(TensorView<const std::uint8_t, 2> grey, Point at) {
    float sum = 0;
    for (const float dy : {-1.f, 0.f, 1.f})
      for (const float dx : {-1.f, 0.f, 1.f}) sum += bilinear(grey, {at.x + dx, at.y + dy});
    return sum / 9;
  }

  Index width_, height_;
};

}  // namespace icolorit
