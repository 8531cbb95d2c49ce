// Colorizer: what users call. A picture in, hints in its own pixels, a coloured picture of the same size and depth out.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "icolorit/image/finish.hpp"
#include "icolorit/image/hint_list.hpp"
#include "icolorit/image/local_statistics.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/models/color_engine.hpp"

namespace icolorit {

struct ColorizerOptions {
  Upsampling upsampling = Upsampling::guided;
  /// Smooths the colours along the lightness at working size, before they are enlarged: the "local statistics"
  /// stabilizer.
  bool local_statistics = false;
};

/// One picture at a time, its hints, and the coloured result. set_image does everything that depends on the picture
/// alone; render does the rest, again and again while hints move, and allocates nothing beyond what the engine does.
/// One thread uses a Colorizer; several may share a Model.
///
///   Colorizer colorizer(Model<CpuBackend>::load("weights.safetensors"));
///   Image result = colorizer.colorize(photo, hints);
template <ColorEngine Engine>
class Colorizer {
 public:
  explicit Colorizer(Engine engine, const ColorizerOptions& options = {})
      : engine_(std::move(engine)), options_(options) {}

  /// Takes a picture of any depth and channels. Of its own colours, if it has any, only the lightness is used. Forgets
  /// all hints. Throws ArgumentError for an empty picture.
  void set_image(Image picture) {
    if (picture.empty()) throw ArgumentError("Colorizer.set_image: the picture is empty");
    canvas_.emplace(std::move(picture), engine_, options_);
  }

  /// Throws ArgumentError before the first set_image, as everything below.
  const Image& image() const { return canvas().original; }

  /// The hints in pixels of the picture: add, move, recolour, remove, undo; then render.
  HintList& hints() { return canvas().hints; }
  const HintList& hints() const { return canvas().hints; }

  /// The picture coloured from its present hints; valid until the next render or set_image. Throws Cancelled where the
  /// callback asks for it; then the last result stands.
  const Image& render(const ProgressCallback& progress = {}) {
    Canvas& c = canvas();
    // Finishing takes about a fifth of the time that a small network takes, less of a large one.
    const auto engine_progress = [&](const Progress& p) { return !progress || progress({0.8 * p.fraction, p.stage}); };
    engine_.predict(c.ab_view(), c.hints.hints(), c.original.width(), c.original.height(),
                    progress ? ProgressCallback(engine_progress) : ProgressCallback());
    if (c.statistics) (*c.statistics)(c.ab_view(), std::as_const(c).ab_view(), std::as_const(c).lightness_view());
    report(progress, 0.8, "full size");
    c.upsampler.set_ab(std::as_const(c).ab_view());
    finish(c.result, c.original, c.upsampler, [&](Index rows, auto&& paint) {
      constexpr Index block = 16;
      engine_.for_each((rows + block - 1) / block, [&](Index i) { paint(i * block, std::min(rows, (i + 1) * block)); });
    });
    report(progress, 1, "done");
    return c.result;
  }

  /// ab (2,h,w) of the last render at the engine's working size, Lab units.
  TensorView<const float, 3> ab() const { return canvas().ab_view(); }

  /// All in one: set_image, these hints, render. Throws as they do, and ArgumentError for a hint outside the picture.
  Image colorize(Image picture, std::span<const Hint> hints, const ProgressCallback& progress = {}) {
    set_image(std::move(picture));
    canvas().hints.add(hints);
    return render(progress);
  }

 private:
  // Local statistics that suit a network's patches: windows of a patch, in squared units of L.
  static constexpr Index statistics_radius = 4;
  static constexpr float statistics_eps = 4;

  // Everything that belongs to one picture.
  struct Canvas {
    Canvas(Image picture, Engine& engine, const ColorizerOptions& options)
        : original(std::move(picture)),
          hints(original.width(), original.height()),
          size(engine.working_size(original.width(), original.height())),
          lightness(size.first * size.second),
          ab(2 * size.first * size.second),
          upsampler(options.upsampling, size.second, size.first, original.height(), original.width()),
          result(colored_like(original)) {
      const auto [w, h] = size;
      if (options.local_statistics) statistics.emplace(h, w, statistics_radius, statistics_eps);
      std::fill_n(ab.data(), ab.size(), 0.f);
      const Image small = resize_pillow_bilinear(original, w, h);
      visit_samples(small, [&, rows = h, columns = w]<class S>(TensorView<S, 3> samples) {
        for (Index y = 0; y < rows; ++y)
          lightness_row<std::remove_const_t<S>>(lightness.view(rows, columns)[y], samples[y]);
      });
      engine.set_lightness(std::as_const(*this).lightness_view());
      upsampler.set_guide(original);
    }

    TensorView<float, 3> ab_view() { return ab.view(2, size.second, size.first); }
    TensorView<const float, 3> ab_view() const { return ab.view(2, size.second, size.first); }
    TensorView<const float, 2> lightness_view() const { return lightness.view(size.second, size.first); }

    Image original;
    HintList hints;
    std::pair<Index, Index> size;  // width and height the engine works at
    Buffer<float> lightness;       // (h,w)
    Buffer<float> ab;              // (2,h,w)
    std::optional<LocalStatistics> statistics;
    Upsampler upsampler;
    Image result;
  };

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
Colorizer(std::shared_ptr<const Model<B, T>>, ColorizerOptions = {}) -> Colorizer<NetworkEngine<B, T>>;

}  // namespace icolorit
