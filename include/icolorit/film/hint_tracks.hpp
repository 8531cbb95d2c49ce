// HintTracks: the hints of the key frames so far, where they are now, and how those of the next key frame join them.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/film/film_frame.hpp"

namespace icolorit {

/// One thread uses it at a time.
class HintTracks {
 public:
  /// For frames of width x height pixels.
  HintTracks(Index width, Index height)
      : carrier_(width, height), near_(std::max(3.f, .015f * static_cast<float>(width))) {}

  /// From the frame before to this one, in order. A cut ends all hints; a key frame's own hints take the place of those
  /// beside them, the others go on. Throws ArgumentError for a hint of the key outside the frame.
  void advance(const FilmFrame& frame) {
    if (!frame.continues()) {
      hints_.clear();
    } else {
      const auto is_gone = [&](TravellingHint& hint) {
        return !carrier_.carry(hint, frame.motion->to_next, frame.motion->to_previous, frame.grey_view());
      };
      lost_ += static_cast<Index>(std::erase_if(hints_, is_gone));
    }
    if (frame.key) give(frame);
  }

  /// What acts on the frame that advance() saw last: the hints so far and those from ahead. Two beside each other are
  /// the same spot seen from two key frames: between them lies a mean, weighted by the distance to either frame.
  std::vector<TravellingHint> acting(const FilmFrame& frame) const {
    std::vector<TravellingHint> result = hints_;
    for (const TravellingHint& ahead : frame.from_ahead) {
      const auto known = nearest(result, static_cast<std::ptrdiff_t>(hints_.size()), ahead.place);
      if (known == result.end()) {
        result.push_back(ahead);
        continue;
      }
      const auto passed = static_cast<float>(frame.number - known->key),
                 whole = static_cast<float>(ahead.key - known->key);
      const float share = passed / whole;
      known->place = {std::lerp(known->place.x, ahead.place.x, share), std::lerp(known->place.y, ahead.place.y, share)};
      known->hint.color = mixed(known->hint.color, ahead.hint.color, share);
      known->hint.radius = std::lerp(known->hint.radius, ahead.hint.radius, share);
      known->strength = std::max(known->strength, share);
    }
    return result;
  }

  /// How many were hidden, or left the picture, so far.
  Index lost() const { return lost_; }

  /// For a film that is taken up again.
  std::span<const TravellingHint> hints() const { return hints_; }
  void restore(std::vector<TravellingHint> hints, Index lost) {
    hints_ = std::move(hints);
    lost_ = lost;
  }

 private:
  static Lab<float> mixed(const Lab<float>& a, const Lab<float>& b, float share) {
    return {std::lerp(a.l, b.l, share), std::lerp(a.a, b.a, share), std::lerp(a.b, b.b, share)};
  }

  /// Of the first `count` hints the nearest one that counts as the same spot; the end where there is none.
  std::vector<TravellingHint>::iterator nearest(std::vector<TravellingHint>& hints, std::ptrdiff_t count,
                                                Point place) const {
    auto best = hints.end();
    float least = near_;
    for (auto hint = hints.begin(); hint != hints.begin() + count; ++hint) {
      const float distance = std::hypot(hint->place.x - place.x, hint->place.y - place.y);
      if (distance < least) least = distance, best = hint;
    }
    return best;
  }

  void give(const FilmFrame& frame) {
    std::vector<TravellingHint> given;
    for (const Hint& hint : *frame.key) given.push_back(carrier_.begin(hint, frame.number, frame.grey_view()));
    for (const TravellingHint& hint : given)
      std::erase_if(hints_, [&](const TravellingHint& old) {
        return std::hypot(old.place.x - hint.place.x, old.place.y - hint.place.y) < near_;
      });
    hints_.insert(hints_.end(), given.begin(), given.end());
  }

  HintCarrier carrier_;
  float near_;  // pixels between hints that count as one spot
  std::vector<TravellingHint> hints_;
  Index lost_ = 0;
};

}  // namespace icolorit
