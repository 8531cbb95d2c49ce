// Predictor: one thread's way to run a shared model on pictures in main memory.
#pragma once

#include <memory>
#include <utility>

#include "icolorit/core/progress.hpp"
#include "icolorit/models/model.hpp"

namespace icolorit {

/// A context, a workspace and, where the model's numbers are not floats in main memory, room for copies: everything a
/// forward pass needs, allocated once. The model is shared, the predictor is not.
template <class B, class T = float>
class Predictor {
 public:
  /// Room for up to `batch` pictures at a time.
  explicit Predictor(std::shared_ptr<const Model<B, T>> model, Index batch = 1,
                     typename B::Context context = typename B::Context())
      : model_(std::move(model)),
        context_(std::move(context)),
        workspace_(IColoriT::workspace_bytes<B, T>(context_, model_->prepared(), batch)) {
    if constexpr (!direct) staging_ = Staging(batch, model_->height() * model_->width());
  }

  const Model<B, T>& model() const { return *model_; }
  typename B::Context& context() { return context_; }

  /// ab (B,2,H,W) from lab (B,3,H,W), network units, and mask (B,(H/s)(W/s)), 0 = hint, 1 = none; all contiguous, in
  /// main memory. Reports after every block. Allocates nothing. Throws ShapeError, Cancelled.
  void operator()(TensorView<float, 4> ab, TensorView<const float, 4> lab, TensorView<const float, 2> mask,
                  const ProgressCallback& progress = {}) {
    const auto after_block = [&](Index done, Index depth) {
      report(progress, static_cast<double>(done) / static_cast<double>(depth), "network");
    };
    if constexpr (direct) {
      IColoriT::forward<B, T>(context_, ab, lab, mask, model_->prepared(), workspace_.arena(), after_block);
    } else {
      const auto lab_there = staging_.lab.put(context_, lab);
      const auto mask_there = staging_.mask.put(context_, mask);
      const TensorView<T, 4> ab_there(staging_.ab.device.data(), ab.extents());
      IColoriT::forward<B, T>(context_, ab_there, lab_there, mask_there, model_->prepared(), workspace_.arena(),
                              after_block);
      staging_.ab.get(context_, ab);
    }
  }

 private:
  static constexpr bool direct = std::is_same_v<T, float> && std::is_same_v<typename B::Memory, HostMemory>;

  // A tensor on both sides: converted to T in main memory, then moved.
  struct Pair {
    Buffer<T> host;
    Buffer<T, typename B::Memory> device;

    Pair() = default;
    explicit Pair(Index elements) : host(elements), device(elements) {}

    template <int Rank>
    TensorView<const T, Rank> put(typename B::Context& context, TensorView<const float, Rank> from) {
      for (Index i = 0; i < from.elements(); ++i) host.data()[i] = static_cast<T>(from.data()[i]);
      B::upload(context, device.view(from.elements()), std::as_const(host).view(from.elements()));
      return {device.data(), from.extents()};
    }
    void get(typename B::Context& context, TensorView<float, 4> to) {
      B::download(context, host.view(to.elements()), std::as_const(device).view(to.elements()));
      for (Index i = 0; i < to.elements(); ++i) to.data()[i] = static_cast<float>(host.data()[i]);
    }
  };
  struct Staging {
    Pair lab, mask, ab;
    Staging() = default;
    Staging(Index batch, Index pixels) : lab(batch * 3 * pixels), mask(batch * pixels), ab(batch * 2 * pixels) {}
  };

  std::shared_ptr<const Model<B, T>> model_;
  typename B::Context context_;
  Workspace<typename B::Memory> workspace_;
  Staging staging_;
};

}  // namespace icolorit
