// Every executor that the CPU backend can run on, and some whose helpers come late or never.
#pragma once

#include <thread>
#include <utility>

#include "../../examples/thread_pool.hpp"
#include "icolorit/cpu/openmp_executor.hpp"
#include "icolorit/cpu/pool_executor.hpp"
#include "icolorit/cpu/thread_team.hpp"
#include "support/catch.hpp"

namespace icolorit::test {

/// No helper ever runs; what the caller does is the call `slot`, or the last one.
struct CallerAlone {
  int count, slot = 0;
  int threads() const { return count; }
  void run(int n, cpu::Task task) const { task(std::min(slot, n - 1)); }
};

/// Every helper comes when the caller is done.
struct LateHelpers {
  int count;
  int threads() const { return count; }
  void run(int n, cpu::Task task) const {
    task(0);
    for (int slot = 1; slot < n; ++slot) std::jthread([&] { task(slot); });
  }
};

/// An executor on a ThreadPool.
inline auto on_pool(ThreadPool& pool, int threads) {
  return cpu::PoolExecutor(threads, [&pool](std::function<void()> job) { pool.submit(std::move(job)); });
}

/// Calls f(executor) with one executor of each kind, of `threads` threads.
template <class F>
void with_each_executor(int threads, F&& f) {
  const auto named = [&](const char* name, auto executor) {
    CAPTURE(name, threads);
    f(std::move(executor));
  };
  named("ThreadTeam", cpu::ThreadTeam(threads));
#ifdef _OPENMP
  named("OpenMpExecutor", cpu::OpenMpExecutor(threads));
#endif
  ThreadPool pool(2);  // fewer than some ask for
  named("PoolExecutor", on_pool(pool, threads));
  named("CallerAlone, first", CallerAlone{threads});
  named("CallerAlone, last", CallerAlone{threads, threads});
  named("LateHelpers", LateHelpers{threads});
}

}  // namespace icolorit::test
