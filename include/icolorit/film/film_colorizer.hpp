// FilmColorizer: colours a film frame by frame from hints at key frames, with colours that stay where they belong.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/film/film_motion.hpp"
#include "icolorit/film/hint_tracks.hpp"
#include "icolorit/film/steady_colors.hpp"
#include "icolorit/image/finish.hpp"
#include "icolorit/image/hint_correction.hpp"
#include "icolorit/image/metrics/flicker.hpp"
#include "icolorit/models/color_engine.hpp"

namespace icolorit {

/// What a film that is taken up again needs of the frame that was coloured last.
struct FilmState {
  Index frame = 0;
  std::vector<TravellingHint> hints;
  Index lost = 0;
  std::vector<float> ab;  ///< (2,h,w) at the engine's working size
};

struct ColoredFrame {
  Image image;
  Index hints = 0;                 ///< that acted on it
  Index lost = 0;                  ///< hidden or out of the picture, of the film so far
  std::optional<Flicker> flicker;  ///< against the frame before; none after a cut
};

/// Frames of one size, in order. One thread uses it.
///
///   FilmMotion motion{BlockMatching()};
///   FilmColorizer film(FusionEngine(model), width, height);
///   for (...) write(film.color(motion.add(read_frame(), hints_or_nothing)).image);
template <ColorEngine Engine>
class FilmColorizer {
 public:
  FilmColorizer(Engine engine, Index width, Index height, const SteadyColorsOptions& options = {})
      : engine_(std::move(engine)),
        options_(options),
        width_(width),
        height_(height),
        size_(engine_.working_size(width, height)),
        tracks_(width, height),
        upsampler_(Upsampling::guided, size_.second, size_.first, height, width) {}

  /// Of the frame's size and depth. Throws ShapeError for another size, ArgumentError for a hint outside the frame.
  ColoredFrame color(const FilmFrame& frame) {
    const ImageView picture(frame.picture);
    if (picture.width() != width_ || picture.height() != height_)
      throw ShapeError(concat("FilmColorizer.color: the frame is ", picture.width(), " x ", picture.height(),
                              " pixels, expected ", width_, " x ", height_));
    const bool continues = frame.continues() && shown_.size() > 0;
    tracks_.advance(frame);
    const std::vector<Hint> hints = hints_of(frame, continues);

    Buffer<float> fresh(2 * size_.first * size_.second);
    engine_.set_picture(picture);
    engine_.predict(view(fresh), hints, picture, {});
    ColoredFrame result;
    result.hints = std::ssize(hints);
    result.lost = tracks_.lost();
    if (continues) {
      const Buffer<float> before = copy(shown_);
      steady_colors(shown_, view(std::as_const(fresh)), *frame.motion, options_,
                    [&](Index rows, auto&& row) { engine_.for_each(rows, row); });
      result.flicker = flicker(view(before), view(std::as_const(shown_)), *frame.motion);
    } else {
      shown_ = std::move(fresh);
    }
    last_ = frame.number;
    result.image = finished(picture, hints);
    return result;
  }

  /// After color(), and in the place of color() for the frame of that state. Throws ShapeError for the state of frames
  /// of another size or another engine.
  FilmState state() const {
    return {last_,
            {tracks_.hints().begin(), tracks_.hints().end()},
            tracks_.lost(),
            {shown_.data(), shown_.data() + shown_.size()}};
  }
  void restore(const FilmState& state) {
    if (std::ssize(state.ab) != 2 * size_.first * size_.second)
      throw ShapeError(concat("FilmColorizer.restore: the state has ", state.ab.size(), " numbers, expected ",
                              2 * size_.first * size_.second));
    shown_ = Buffer<float>(std::ssize(state.ab));
    std::ranges::copy(state.ab, shown_.data());
    tracks_.restore(state.hints, state.lost);
    last_ = state.frame;
  }

 private:
  TensorView<float, 3> view(Buffer<float>& ab) const { return ab.view(Index{2}, size_.second, size_.first); }
  TensorView<const float, 3> view(const Buffer<float>& ab) const {
    return ab.view(Index{2}, size_.second, size_.first);
  }
  static Buffer<float> copy(const Buffer<float>& from) {
    Buffer<float> to(from.size());
    std::copy_n(from.data(), from.size(), to.data());
    return to;
  }

  /// The acting hints as pixels of the frame. One that is fading asks for its colour mixed with what is there anyway,
  /// so that it goes without a jump.
  std::vector<Hint> hints_of(const FilmFrame& frame, bool continues) const {
    std::vector<Hint> hints;
    for (const TravellingHint& travelling : tracks_.acting(frame)) {
      Hint hint = travelling.at_place();
      hint.x = std::clamp(hint.x, Index{0}, width_ - 1);
      hint.y = std::clamp(hint.y, Index{0}, height_ - 1);
      if (travelling.strength < 1) {
        if (!continues) continue;
        const auto [a, b] = color_before(frame, travelling.place);
        hint.color.a = std::lerp(a, hint.color.a, travelling.strength);
        hint.color.b = std::lerp(b, hint.color.b, travelling.strength);
      }
      hints.push_back(hint);
    }
    return hints;
  }

  /// a and b that the frame before had of what this one has at `place`.
  std::pair<float, float> color_before(const FilmFrame& frame, Point place) const {
    const FlowField& back = frame.motion->to_previous;
    const Point there =
        back.follow({rescale_place(place.x, width_, back.width()), rescale_place(place.y, height_, back.height())});
    const Point at{rescale_place(there.x, back.width(), size_.first),
                   rescale_place(there.y, back.height(), size_.second)};
    return {bilinear(view(shown_)[0], at), bilinear(view(shown_)[1], at)};
  }

  Image finished(const ImageView& picture, std::span<const Hint> hints) {
    Image image = colored_like(picture);
    const auto rows_on_threads = [&](Index rows, auto&& paint) {
      constexpr Index block = 16;
      engine_.for_each((rows + block - 1) / block, [&](Index i) { paint(i * block, std::min(rows, (i + 1) * block)); });
    };
    upsampler_.set_guide(picture);
    upsampler_.set_ab(view(std::as_const(shown_)));
    if constexpr (Engine::keeps_hints) {
      const float scale = std::max({1.f, static_cast<float>(width_) / static_cast<float>(size_.first),
                                    static_cast<float>(height_) / static_cast<float>(size_.second)});
      corrected_.set(picture, upsampler_, hints, scale);
      finish(image, picture, corrected_, rows_on_threads);
    } else {
      finish(image, picture, upsampler_, rows_on_threads);
    }
    return image;
  }

  Engine engine_;
  SteadyColorsOptions options_;
  Index width_, height_;
  std::pair<Index, Index> size_;  // width and height that the engine works at
  HintTracks tracks_;
  Upsampler upsampler_;
  CorrectedColors corrected_;
  Buffer<float> shown_;  // (2,h,w), ab of the last frame
  Index last_ = 0;
};

}  // namespace icolorit
