// Loader: batches of training pictures, made ahead by worker threads in memory that is taken once.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/training/epoch_order.hpp"
#include "icolorit/training/lab_pictures.hpp"
#include "icolorit/training/sample_maker.hpp"

namespace icolorit {

struct LoaderConfig {
  Index batch = 256;             ///< pictures a batch
  Index threads = 2;             ///< that make them
  Index batches = 3;             ///< held in memory: one in the caller's hands, the others ahead
  std::uint64_t seed = 4885;     ///< published
  Index rank = 0, ranks = 1;     ///< of `ranks` loaders this one makes an equal share of every batch, in their order
  Index pictures_per_epoch = 0;  ///< 0: as many as the data set has
  std::vector<double> weights;   ///< one a picture, see picture_weights; empty: all alike
  Augmentation augmentation;
  HintDistribution hints;

  /// Pictures of a batch that this loader makes.
  Index share() const { return batch / ranks; }
};

/// A place in the stream of batches; what a checkpoint keeps of the loader, besides its settings.
struct LoaderPosition {
  Index epoch = 0, step = 0;
  friend constexpr auto operator<=>(const LoaderPosition&, const LoaderPosition&) = default;
  friend constexpr bool operator==(const LoaderPosition&, const LoaderPosition&) = default;  // nvcc 13 wants it said
};

/// A loader's share of B pictures. Valid until the loader's next call of `next` or `seek`.
template <class Colors = LabPictures::View>
struct Batch {
  Colors colors;                       ///< (B) pictures
  TensorView<const float, 2> mask;     ///< (B,cells), 0 at a hint, 1 elsewhere
  TensorView<const float, 3> weights;  ///< (B,S,S), of the pixels in the loss; empty unless WeighsPixels<D>
  std::span<const Index> pictures;     ///< (B), their indices in the data set
  LoaderPosition position;             ///< of this batch
};

/// An endless stream of batches, epoch after epoch; the pictures that do not fill an epoch's last batch are left out.
/// Batch (epoch, step) depends on the data, the settings and nothing else: neither on the number of threads nor on
/// where the stream began. The data set must outlive it. Destruction stops the
/// workers after the pictures they are at. `Pictures` is what it keeps of them: LabPictures or RawPictures.
/// Thread-safety: one thread at a time; it loads on threads of its own, which call the data set.
template <Dataset D, class Pictures = LabPictures>
class Loader {
 public:
  using Batch = icolorit::Batch<typename Pictures::View>;

  /// Begins at `start`. Throws ArgumentError for impossible settings.
  Loader(const D& dataset, LoaderConfig config, LoaderPosition start = {})
      : config_(complete(std::move(config), dataset.size())), maker_(dataset, config_.augmentation, config_.hints) {
    for (Index i = 0; i < config_.batches; ++i) slots_.emplace_back(config_.share(), maker_.size(), maker_.cells());
    seek(start);
  }

  Index cells() const { return maker_.cells(); }
  Index steps_per_epoch() const { return config_.pictures_per_epoch / config_.batch; }

  /// The batch at `position`, which moves on. What a worker threw is thrown here, when its batch is reached, and again
  /// on every further call.
  Batch next() {
    std::unique_lock lock(mutex_);
    if (std::exchange(handed_out_, false)) {
      slot_of(current_).clear();
      ++current_;
      room_.notify_all();
    }
    Slot& slot = slot_of(current_);
    ready_.wait(lock, [&] { return slot.done == config_.share(); });
    if (slot.error) std::rethrow_exception(slot.error);
    handed_out_ = true;
    return {std::as_const(slot.colors).view(), std::as_const(slot.mask).view(config_.share(), maker_.cells()),
            weights_of(std::as_const(slot.weights)), slot.pictures, position_of(current_)};
  }

  /// Of the batch that `next` will return.
  LoaderPosition position() const { return position_of(current_ + (handed_out_ ? 1 : 0)); }

  /// Goes there. What was made ahead is dropped. Throws ArgumentError for a place that is not in the stream.
  void seek(LoaderPosition position) {
    constexpr Index max_epoch = Index{1} << 30;  // times 2^32 pictures is still an Index
    if (position.epoch < 0 || position.epoch > max_epoch || position.step < 0 || position.step >= steps_per_epoch())
      throw ArgumentError(concat("Loader.seek: epoch ", position.epoch, ", step ", position.step,
                                 ", expected an epoch in [0,", max_epoch, "] and a step in [0,", steps_per_epoch(),
                                 ")"));
    workers_.clear();  // stops and joins
    for (Slot& slot : slots_) {
      slot.clear();
      slot.error = nullptr;
    }
    current_ = position.epoch * steps_per_epoch() + position.step;
    claimed_ = current_ * config_.share();
    handed_out_ = false;
    for (Index i = 0; i < config_.threads; ++i)
      workers_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
  }

  /// Pictures that were replaced by others since the loader was made. Any thread may ask.
  const SkipReport& skipped() const { return skipped_; }

  /// Bytes held from the beginning to the end, besides one decoded picture a thread.
  Index bytes() const {
    const Index batch = Pictures::bytes(config_.share(), maker_.size()) +
                        config_.share() * ((maker_.cells() + weights_size(maker_.size())) * Index{sizeof(float)} +
                                           Index{sizeof(Index)});
    return config_.batches * batch + config_.pictures_per_epoch * Index{sizeof(Index)} +
           std::ssize(config_.weights) * Index{sizeof(double)};
  }

