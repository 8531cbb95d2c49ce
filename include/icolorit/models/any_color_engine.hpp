// AnyColorEngine: an engine that is chosen while the program runs, for code that does more with it than a Colorizer.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "icolorit/models/color_engine.hpp"

namespace icolorit {

/// Holds any engine under one type, itself an engine. Everything is done, returned and thrown as the held one does, but
/// for keeps_hints, which is true of all: an engine that paints what it finds likely has its colours corrected at the
/// hints, too. It can be moved, not copied.
/// Thread-safety: one thread at a time.
class AnyColorEngine {
 public:
  template <ColorEngine Engine>
  AnyColorEngine(Engine engine) : held_(std::make_unique<Held<Engine>>(std::move(engine))) {}  // NOLINT: converts

  static constexpr bool keeps_hints = true;

  std::pair<Index, Index> working_size(Index width, Index height) const { return held_->working_size(width, height); }
  void set_picture(const ImageView& picture) { held_->set_picture(picture); }
  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView& picture,
               const ProgressCallback& progress) {
    held_->predict(ab, hints, picture, progress);
  }
  Index lost_hints() const { return held_->lost_hints(); }
  std::pair<double, double> hint_cell(Index width, Index height) const { return held_->hint_cell(width, height); }
  template <class F>
  void for_each(Index count, F&& f) {
    held_->for_each(count, std::ref(f));
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::pair<Index, Index> working_size(Index width, Index height) const = 0;
    virtual void set_picture(const ImageView& picture) = 0;
    virtual void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView& picture,
                         const ProgressCallback& progress) = 0;
    virtual Index lost_hints() const = 0;
    virtual std::pair<double, double> hint_cell(Index width, Index height) const = 0;
    virtual void for_each(Index count, const std::function<void(Index)>& f) = 0;
  };

  template <ColorEngine Engine>
  struct Held final : Interface {
    explicit Held(Engine own) : engine(std::move(own)) {}

    std::pair<Index, Index> working_size(Index width, Index height) const override {
      return engine.working_size(width, height);
    }
    void set_picture(const ImageView& picture) override { engine.set_picture(picture); }
    void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView& picture,
                 const ProgressCallback& progress) override {
      engine.predict(ab, hints, picture, progress);
    }
    Index lost_hints() const override { return engine.lost_hints(); }
    std::pair<double, double> hint_cell(Index width, Index height) const override {
      return engine.hint_cell(width, height);
    }
    void for_each(Index count, const std::function<void(Index)>& f) override { engine.for_each(count, f); }

    Engine engine;
  };

  std::unique_ptr<Interface> held_;
};

}  // namespace icolorit
