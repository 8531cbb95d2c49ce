// Predictor: one thread's way to run a shared model on pictures in main memory.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "icolorit/core/progress.hpp"
#include "icolorit/core/transfer.hpp"
#include "icolorit/models/model.hpp"

namespace icolorit {

/// A context, a workspace and, where the model's numbers are not floats in main memory, room for copies: everything a
/// forward pass needs, allocated once. The model is shared, the predictor is not.
/// Thread-safety: one thread at a time; several predictors may share a Model.
template <class B, class T = float>
class Predictor {
 public:
  /// Room for up to `batch` pictures at a time.
  explicit Predictor(std::shared_ptr<const Model<B, T>> model, Index batch = 1,
                     typename B::Context context = typename B::Context())
      : model_(std::move(model)),
        context_(std::move(context)),
        workspace_([&](Arena& arena) { take_scratch(batch, arena); }),
        lab_(batch * 3 * pixels()),
        mask_(batch * pixels()),
        ab_(batch * 2 * pixels()) {}

  /// Bytes of the backend's memory that a predictor for `batch` pictures takes for its passes, beside the model.
  static Index memory_required(const Model<B, T>& model, Index batch,
                               const typename B::Context& context = typename B::Context()) {
    Arena arena = Arena::measuring();
    static_cast<void>(IColoriT::take_scratch<B, T>(context, model.prepared(), batch, arena));
    return arena.used();
  }
  Index memory_bytes() const { return workspace_.bytes(); }

  const Model<B, T>& model() const { return *model_; }
  typename B::Context& context() { return context_; }

  /// ab (B,2,H,W) from lab (B,3,H,W), network units, and mask (B,(H/s)(W/s)), 0 = hint, 1 = none; all contiguous, in
  /// main memory. Reports after every block. Allocates nothing. Throws ShapeError, Cancelled.
  void operator()(TensorView<float, 4> ab, TensorView<const float, 4> lab, TensorView<const float, 2> mask,
                  const ProgressCallback& progress = {}) {
    const auto after_block = [&](Index done, Index depth) {
      report(progress, static_cast<double>(done) / static_cast<double>(depth), "network");
    };
    Arena arena = workspace_.arena();
    const auto scratch = take_scratch(lab.extent(0), arena);
    const IColoriT::Inputs<T> inputs{lab_.put(context_, lab), mask_.put(context_, mask)};
    const auto forward = [&] {
      IColoriT::forward<B, T>(context_, ab_.place(ab), inputs, model_->prepared(), scratch, after_block);
    };
    if constexpr (ReplaysWork<B>) {
      if (progress)
        forward();
      else
        B::replay(context_, recordings_[{lab.extent(0), mask.extent(1)}], forward);
    } else {
      forward();
    }
    ab_.get(context_, ab);
  }

 private:
  Index pixels() const { return model_->height() * model_->width(); }
  IColoriT::Scratch<B, T> take_scratch(Index batch, Arena& arena) const {
    return IColoriT::take_scratch<B, T>(context_, model_->prepared(), batch, arena);
  }

  std::shared_ptr<const Model<B, T>> model_;
  typename B::Context context_;
  Workspace<typename B::Memory> workspace_;
  Staging<B, T> lab_, mask_, ab_;
  std::map<std::pair<Index, Index>, RecordingOf<B>> recordings_;  // by pictures and cells of the mask
};

}  // namespace icolorit