 private:
  /// Elements of the weights of one picture of that size.
  static constexpr Index weights_size(Index size) { return WeighsPixels<D> ? size * size : 0; }

  /// The memory of one batch. Pictures, mask, weights and indices belong to the workers until done == B, then to the
  /// caller; the mutex guards the rest.
  struct Slot {
    Slot(Index batch, Index size, Index cells)
        : colors(batch, size),
          mask(batch * cells),
          weights(batch * weights_size(size)),
          pictures(static_cast<std::size_t>(batch)) {}

    void clear() {
      colors.clear();
      done = 0;
    }

    Pictures colors;
    Buffer<float, typename Pictures::Memory> mask, weights;
    std::vector<Index> pictures;
    Index done = 0;
    std::exception_ptr error;
    Index failed = 0;  // the picture that `error` is about: the first of several, whichever thread was faster
  };

  static LoaderConfig complete(LoaderConfig config, Index size) {
    if (config.pictures_per_epoch == 0) config.pictures_per_epoch = size;
    if (config.weights.empty()) config.weights.assign(static_cast<std::size_t>(size), 1.0);
    if (config.batch < 1 || config.threads < 1 || config.batches < 1)
      throw ArgumentError(concat("Loader: batches of ", config.batch, " pictures, ", config.threads, " threads, ",
                                 config.batches, " batches in memory, expected at least 1 of each"));
    if (config.ranks < 1 || config.rank < 0 || config.rank >= config.ranks || config.batch % config.ranks != 0)
      throw ArgumentError(concat("Loader: rank ", config.rank, " of ", config.ranks, " with batches of ", config.batch,
                                 " pictures, expected equal shares for ranks counted from 0"));
    if (config.pictures_per_epoch < config.batch)
      throw ArgumentError(concat("Loader: an epoch of ", config.pictures_per_epoch, " pictures has no batch of ",
                                 config.batch, ", use smaller batches or more pictures an epoch"));
    if (std::ssize(config.weights) != size)
      throw ArgumentError(concat("Loader: ", config.weights.size(), " weights for ", size, " pictures"));
    for (const double weight : config.weights)
      if (!(weight > 0 && weight < 1e12))
        throw ArgumentError(concat("Loader: a picture has the weight ", weight, ", expected a positive number"));
    return config;
  }

  /// (B,S,S), or empty.
  template <class Memory>
  auto weights_of(Memory& weights) const {
    using View = decltype(weights.view(config_.share(), maker_.size(), maker_.size()));
    return WeighsPixels<D> ? weights.view(config_.share(), maker_.size(), maker_.size()) : View();
  }

  Slot& slot_of(Index batch) { return slots_[static_cast<std::size_t>(batch % config_.batches)]; }
  LoaderPosition position_of(Index batch) const { return {batch / steps_per_epoch(), batch % steps_per_epoch()}; }

  /// The next picture to make: its number in this loader's stream, counted from epoch 0, its index in the data set and
  /// its random stream.
  struct Claim {
    Index number;
    Index picture;
    Random random;
  };
  /// Under the mutex. Numbers are claimed in order, so one epoch's order is enough.
  Claim claim() {
    const Index number = claimed_++;
    const LoaderPosition batch = position_of(number / config_.share());
    const Index epoch = batch.epoch;
    const Index place = batch.step * config_.batch + config_.rank * config_.share() + number % config_.share();
    const std::uint64_t seed = epoch_seed(config_.seed, epoch);
    if (epoch != order_epoch_) {
      order_ = epoch_order(config_.weights, config_.pictures_per_epoch, seed);
      order_epoch_ = epoch;
    }
    return {number, order_[static_cast<std::size_t>(place)], Random(seed, static_cast<std::uint64_t>(place))};
  }

  void work(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, stop, [this] { return claimed_ < (current_ + config_.batches) * config_.share(); });
      if (stop.stop_requested()) return;
      const Claim task = claim();
      Slot& slot = slot_of(task.number / config_.share());
      lock.unlock();
      const std::exception_ptr error = make(slot, task);
      lock.lock();
      const Index place = task.number % config_.share();
      if (error && (!slot.error || place < slot.failed)) {
        slot.error = error;
        slot.failed = place;
      }
      if (++slot.done == config_.share()) ready_.notify_one();
    }
  }

  std::exception_ptr make(Slot& slot, const Claim& task) {
    const Index i = task.number % config_.share();
    try {
      const TensorView<float, 3> weights = weights_of(slot.weights);
      const TrainingSample sample =
          maker_(slot.mask.view(config_.share(), maker_.cells())[i], task.picture, task.random, skipped_,
                 weights.empty() ? TensorView<float, 2>() : weights[i]);
      slot.colors.put(i, sample.picture, sample.crop);
      slot.pictures[static_cast<std::size_t>(i)] = sample.index;
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  const LoaderConfig config_;
  const SampleMaker<D> maker_;
  SkipReport skipped_;

  mutable std::mutex mutex_;
  std::condition_variable_any room_;  // a batch was given back
  std::condition_variable ready_;     // a batch is complete
  std::deque<Slot> slots_;            // batch b is in slot b modulo batches
  Index current_ = 0;                 // the batch that the caller has or will get; written by the caller only
  bool handed_out_ = false;           // the caller has it; the caller's thread only
  Index claimed_ = 0;                 // pictures that workers have begun, counted from epoch 0
  std::vector<Index> order_;          // of order_epoch_
  Index order_epoch_ = -1;

  std::vector<std::jthread> workers_;  // last: stopped first
};

}  // namespace icolorit
