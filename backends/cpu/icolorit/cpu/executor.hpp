// Executors: whose threads the CPU backend runs on. ThreadTeam is the library's own, OpenMpExecutor and PoolExecutor
// use threads that a program has already.
#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include "icolorit/core/error.hpp"

namespace icolorit::cpu {

/// A function of a thread's number that somebody else keeps alive: two pointers, copied freely. It never throws.
/// Thread-safety: any number of threads may call one.
class Task {
 public:
  /// Refers to `function`, which must live as long as it may be called.
  template <class F>
    requires(!std::same_as<F, Task>)
  explicit Task(const F& function)
      : function_(&function), call_([](const void* f, int thread) { (*static_cast<const F*>(f))(thread); }) {}

  void operator()(int thread) const noexcept { call_(function_, thread); }

 private:
  const void* function_;
  void (*call_)(const void* function, int thread);
};

/// Runs a task on several threads at once.
///   threads()      the largest n that run is called with, at least 1; never changes
///   run(n, task)   calls task(0), ..., task(n - 1), each at most once and on any thread, and returns when no call runs
/// Each call works until no work is left, so that one alone would do all of it. An executor therefore never has to wait
/// for a thread that is late: the calls may follow each other, or be left out, all but one. A network runs through
/// about a hundred operations of a tenth of a millisecond, each with a `run` of its own: threads that stay awake for a
/// moment after one make the next one fast. What the calling thread wrote before `run` is visible to all calls, and
/// what they wrote is visible to it afterwards.
template <class E>
concept Executor = requires(E& executor, const E& constant, int n, Task task) {
  { constant.threads() } -> std::same_as<int>;
  { executor.run(n, task) } -> std::same_as<void>;
};

/// Owns an executor of any type, so that the type of a context does not depend on it. A run costs one virtual call.
/// Thread-safety: one thread at a time.
class AnyExecutor {
 public:
  /// Throws ArgumentError where the executor has no thread.
  template <Executor E>
    requires(!std::same_as<E, AnyExecutor>)
  explicit AnyExecutor(E executor) : executor_(std::make_unique<Holder<E>>(std::move(executor))) {
    if (threads() < 1)
      throw ArgumentError(concat("CpuBackend: ", threads(), " threads asked for, expected at least 1"));
  }

  int threads() const { return executor_->threads(); }
  void run(int n, Task task) { executor_->run(n, task); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual int threads() const = 0;
    virtual void run(int n, Task task) = 0;
  };
  template <class E>
  struct Holder final : Interface {
    explicit Holder(E executor) : executor_(std::move(executor)) {}
    int threads() const override { return executor_.threads(); }
    void run(int n, Task task) override { executor_.run(n, task); }
    E executor_;
  };

  std::unique_ptr<Interface> executor_;
};

}  // namespace icolorit::cpu
