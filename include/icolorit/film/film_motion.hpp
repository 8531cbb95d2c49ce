// FilmMotion: what lies between the frames of a film: motion and cuts.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "icolorit/film/cut_detector.hpp"
#include "icolorit/film/film_frame.hpp"

namespace icolorit {

/// Measures the motion between frames that are read one after the other; needs no colours, so that it may run ahead of
/// the colourizer on a thread of its own.
/// One thread uses it at a time.
class FilmMotion {
 public:
  /// `max_pixels`: motion is measured on frames reduced to about that many pixels.
  explicit FilmMotion(FlowEstimator estimate, Index max_pixels = 60'000)
      : estimate_(std::move(estimate)), max_pixels_(max_pixels) {}

  /// The next frame. Throws ShapeError where it has another size than the one before.
  FilmFrame add(Image picture, std::optional<std::vector<Hint>> key) {
    FilmFrame frame;
    frame.number = next_++;
    frame.grey = grey_for_motion(picture, max_pixels_);
    frame.picture = std::move(picture);
    frame.key = std::move(key);
    if (!last_.grey.empty()) {
      frame.motion = motion_between(last_.grey_view(), frame.grey_view(), estimate_);
      frame.is_cut = is_cut(last_.grey_view(), frame.grey_view(), *frame.motion);
    }
    last_.grey = frame.grey;
    return frame;
  }

  /// The number of the frame that comes next.
  void begin_at(Index number) { next_ = number; }

 private:
  FlowEstimator estimate_;
  Index max_pixels_;
  Index next_ = 0;
  FilmFrame last_;  // its grey picture alone
};

}  // namespace icolorit
