// Colorizer: what users call. A picture in, hints in its own pixels, a coloured picture of the same size and depth out.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "icolorit/core/log.hpp"
#include "icolorit/image/finish.hpp"
#include "icolorit/image/hint_correction.hpp"
#include "icolorit/image/hint_list.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/image/local_statistics.hpp"
#include "icolorit/image/pixels.hpp"
#include "icolorit/models/color_engine.hpp"
#include "icolorit/models/colorizer_options.hpp"
#include "icolorit/models/fusion_engine.hpp"
#include "icolorit/models/network_engine.hpp"
#include "icolorit/models/optimization_colors.hpp"
#include "icolorit/models/try_functions.hpp"

namespace icolorit {

/// One picture at a time, its hints, and the coloured result. set_image does everything that depends on the picture
/// alone; render does the rest, again and again while hints move, and allocates nothing beyond what the engine does.
///
///   Colorizer colorizer(Model<CpuBackend>::load("weights.safetensors"));
///   Image result = colorizer.colorize(photo, hints);
/// Thread-safety: one thread at a time, its hints included; several colorizers work at once, and may share a Model.
template <ColorEngine Engine>
class Colorizer : public TryFunctions<Colorizer<Engine>> {
 public:
  explicit Colorizer(Engine engine, const ColorizerOptions& options = {})
      : engine_(std::move(engine)), options_(options) {}

  /// Takes a picture of any depth and channels. Of its own colours, if it has any, only the lightness is used. Forgets
  /// all hints. Throws ArgumentError for an empty picture.
  void set_image(Image picture) {
    expect_picture("Colorizer.set_image", picture);
    canvas_.emplace(std::move(picture), engine_, options_);
    log_picture();
  }

  /// The same without a copy: the pixels are read where they are and must stay there, unchanged, until another picture
  /// is set. Floats are copied, into 16 bits. Throws ArgumentError as above.
  void set_image(const ImageView& picture) {
    expect_picture("Colorizer.set_image", picture);
    const bool is_own = canvas_ && !canvas_->own.empty() &&
                        picture.top_left() == canvas_->original.top_left();  // whose memory goes now
    if (picture.bits() == 32 || is_own) return set_image(image_from(picture));
    canvas_.emplace(ImageView(picture), engine_, options_);  // picture may be image(), which goes now
    log_picture();
  }

  /// The picture, wherever its pixels are. Throws ArgumentError before the first set_image, as everything below.
  const ImageView& image() const { return canvas().original; }

  /// The hints in pixels of the picture: add, move, recolour, remove, undo; then render.
  HintList& hints() { return canvas().hints; }
  const HintList& hints() const { return canvas().hints; }

  /// The picture coloured from its present hints; valid until the next render or set_image. Throws Cancelled where the
  /// callback asks for it; then the last result stands.
  const Image& render(const ProgressCallback& progress = {}) {
    Canvas& c = canvas();
    if (c.result.empty()) c.result = colored_like(c.original);
    render_into(c.result, progress);
    return c.result;
  }

  /// The same into memory of the caller's own, without a picture in between.
  ///   out  overwritten; the picture's size, 4 channels or, where the picture has no alpha, 3; any depth and order; no
  ///        part of the picture's own memory
  /// Throws ShapeError where out does not fit, ArgumentError where it shares memory with the picture, and Cancelled as
  /// render does.
  void render_into(const MutableImageView& out, const ProgressCallback& progress = {}) {
    Canvas& c = canvas();
    expect_finishable(out, c.original);
    // Finishing takes about a fifth of the time that a small network takes, less of a large one.
    engine_.predict(c.ab_view(), c.hints.hints(), c.original, ProgressPart(progress, 0, .8).callback());
    if (c.statistics) (*c.statistics)(c.ab_view(), std::as_const(c).ab_view(), std::as_const(c).lightness_view());
    report(progress, 0.8, "full size");
    c.upsampler.set_ab(std::as_const(c).ab_view());
    report(progress, 0.85, "full size");
    const auto rows_on_threads = [&](Index rows, auto&& paint) {
      constexpr Index block = 16;
      engine_.for_each((rows + block - 1) / block, [&](Index i) { paint(i * block, std::min(rows, (i + 1) * block)); });
    };
    if constexpr (Engine::keeps_hints) {
      c.corrected.set(c.original, c.upsampler, c.hints.hints(), c.scale());
      report(progress, 0.9, "full size");
      finish(out, c.original, c.corrected, rows_on_threads);
    } else {
      finish(out, c.original, c.upsampler, rows_on_threads);
    }
    if (const Index lost = lost_hints(); lost > 0)
      log_message(options_.log, LogLevel::warning, lost, " of ", c.hints.size(),
                  " hints do not count, because a later one took their place");
    if (progress) progress({1, "done"});  // nothing is left to cancel
  }

  /// ab (2,h,w) of the last render at the engine's working size, Lab units.
  TensorView<const float, 3> ab() const { return canvas().ab_view(); }

  /// How many hints of the last render do not count, because a later one took their place; hint_cell says how large
  /// such a place is, width and height in pixels of the picture.
  Index lost_hints() const { return engine_.lost_hints(); }
  std::pair<double, double> hint_cell() const {
    return engine_.hint_cell(canvas().original.width(), canvas().original.height());
  }

