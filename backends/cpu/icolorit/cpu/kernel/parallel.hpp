// How an operation is shared out among the threads of a context: in pieces, taken by whoever is free.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <iterator>
#include <utility>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/cpu/executor.hpp"

namespace icolorit::cpu {

/// The half-open range of `count` items that is one of `parts` parts; they differ by at most one item.
inline std::pair<Index, Index> share(Index count, Index part, Index parts) {
  const Index each = count / parts, rest = count % parts;
  const Index first = part * each + std::min(part, rest);
  return {first, first + each + (part < rest ? 1 : 0)};
}

/// One thread's share of the pieces of an operation, from which others take when they have none left.
struct alignas(64) PieceShare {
  std::atomic<Index> next;
  Index first, end;
};

/// The pieces that fall to one thread, as a range: first those of its own share in their order, then what is left of
/// the other threads' shares. A piece is taken by being looped to.
class Pieces {
 public:
  Pieces(PieceShare* shares, int threads, int thread)
      : shares_(shares), threads_(threads), from_(thread), own_(shares[thread].first, shares[thread].end) {}

  /// The thread's own share, [first, end).
  std::pair<Index, Index> own() const { return own_; }

  class Iterator {
   public:
    explicit Iterator(Pieces& pieces) : pieces_(&pieces), piece_(pieces.take()) {}
    Index operator*() const { return piece_; }
    Iterator& operator++() {
      piece_ = pieces_->take();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return piece_ < 0; }

   private:
    Pieces* pieces_;
    Index piece_;
  };
  Iterator begin() { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Index take() {
    for (; visited_ < threads_; ++visited_, from_ = from_ + 1 == threads_ ? 0 : from_ + 1) {
      PieceShare& share = shares_[from_];
      // Asked first, because counting up would take the line from who works on the share.
      if (share.next.load(std::memory_order_relaxed) >= share.end) continue;
      const Index piece = share.next.fetch_add(1, std::memory_order_relaxed);
      if (piece < share.end) return piece;
    }
    return -1;
  }

  PieceShare* shares_;
  int threads_, from_, visited_ = 0;
  std::pair<Index, Index> own_;
};

/// The threads of a context, as operations see them. Used by one thread at a time.
class Workers {
 public:
  explicit Workers(AnyExecutor executor)
      : executor_(std::move(executor)), shares_(static_cast<std::size_t>(executor_.threads())) {}

  int size() const { return static_cast<int>(shares_.size()); }

  /// Calls body(pieces, thread) on at most size() threads, `thread` being different for each and below size(); each
  /// loops over its Pieces, which are together those from 0 to count - 1. Returns when all are done. Throws what one of
  /// the calls threw, when those that ran have ended, and leaves out the pieces that nobody had begun. Throws
  /// ArgumentError inside another run of the same workers. The sums of a piece are its own, so that results do not
  /// depend on who takes it.
  template <class Body>
  void run(Index count, Body&& body) {
    if (count <= 0) return;
    const int threads = static_cast<int>(std::min<Index>(size(), count));
    if (busy_.exchange(true, std::memory_order_acquire))
      throw ArgumentError(
          "CpuBackend: an operation inside another one on the same context; give it a context of its own");
    for (int thread = 0; thread < threads; ++thread) {
      const auto [first, last] = share(count, thread, threads);
      PieceShare& own = shares_[static_cast<std::size_t>(thread)];
      own.next.store(first, std::memory_order_relaxed);
      own.first = first, own.end = last;
    }

    std::exception_ptr failure;
    std::atomic<bool> failed = false;
    const auto work = [&](int thread) {
      try {
        body(Pieces(shares_.data(), threads, thread), thread);
      } catch (...) {
        if (!failed.exchange(true)) failure = std::current_exception();
        for (PieceShare& share : shares_) share.next.store(count, std::memory_order_relaxed);
      }
    };
    const Occupied until_the_end{busy_};
    if (threads == 1)
      work(0);
    else
      executor_.run(threads, Task(work));
    if (failure) std::rethrow_exception(failure);
  }

 private:
  struct Occupied {
    ~Occupied() { flag.store(false, std::memory_order_release); }
    std::atomic<bool>& flag;
  };

  AnyExecutor executor_;
  std::vector<PieceShare> shares_;
  std::atomic<bool> busy_ = false;
};

/// Pieces for each thread of a loop whose work is not known: few enough to cost nothing, enough that a thread that is
/// held up holds up little.
inline constexpr Index pieces_each = 16;

/// f(i) for i in [0, count), in any order.
template <class F>
void parallel_for(Workers& workers, Index count, F&& f) {
  const Index parts = std::min(count, pieces_each * workers.size());
  workers.run(parts, [&](Pieces pieces, int) {
    for (const Index piece : pieces) {
      const auto [first, last] = share(count, piece, parts);
      for (Index i = first; i < last; ++i) f(i);
    }
  });
}

/// f(first, last) for ranges of columns of whole cache lines that together are [0, columns). A range has four lines or
/// more where that leaves one for each thread: a narrower one would be read at the speed of single lines.
template <class T, class F>
void parallel_for_columns(Workers& workers, Index columns, F&& f) {
  constexpr Index line = 64 / static_cast<Index>(sizeof(T));
  const Index lines = (columns + line - 1) / line, threads = workers.size();
  const Index parts = std::min(lines, threads * std::clamp(lines / (4 * threads), Index{1}, pieces_each));
  workers.run(parts, [&](Pieces pieces, int) {
    for (const Index piece : pieces) {
      const auto [first, last] = share(lines, piece, parts);
      f(first * line, std::min(last * line, columns));
    }
  });
}

}  // namespace icolorit::cpu
