// The executor on a pool of threads that the calling program has already.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "icolorit/cpu/kernel/rounds.hpp"

namespace icolorit::cpu {

/// Runs on the calling thread and on threads of a pool that takes jobs: `submit(job)` has the pool call job(), a
/// std::function<void()>, soon or late, on any thread of its own. A job joins the runs of a pass one after another, as
/// a ThreadTeam's helper does, and gives its thread back when no run comes for 30 microseconds. While the pool is busy
/// with other things the caller does all work itself. So it may itself be a thread of the pool, and several executors
/// may share one pool. An executor may end before its jobs: they do nothing then, but `submit` itself must stay valid.
/// Thread-safety: one thread at a time; several executors may share a pool.
template <std::invocable<std::function<void()>> Submit>
class PoolExecutor {
 public:
  /// `threads` in all, the caller's being one. Throws ArgumentError where they are not 1 to 4096.
  PoolExecutor(int threads, Submit submit) : submit_(std::move(submit)), shared_(std::make_shared<Shared>(threads)) {}

  int threads() const { return static_cast<int>(shared_->submitted.size()); }

  /// Throws what submit throws; then nothing was run.
  void run(int n, Task task) {
    for (int slot = 1; slot < n; ++slot)
      if (!shared_->submitted[static_cast<std::size_t>(slot)].exchange(true)) submit_job(slot);
    shared_->rounds.run(n, task);
  }

 private:
  struct Shared {
    explicit Shared(int threads) : submitted(checked(threads)) {}

    static std::size_t checked(int threads) {
      if (threads < 1 || threads > Rounds::max_helpers + 1)
        throw ArgumentError(
            concat("PoolExecutor: ", threads, " threads asked for, expected 1 to ", Rounds::max_helpers + 1));
      return static_cast<std::size_t>(threads);
    }

    Rounds rounds{Rounds::wake_up};
    std::vector<std::atomic<bool>> submitted;  // whether there is a job of this slot, so that there are never two
  };

  void submit_job(int slot) {
    try {
      submit_([shared = shared_, slot] {
        // It may come in the middle of a round, after its end or before its beginning.
        for (Rounds::Number seen = shared->rounds.join(slot); shared->rounds.awaits(seen);)
          seen = shared->rounds.join(slot);
        shared->submitted[static_cast<std::size_t>(slot)] = false;
      });
    } catch (...) {
      shared_->submitted[static_cast<std::size_t>(slot)] = false;
      throw;
    }
  }

  Submit submit_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace icolorit::cpu
