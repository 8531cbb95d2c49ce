// AnyColorizer: a Colorizer whose engine is chosen while the program runs.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "icolorit/image/hint_list.hpp"
#include "icolorit/image/image_view.hpp"
#include "icolorit/models/color_engine.hpp"
#include "icolorit/models/colorizer_options.hpp"
#include "icolorit/models/try_functions.hpp"

namespace icolorit {

template <ColorEngine Engine>
class Colorizer;

/// Holds a Colorizer of any engine under one type. Everything is done, returned and thrown as Colorizer says; each call
/// costs one virtual call, and render allocates no more than the engine does. It can be moved, with its picture and
/// hints, not copied; one that was moved from may only be assigned to or destroyed.
///
///   AnyColorizer colorizer = weights.empty() ? AnyColorizer(Colorizer(OptimizationColors()))
///                                            : AnyColorizer(Colorizer(Model<CpuBackend>::load(weights)));
/// Thread-safety: as of Colorizer, one thread at a time.
class AnyColorizer : public TryFunctions<AnyColorizer> {
 public:
  /// Needs icolorit/models/colorizer.hpp, which this header, for the sake of files that only use colorizers, leaves
  /// out.
  template <ColorEngine Engine>
  AnyColorizer(Colorizer<Engine> colorizer) : held_(std::make_unique<Held<Engine>>(std::move(colorizer))) {}

  void set_image(Image picture) { held_->set_image(std::move(picture)); }
  void set_image(const ImageView& picture) { held_->set_image(picture); }
  const ImageView& image() const { return held_->image(); }

  HintList& hints() { return held_->hints(); }
  const HintList& hints() const { return std::as_const(*held_).hints(); }

  /// Valid until the next render or set_image, which write into the same picture.
  const Image& render(const ProgressCallback& progress = {}) { return held_->render(progress); }
  void render_into(const MutableImageView& out, const ProgressCallback& progress = {}) {
    held_->render_into(out, progress);
  }
  TensorView<const float, 3> ab() const { return held_->ab(); }
  Index lost_hints() const { return held_->lost_hints(); }
  Index memory_required(Index width, Index height) const { return held_->memory_required(width, height); }
  std::pair<double, double> hint_cell() const { return held_->hint_cell(); }

  Image colorize(Image picture, std::span<const Hint> hints, const ProgressCallback& progress = {}) {
    return held_->colorize(std::move(picture), hints, progress);
  }
  Image colorize(const ImageView& picture, std::span<const Hint> hints, const ProgressCallback& progress = {}) {
    return held_->colorize(picture, hints, progress);
  }
  void colorize(const ImageView& picture, std::span<const Hint> hints, const MutableImageView& out,
                const ProgressCallback& progress = {}) {
    held_->colorize(picture, hints, out, progress);
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual void set_image(Image picture) = 0;
    virtual void set_image(const ImageView& picture) = 0;
    virtual const ImageView& image() const = 0;
    virtual HintList& hints() = 0;
    virtual const HintList& hints() const = 0;
    virtual const Image& render(const ProgressCallback& progress) = 0;
    virtual void render_into(const MutableImageView& out, const ProgressCallback& progress) = 0;
    virtual TensorView<const float, 3> ab() const = 0;
    virtual Index lost_hints() const = 0;
    virtual Index memory_required(Index width, Index height) const = 0;
    virtual std::pair<double, double> hint_cell() const = 0;
    virtual Image colorize(Image picture, std::span<const Hint> hints, const ProgressCallback& progress) = 0;
    virtual Image colorize(const ImageView& picture, std::span<const Hint> hints, const ProgressCallback& progress) = 0;
    virtual void colorize(const ImageView& picture, std::span<const Hint> hints, const MutableImageView& out,
                          const ProgressCallback& progress) = 0;
  };

  template <ColorEngine Engine>
  struct Held final : Interface {
    explicit Held(Colorizer<Engine> own) : colorizer(std::move(own)) {}

    void set_image(Image picture) override { colorizer.set_image(std::move(picture)); }
    void set_image(const ImageView& picture) override { colorizer.set_image(picture); }
    const ImageView& image() const override { return colorizer.image(); }
    HintList& hints() override { return colorizer.hints(); }
    const HintList& hints() const override { return colorizer.hints(); }
    const Image& render(const ProgressCallback& progress) override { return colorizer.render(progress); }
    void render_into(const MutableImageView& out, const ProgressCallback& progress) override {
      colorizer.render_into(out, progress);
    }
    TensorView<const float, 3> ab() const override { return colorizer.ab(); }
    Index lost_hints() const override { return colorizer.lost_hints(); }
    Index memory_required(Index width, Index height) const override { return colorizer.memory_required(width, height); }
    std::pair<double, double> hint_cell() const override { return colorizer.hint_cell(); }
    Image colorize(Image picture, std::span<const Hint> hints, const ProgressCallback& progress) override {
      return colorizer.colorize(std::move(picture), hints, progress);
    }
    Image colorize(const ImageView& picture, std::span<const Hint> hints, const ProgressCallback& progress) override {
      return colorizer.colorize(picture, hints, progress);
    }
    void colorize(const ImageView& picture, std::span<const Hint> hints, const MutableImageView& out,
                  const ProgressCallback& progress) override {
      colorizer.colorize(picture, hints, out, progress);
    }

    Colorizer<Engine> colorizer;
  };

  std::unique_ptr<Interface> held_;
};

}  // namespace icolorit
