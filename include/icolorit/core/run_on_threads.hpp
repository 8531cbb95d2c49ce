// A loop shared by threads that are started for it: for work that takes far longer than to start a thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// f(i, thread) for i in [0,count), whichever of `threads` threads is free taking the next. The caller's is one of
/// them. Throws what one of the calls threw, when all have ended.
template <class F>
void run_on_threads(Index count, Index threads, F&& f) {
  std::atomic<Index> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&](Index thread) {
    try {
      for (Index i = next++; i < count; i = next++) f(i, thread);
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (Index thread = 1; thread < std::min(threads, count); ++thread) helpers.emplace_back(work, thread);
    work(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace icolorit
