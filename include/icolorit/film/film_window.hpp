// FilmWindow: the frames that were read and are not yet coloured, so that the hints of a key frame also act on the
// frames before it.
#pragma once

#include <deque>
#include <utility>
#include <vector>

#include "icolorit/film/film_frame.hpp"

namespace icolorit {

/// One thread uses it at a time.
class FilmWindow {
 public:
  /// Holds up to `length` frames. Throws ArgumentError below 1.
  explicit FilmWindow(Index length) : length_(length) {
    if (length < 1) throw ArgumentError(concat("FilmWindow: ", length, " frames asked for, expected at least 1"));
  }

  bool is_full() const { return std::ssize(frames_) >= length_; }
  bool empty() const { return frames_.empty(); }

  /// The next frame. The hints of a key frame travel back to the key frame before it, to a cut or to the window's
  /// beginning, whichever comes first; over the way from another key frame they grow from nothing to all of their
  /// strength.
  void add(FilmFrame frame) {
    frames_.push_back(std::move(frame));
    if (frames_.back().key) bring_back();
  }

  /// The oldest frame, taken out.
  FilmFrame take() {
    FilmFrame frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

 private:
  void bring_back() {
    const std::size_t last = frames_.size() - 1;
    const FilmFrame& key = frames_[last];
    std::size_t first = last;  // the earliest frame that the hints reach
    while (first > 0 && frames_[first].continues() && !frames_[first - 1].key) --first;
    // At the start of a shot no older hints are there to compete with.
    const bool from_start = !frames_[first].continues();
    const HintCarrier carrier(key.picture.width(), key.picture.height());
    std::vector<TravellingHint> hints;
    for (const Hint& hint : *key.key) hints.push_back(carrier.begin(hint, key.number, key.grey_view()));
    for (std::size_t i = last; i-- > first;) {
      const Motion& motion = *frames_[i + 1].motion;
      // On the way back, a hint that is hidden had not appeared yet.
      std::erase_if(hints, [&](TravellingHint& hint) {
        return !carrier.carry(hint, motion.to_previous, motion.to_next, frames_[i].grey_view()) || hint.strength < 1;
      });
      frames_[i].from_ahead = hints;
      if (from_start) continue;
      const auto share = static_cast<float>(i - first + 1) / static_cast<float>(last - first + 1);
      for (TravellingHint& hint : frames_[i].from_ahead) hint.strength = share;
    }
  }

  Index length_;
  std::deque<FilmFrame> frames_;
};

}  // namespace icolorit
