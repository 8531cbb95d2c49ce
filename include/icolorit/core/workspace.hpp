// Workspace: the memory of a pass, counted first, allocated once, handed out as tensors.
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <type_traits>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// Hands out tensors one behind the other in memory that it does not own. Whoever needs memory writes one function
/// `take(Arena&)` that returns its views. That function runs on a measuring arena, which has no memory and only counts,
/// and on a real one, and a pass writes to nothing but the views that it returned. So a plan never disagrees with its
/// run.
/// Thread-safety: one thread at a time.
class Arena {
 public:
  /// Counts bytes; the views it hands out have extents and no memory.
  static Arena measuring() { return Arena(nullptr, std::numeric_limits<Index>::max()); }

  Arena(std::byte* memory, Index bytes) : memory_(memory), capacity_(bytes) {}

  /// An uninitialised contiguous tensor, aligned to HostMemory::alignment. Throws ShapeError where the memory is too
  /// small.
  template <class T, int Rank>
  TensorView<T, Rank> take(const std::array<Index, Rank>& extents) {
    const Index count = Shape(std::span<const Index>(extents)).elements();
    constexpr Index step = HostMemory::alignment;
    const Index bytes = (count * static_cast<Index>(sizeof(T)) + step - 1) / step * step;
    if (bytes > capacity_ - used_)
      throw ShapeError(concat("Workspace: ", used_ + bytes, " bytes wanted, ", capacity_, " planned"));
    const TensorView<T, Rank> view(memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + used_), extents);
    used_ += bytes;
    return view;
  }

  /// A matrix (rows,width) whose row stride avoids multiples of 4 KiB: at such a stride all rows of a block compete for
  /// one cache set. Rows are contiguous, the matrix need not be.
  template <class T>
  TensorView<T, 2> take_rows(Index rows, Index width) {
    constexpr Index page = 4096, line = 64;
    const bool aliases = width * static_cast<Index>(sizeof(T)) % page == 0;
    const Index stride = width + (aliases ? line / static_cast<Index>(sizeof(T)) : 0);
    return {take<T, 2>({rows, stride}).data(), {rows, width}, {stride, 1}};
  }

  /// Bytes handed out so far, from the first to behind the last.
  Index used() const { return used_; }

  /// Groups of tensors that are in use at different times, in the same memory. Every group begins where the overlay
  /// began; what is taken after the overlay's end lies behind the largest group.
  ///
  ///   Arena::Overlay overlay(arena);
  ///   scratch.attention = Attention::take_scratch<B, T>(context, config.attention, M, arena);
  ///   overlay.next();
  ///   scratch.mlp = Mlp::take_scratch<B, T>(context, config.mlp, M, arena);
  class Overlay {
   public:
    explicit Overlay(Arena& arena) : arena_(arena), begin_(arena.used_), end_(arena.used_) {}
    ~Overlay() { arena_.used_ = std::max(end_, arena_.used_); }
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    /// The next group begins.
    void next() {
      end_ = std::max(end_, arena_.used_);
      arena_.used_ = begin_;
    }

   private:
    Arena& arena_;
    Index begin_, end_;
  };

 private:
  std::byte* memory_;
  Index capacity_;
  Index used_ = 0;
};

/// The memory behind an arena.
/// Thread-safety: one thread at a time.
template <class Memory>
class Workspace {
 public:
  Workspace() = default;
  explicit Workspace(Index bytes) : buffer_(bytes) {}
  /// Exactly the memory that take(arena) takes.
  template <std::invocable<Arena&> Take>
  explicit Workspace(Take&& take) : Workspace(bytes_of(take)) {}

  /// A fresh arena over the whole workspace.
  Arena arena() { return {buffer_.data(), buffer_.size()}; }
  Index bytes() const { return buffer_.size(); }

 private:
  template <class Take>
  static Index bytes_of(Take& take) {
    Arena arena = Arena::measuring();
    take(arena);
    return arena.used();
  }

  Buffer<std::byte, Memory> buffer_;
};

/// The views that take(arena) returns, and exactly the memory behind them, which is allocated once. Neither copied nor
/// moved, so that the views stay valid.
template <class Views, class Memory>
class Allocated {
 public:
  template <std::invocable<Arena&> Take>
  explicit Allocated(Take&& take) : workspace_(take), views_(taken(take)) {}
  Allocated(const Allocated&) = delete;
  Allocated& operator=(const Allocated&) = delete;

  const Views& operator*() const { return views_; }
  const Views* operator->() const { return &views_; }
  Index bytes() const { return workspace_.bytes(); }

 private:
  template <class Take>
  Views taken(Take& take) {
    Arena arena = workspace_.arena();
    return take(arena);
  }

  Workspace<Memory> workspace_;
  Views views_;
};

}  // namespace icolorit
