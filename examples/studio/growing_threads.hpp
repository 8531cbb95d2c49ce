// Growing threads: as many as there are connections at once, so that clients which say nothing keep nobody waiting.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <httplib.h>

namespace icolorit::studio {

/// A thread begins where none is free, and ends when it has had nothing to do for a while. cpp-httplib gives a thread
/// to each connection for as long as that is open: with a fixed number of them, as many silent clients shut all others
/// out until a time-out.
class GrowingThreads final : public httplib::TaskQueue {
 public:
  explicit GrowingThreads(std::size_t most) : most_(most) {}

  // What it returns differs between versions of cpp-httplib: nothing, or whether there was room.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

  Enqueued enqueue(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (tasks_.size() > idle_ && threads_ < most_) {
      try {
        std::thread([this] { work(); }).detach();  // shutdown() waits for it
        ++threads_;
      } catch (const std::system_error&) {
        if (threads_ == 0) throw;  // else one of those there takes the task later
      }
    }
    changed_.notify_one();
    return static_cast<Enqueued>(true);
  }

  /// Waits until all tasks are done and all threads have ended.
  void shutdown() override {
    std::unique_lock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    ended_.wait(lock, [&] { return threads_ == 0; });
  }

 private:
  void work() {
    constexpr std::chrono::seconds patience{10};
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      changed_.wait_for(lock, patience, [&] { return ending_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) break;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
    --threads_;
    ended_.notify_all();  // under the lock: after that nothing of this is touched
  }

  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_, ended_;
  std::deque<std::function<void()>> tasks_;
  std::size_t threads_ = 0, idle_ = 0;
  bool ending_ = false;
};

}  // namespace icolorit::studio
