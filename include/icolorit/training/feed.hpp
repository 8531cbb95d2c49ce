// Feed: batches of training pictures in a backend's memory, rendered there while the batch before is in use.
#pragma once

#include <algorithm>
#include <array>
#include <future>
#include <utility>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/raw_pictures.hpp"

namespace icolorit {

/// A batch in a backend's memory, valid until the feed's next call of `next` or `seek`.
template <class T>
struct FedBatch {
  TensorView<const T, 4> colors;   ///< (B,3,S,S), network units
  TensorView<const T, 2> mask;     ///< (B,cells), 0 at a hint, 1 elsewhere
  TensorView<const T, 3> weights;  ///< (B,S,S), of the pixels in the loss; empty unless WeighsPixels<D>
  LoaderPosition position;         ///< of this batch
};

/// The stream of a loader. A thread with a context of its own uploads and renders one batch ahead, so that the network
/// waits for pictures only where they cannot be decoded in time. The same interface as Loader. Synchronize the device
/// before calling next(): the previous batch's memory is reused.
/// Thread-safety: one thread at a time.
template <class B, class T, Dataset D>
  requires RunsKernels<B> && Converts<B, T, float>
class Feed {
 public:
  using Context = typename B::Context;

  /// Throws ArgumentError for impossible settings.
  Feed(const Context& beside, const D& dataset, LoaderConfig config)
      : context_(B::beside(beside)),
        batch_(config.share()),
        size_(config.augmentation.size),
        loader_(dataset, std::move(config)),
        bytes_(batch_ * Raw::max_bytes(size_)),
        pictures_(batch_),
        floats_(std::max(batch_ * loader_.cells(), weights_size())) {
    for (Slot& slot : slots_) {
      slot.lab = Buffer<T, Memory>(batch_ * 3 * size_ * size_);
      slot.mask = Buffer<T, Memory>(batch_ * loader_.cells());
      slot.weights = Buffer<T, Memory>(weights_size());
    }
  }

  Index steps_per_epoch() const { return loader_.steps_per_epoch(); }
  const SkipReport& skipped() const { return loader_.skipped(); }

  /// The batch at `position`, which moves on. What the data set or the backend threw is thrown here.
  FedBatch<T> next() {
    if (!ahead_.valid()) begin();
    const FedBatch<T> batch = ahead_.get();
    position_ = slots_[slot_].after;
    begin();
    return batch;
  }

  /// Of the batch that `next` will return.
  LoaderPosition position() const { return position_; }

  /// Goes there. Throws ArgumentError for a place that is not in the stream.
  void seek(LoaderPosition position) {
    if (ahead_.valid()) ahead_.wait();
    ahead_ = {};
    loader_.seek(position);
    position_ = position;
  }

  /// Bytes held in main memory, see Loader, and in the backend's.
  Index bytes() const {
    const Index each = batch_ * (3 * size_ * size_ + loader_.cells()) + weights_size();
    const Index rendered = std::ssize(slots_) * each * Index{sizeof(T)};
    return loader_.bytes() + Raw::bytes(batch_, size_) + floats_.size() * Index{sizeof(float)} + rendered;
  }

 private:
  using Memory = typename B::Memory;
  using Raw = RawPictures<typename B::TransferMemory>;

  struct Slot {
    Buffer<T, Memory> lab, mask, weights;
    LoaderPosition after;  // of the batch after the one in it
  };

  Index weights_size() const { return WeighsPixels<D> ? batch_ * size_ * size_ : 0; }

  /// Numbers from main memory into a buffer as large, converted on the way.
  void put(Buffer<T, Memory>& to, TensorView<const float, 1> from) {
    const TensorView<float, 1> floats = floats_.view(from.extent(0));
    B::upload(context_, floats, from);
    B::convert(context_, to.view(), TensorView<const float, 1>(floats));
  }

  void begin() {
    slot_ = 1 - slot_;
    ahead_ = std::async(std::launch::async, [this, &slot = slots_[slot_]] { return fill(slot); });
  }

  FedBatch<T> fill(Slot& slot) {
    const auto batch = loader_.next();
    slot.after = loader_.position();
    const auto raw = batch.colors;
    B::upload(context_, bytes_.view(raw.bytes.extent(0)), raw.bytes);
    B::upload(context_, pictures_.view(), raw.pictures);
    put(slot.mask, batch.mask.flat());
    TensorView<const T, 3> weights;
    if constexpr (WeighsPixels<D>) {
      put(slot.weights, batch.weights.flat());
      weights = std::as_const(slot.weights).view(batch_, size_, size_);
    }
    const TensorView<T, 4> lab = slot.lab.view(batch_, Index{3}, size_, size_);
    B::launch(context_, batch_ * size_ * size_, RenderPictures<T>{lab, bytes_.data(), pictures_.data()});
    context_.synchronize();
    return {lab, std::as_const(slot.mask).view(batch_, loader_.cells()), weights, batch.position};
  }

  Context context_;
  Index batch_, size_;
  Loader<D, Raw> loader_;
  Buffer<std::uint8_t, Memory> bytes_;
  Buffer<RawPicture, Memory> pictures_;  // (B)
  Buffer<float, Memory> floats_;         // on their way to T
  std::array<Slot, 2> slots_;
  std::size_t slot_ = 0;  // that was begun last
  LoaderPosition position_;
  std::future<FedBatch<T>> ahead_;  // last: waited for first
};

/// What a training on backend B reads from: a Feed, or, where B cannot render, a Loader.
template <class B, class T, Dataset D>
auto batch_source([[maybe_unused]] const typename B::Context& context, const D& dataset, LoaderConfig config) {
  if constexpr (RunsKernels<B>)
    return Feed<B, T, D>(context, dataset, std::move(config));
  else
    return Loader<D>(dataset, std::move(config));
}

}  // namespace icolorit
