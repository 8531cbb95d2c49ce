// A team of threads, and static shares of work.
#pragma once

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include "icolorit/core/config.hpp"

namespace icolorit::cpu {

/// The number of processors that this program may run on.
inline int default_threads() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/// The calling thread and others that wait for it. A network runs through about a hundred short operations: whoever
/// waits does so awake at first, so that the next one begins within a microsecond, and then sleeps, so that an idle
/// team takes nothing from the rest of the machine. (OpenMP's team is one for the whole process, in number and in how
/// it waits.)
class ThreadTeam {
 public:
  /// `threads` in all, at least 1.
  explicit ThreadTeam(int threads) : spins_(threads <= default_threads() ? 20'000 : 0) {
    for (int thread = 1; thread < threads; ++thread) workers_.emplace_back([this, thread] { serve(thread); });
  }
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam() {
    task_ = nullptr;
    begin_round();
    for (std::thread& worker : workers_) worker.join();
  }

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  /// Calls f(thread, team size) on each of the first `most` threads at the same time, the caller being thread 0, and
  /// returns when all have. f must not throw. One caller at a time.
  template <class F>
  void run(F&& f, int most) {
    const int team = std::min(most, size());
    if (team <= 1) return f(0, 1);
    const auto task = [&](int thread) {
      if (thread < team) f(thread, team);
    };
    argument_ = &task;
    task_ = [](const void* argument, int thread) { (*static_cast<decltype(&task)>(argument))(thread); };
    running_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
    begin_round();
    f(0, team);
    for (int left; (left = running_.load(std::memory_order_acquire)) != 0;) wait_while(running_, left);
  }
  template <class F>
  void run(F&& f) {
    run(f, size());
  }

 private:
  void begin_round() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  void serve(int thread) {
    for (unsigned seen = 0;;) {
      wait_while(round_, seen);
      ++seen;
      if (task_ == nullptr) return;
      task_(argument_, thread);
      if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) running_.notify_one();
    }
  }

  template <class T>
  void wait_while(const std::atomic<T>& value, T old) const {
    for (int i = 0; i < spins_; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
#ifdef __SSE2__
      __builtin_ia32_pause();
#endif
    }
    value.wait(old, std::memory_order_acquire);
  }

  // Each on a cache line of its own: who waits for one must not slow down who writes the other.
  alignas(64) std::atomic<unsigned> round_ = 0;
  alignas(64) std::atomic<int> running_ = 0;
  alignas(64) void (*task_)(const void* argument, int thread) = nullptr;  // nullptr: the end
  const void* argument_ = nullptr;
  const int spins_;  // none where threads outnumber processors: who waits would hold up who works
  std::vector<std::thread> workers_;
};

/// The half-open range of `count` items that belongs to one of `team` threads; shares differ by at most one item.
inline std::pair<Index, Index> share(Index count, int thread, int team) {
  const Index each = count / team, rest = count % team;
  const Index first = thread * each + std::min<Index>(thread, rest);
  return {first, first + each + (thread < rest ? 1 : 0)};
}

/// A table of work shared out among a team in rectangles: of all grids of threads one whose largest rectangle is
/// smallest.
class Parts {
 public:
  enum Preference { prefer_rows, prefer_columns };  // what to divide where both are as good

  Parts(Index rows, Index columns, int team, Preference preference) : rows_(rows), columns_(columns) {
    Index least = 0;
    for (int across = 1; across <= team; ++across) {
      if (team % across != 0) continue;
      const int down = team / across;
      const Index largest = ((rows + down - 1) / down) * ((columns + across - 1) / across);
      if (across == 1 || largest < least || (largest == least && preference == prefer_columns))
        least = largest, across_ = across, down_ = down;
    }
  }

  std::pair<Index, Index> rows_of(int thread) const { return share(rows_, thread / across_, down_); }
  std::pair<Index, Index> columns_of(int thread) const { return share(columns_, thread % across_, across_); }

 private:
  Index rows_, columns_;
  int across_ = 1, down_ = 1;
};

/// f(i) for i in [0, count), in static shares.
template <class F>
void parallel_for(ThreadTeam& threads, Index count, F&& f) {
  const auto most = static_cast<int>(std::min<Index>(threads.size(), count));
  threads.run(
      [&](int thread, int team) {
        const auto [first, last] = share(count, thread, team);
        for (Index i = first; i < last; ++i) f(i);
      },
      most);
}

/// f(first, last) for ranges of columns of whole cache lines that together are [0, columns).
template <class T, class F>
void parallel_for_columns(ThreadTeam& threads, Index columns, F&& f) {
  constexpr Index line = 64 / static_cast<Index>(sizeof(T));
  threads.run([&](int thread, int team) {
    const auto [first, last] = share((columns + line - 1) / line, thread, team);
    f(first * line, std::min(last * line, columns));
  });
}

}  // namespace icolorit::cpu
