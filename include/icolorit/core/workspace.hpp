// Workspace: the scratch memory of a forward pass, planned first, allocated once, handed out like a stack.
#pragma once

#include <algorithm>
#include <limits>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// A stack of tensors over memory it does not own. The same sequence of `take` calls runs twice: on a measuring arena,
/// which has no memory and only counts, and on the real one. So a plan can never disagree with its run.
class Arena {
 public:
  /// Counts bytes; the views it hands out have no data.
  static Arena measuring() { return Arena(nullptr, std::numeric_limits<Index>::max()); }

  Arena(std::byte* memory, Index bytes) : memory_(memory), capacity_(bytes) {}

  /// An uninitialised contiguous tensor, aligned to HostMemory::alignment. Throws ShapeError where the plan was
  /// smaller.
  template <class T, int Rank>
  TensorView<T, Rank> take(const std::array<Index, Rank>& extents) {
    const Index count = Shape(std::span<const Index>(extents)).elements();
    constexpr Index step = HostMemory::alignment;
    const Index bytes = (count * static_cast<Index>(sizeof(T)) + step - 1) / step * step;
    if (bytes > capacity_ - used_)
      throw ShapeError(concat("Workspace: ", used_ + bytes, " bytes wanted, ", capacity_, " planned"));
    const TensorView<T, Rank> view(memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + used_), extents);
    used_ += bytes;
    peak_ = std::max(peak_, used_);
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

  Index peak() const { return peak_; }

  /// Gives back everything taken since its construction.
  class Scope {
   public:
    explicit Scope(Arena& arena) : arena_(arena), mark_(arena.used_) {}
    ~Scope() { arena_.used_ = mark_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Arena& arena_;
    Index mark_;
  };

 private:
  std::byte* memory_;
  Index capacity_;
  Index used_ = 0;
  Index peak_ = 0;
};

/// The memory behind an arena. One thread uses it at a time.
template <class Memory>
class Workspace {
 public:
  Workspace() = default;
  explicit Workspace(Index bytes) : buffer_(bytes) {}

  /// A fresh arena over the whole workspace.
  Arena arena() { return {buffer_.data(), buffer_.size()}; }
  Index bytes() const { return buffer_.size(); }

 private:
  Buffer<std::byte, Memory> buffer_;
};

}  // namespace icolorit
