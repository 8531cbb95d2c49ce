// Rounds: how a calling thread and helpers that may be late work on one task after another.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "icolorit/cpu/executor.hpp"

namespace icolorit::cpu {

/// One round after another of a task. The caller works on it, and a helper joins if it comes before the caller is done:
/// the caller waits for helpers that have joined, never for others. Who waits does so awake for as long as it would
/// take to be woken, and then sleeps.
class Rounds {
 public:
  using Number = std::uint32_t;
  static constexpr int max_helpers = (1 << 12) - 1;

  /// `patience`: how long to wait awake.
  explicit Rounds(std::chrono::nanoseconds patience) : patience_(patience) {}

  /// About what it costs to send a thread to sleep and to wake it again.
  static constexpr std::chrono::nanoseconds wake_up = std::chrono::microseconds(30);

  /// A round of task(0), ..., task(n - 1); where one goes on already, in another thread or around this call, task(0)
  /// alone.
  void run(int n, Task task) {
    if (n <= 1 || busy_.exchange(true)) return task(0);
    n_ = n;
    task_ = task;
    begin();
    task(0);
    for (Number gate = gate_.fetch_and(~open) & ~open; (gate & inside) != 0; gate = gate_.load())
      if (!changes(gate_, gate)) gate_.wait(gate);
    busy_ = false;
  }

  /// Tells the helpers that there will be no more rounds.
  void end() {
    ended_ = true;
    begin();
  }

  /// For helpers: whether a round later than `seen` begins while they wait awake.
  bool awaits(Number seen) const { return changes(number_, seen); }
  void sleep_until_after(Number seen) const { number_.wait(seen); }
  bool ended() const { return ended_; }

  /// Calls task(slot), unless the round is over or has fewer calls. No two helpers use one slot, which is from 1 to
  /// max_helpers. Returns the number of the round.
  Number join(int slot) {
    Number gate = gate_.load();
    while ((gate & open) != 0 && !gate_.compare_exchange_weak(gate, gate + 1)) {
    }
    if ((gate & open) != 0) {
      if (!ended_ && slot < n_) task_(slot);
      if (((gate_.fetch_sub(1) - 1) & (open | inside)) == 0) gate_.notify_one();
    }
    return gate & ~(open | inside);
  }

 private:
  // The gate: how many helpers are inside, whether it is open, and the number of the round.
  static constexpr Number inside = max_helpers, open = inside + 1, one_round = open << 1;

  void begin() {
    // The number first: a helper that is through the gate knows it, and does not come twice. Sequentially consistent,
    // because notify_all looks for sleepers without a lock.
    const Number number = number_ + one_round;
    number_ = number;
    gate_ = number | open;
    number_.notify_all();
  }

  bool changes(const std::atomic<Number>& value, Number old) const {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    do
      for (int i = 0; i < 16; ++i) {
        if (value.load() != old) return true;
#ifdef __SSE2__
        __builtin_ia32_pause();
#endif
      }
    while (Clock::now() - start < patience_);
    return false;
  }

  // Each on a cache line of its own: who waits for one must not slow down who writes the other.
  alignas(64) std::atomic<Number> number_ = 0;
  alignas(64) std::atomic<Number> gate_ = 0;
  alignas(64) std::atomic<bool> busy_ = false;
  std::atomic<bool> ended_ = false;
  int n_ = 0;
  Task task_{nothing};
  const std::chrono::nanoseconds patience_;
  static constexpr auto nothing = [](int) {};
};

}  // namespace icolorit::cpu
