// The library's own executor, which is the default.
#pragma once

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include "icolorit/cpu/kernel/rounds.hpp"

namespace icolorit::cpu {

/// The number of processors that this program may run on.
inline int default_threads() {
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/// The calling thread and helpers of its own. A helper that is awake in time joins a run, and the caller waits only for
/// helpers that have joined: where other programs keep the processors busy, it does the work of the absent ones. Within
/// a pass helpers wait awake for the next run, and soon after it they sleep: an idle team takes nothing from the rest
/// of the machine.
///
/// Thread-safety: any number of threads may share a team, and a task may run another on the same team; while a team is
/// busy, others that call run do their work alone.
class ThreadTeam {
 public:
  /// `threads` in all, the caller's being one. Throws ArgumentError where they are not 1 to 4096, and std::system_error
  /// where the system has no more of them.
  explicit ThreadTeam(int threads = default_threads()) : helpers_(std::make_unique<Helpers>(threads)) {}

  int threads() const { return static_cast<int>(helpers_->threads.size()) + 1; }
  void run(int n, Task task) { helpers_->rounds.run(n, task); }

 private:
  struct Helpers {
    // Where threads outnumber processors, who waits awake holds up who works.
    explicit Helpers(int count) : rounds(count <= default_threads() ? Rounds::wake_up : std::chrono::nanoseconds(0)) {
      if (count < 1 || count > Rounds::max_helpers + 1)
        throw ArgumentError(
            concat("ThreadTeam: ", count, " threads asked for, expected 1 to ", Rounds::max_helpers + 1));
      try {
        for (int slot = 1; slot < count; ++slot) threads.emplace_back([this, slot] { serve(slot); });
      } catch (...) {
        end();
        throw;
      }
    }
    Helpers(const Helpers&) = delete;
    Helpers& operator=(const Helpers&) = delete;
    ~Helpers() { end(); }

    void serve(int slot) {
      for (Rounds::Number seen = 0; !rounds.ended(); seen = rounds.join(slot))
        if (!rounds.awaits(seen)) rounds.sleep_until_after(seen);
    }
    void end() {
      rounds.end();
      for (std::thread& thread : threads) thread.join();
      threads.clear();
    }

    Rounds rounds;
    std::vector<std::thread> threads;
  };

  std::unique_ptr<Helpers> helpers_;
};

}  // namespace icolorit::cpu