  /// About how many bytes a picture of that size takes from set_image on, beside its own pixels, the result's and what
  /// the engine keeps for all pictures. Of an engine that does not tell its part (memory_required) the colorizer's
  /// alone.
  Index memory_required(Index width, Index height) const {
    const auto [w, h] = engine_.working_size(width, height);
    Index bytes = 2 * w * h * static_cast<Index>(sizeof(float)) +
                  Upsampler::memory_required(options_.upsampling, h, w, height, width);
    if (options_.local_statistics) bytes += statistics_bytes * w * h;
    if constexpr (Engine::keeps_hints) bytes += height * static_cast<Index>(sizeof(Index));  // of CorrectedColors
    if constexpr (requires { engine_.memory_required(width, height); }) bytes += engine_.memory_required(width, height);
    return bytes;
  }

  /// All in one: set_image, these hints, render. Throws as they do. Where it throws ArgumentError, for an empty picture
  /// or a hint that HintList.add refuses, the picture and the hints that were there stay.
  Image colorize(Image picture, std::span<const Hint> hints, const ProgressCallback& progress = {}) {
    HintList checked = checked_hints(picture, hints);
    set_image(std::move(picture));
    canvas().hints = std::move(checked);
    return render(progress);
  }

  /// The same from memory of the caller's own, which is read until another picture is set, as by set_image.
  Image colorize(const ImageView& picture, std::span<const Hint> hints, const ProgressCallback& progress = {}) {
    HintList checked = checked_hints(picture, hints);
    set_image(picture);
    canvas().hints = std::move(checked);
    return render(progress);
  }

  /// The same from and into memory of the caller's own.
  void colorize(const ImageView& picture, std::span<const Hint> hints, const MutableImageView& out,
                const ProgressCallback& progress = {}) {
    HintList checked = checked_hints(picture, hints);
    expect_finishable(out, picture);
    set_image(picture);
    canvas().hints = std::move(checked);
    render_into(out, progress);
  }

 private:
  // Local statistics that suit a network's patches: windows of a patch, in squared units of L.
  static constexpr Index statistics_radius = 4;
  static constexpr float statistics_eps = 4;
  static constexpr Index statistics_bytes = 24;  // a working pixel

  // Everything that belongs to one picture.
  struct Canvas {
    Canvas(Image picture, Engine& engine, const ColorizerOptions& options)
        : Canvas(ImageView(picture), engine, options) {
      own = std::move(picture);
      original = own;
    }
    Canvas(const ImageView& picture, Engine& engine, const ColorizerOptions& options)
        : original(picture),
          hints(original.width(), original.height()),
          size(engine.working_size(original.width(), original.height())),
          ab(2 * size.first * size.second),
          upsampler(options.upsampling, size.second, size.first, original.height(), original.width()) {
      const auto [w, h] = size;
      std::fill_n(ab.data(), ab.size(), 0.f);
      if (options.local_statistics) {
        statistics.emplace(h, w, statistics_radius, statistics_eps);
        lightness = Buffer<float>(h * w);
        squashed_lightness(lightness.view(h, w), original);
      }
      engine.set_picture(original);
      upsampler.set_guide(original);
    }

    /// The side of a working pixel in pixels of the picture.
    float scale() const {
      return std::max({1.f, static_cast<float>(original.width()) / static_cast<float>(size.first),
                       static_cast<float>(original.height()) / static_cast<float>(size.second)});
    }

    TensorView<float, 3> ab_view() { return ab.view(2, size.second, size.first); }
    TensorView<const float, 3> ab_view() const { return ab.view(2, size.second, size.first); }
    TensorView<const float, 2> lightness_view() const { return lightness.view(size.second, size.first); }

    Image own;           // empty where the pixels are the caller's
    ImageView original;  // moving the canvas leaves the pixels of `own` where they are
    HintList hints;
    std::pair<Index, Index> size;  // width and height the engine works at
    Buffer<float> ab;              // (2,h,w)
    std::optional<LocalStatistics> statistics;
    Buffer<float> lightness;  // (h,w), for the statistics
    Upsampler upsampler;
    CorrectedColors corrected;  // for engines that keep hints
    Image result;               // of render; render_into needs none
  };

  void log_picture() const {
    const Canvas& c = *canvas_;
    log_message(options_.log, LogLevel::info, "a picture of ", c.original.width(), " x ", c.original.height(),
                " pixels, whose colours are computed at ", c.size.first, " x ", c.size.second);
  }

  template <class Picture>
  static void expect_picture(const char* function, const Picture& picture) {
    if (picture.empty()) throw ArgumentError(concat(function, ": the picture is empty"));
  }

  /// For a picture that is yet to be set, so that a hint that is refused changes nothing.
  template <class Picture>
  static HintList checked_hints(const Picture& picture, std::span<const Hint> hints) {
    expect_picture("Colorizer.colorize", picture);
    HintList list(picture.width(), picture.height());
    list.add(hints);
    return list;
  }

  Canvas& canvas() {
    if (!canvas_) throw ArgumentError("Colorizer: no picture yet, expected set_image before");
    return *canvas_;
  }
  const Canvas& canvas() const {
    if (!canvas_) throw ArgumentError("Colorizer: no picture yet, expected set_image before");
    return *canvas_;
  }

  Engine engine_;
  ColorizerOptions options_;
  std::optional<Canvas> canvas_;
};

template <class B, class T>
Colorizer(std::shared_ptr<const Model<B, T>>, ColorizerOptions = {}) -> Colorizer<FusionEngine<NetworkEngine<B, T>>>;

}  // namespace icolorit
