// Executors alone: which threads call a task, how often, and what happens when helpers are late, busy or too many.
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "support/executors.hpp"

using namespace icolorit;
using namespace icolorit::cpu;
using namespace icolorit::test;

namespace {

/// Runs a task whose calls wait for each other: it returns only if n threads come.
template <class E>
std::vector<std::thread::id> ids_of_all(E& executor, int n) {
  std::vector<std::thread::id> ids(static_cast<std::size_t>(n));
  std::atomic<int> inside = 0;
  const auto task = [&](int slot) {
    ids.at(static_cast<std::size_t>(slot)) = std::this_thread::get_id();
    ++inside;
    while (inside < n) std::this_thread::yield();
  };
  executor.run(n, Task(task));
  CHECK(inside == n);
  return ids;
}

/// Runs `count` rounds and returns the number of calls in each, the least and the most.
template <class E>
std::pair<int, int> calls_of_rounds(E& executor, int count) {
  std::pair<int, int> range{1 << 20, 0};
  for (int round = 0; round < count; ++round) {
    std::atomic<int> calls = 0;
    const auto task = [&](int) { ++calls; };
    executor.run(executor.threads(), Task(task));
    range = {std::min(range.first, calls.load()), std::max(range.second, calls.load())};
  }
  return range;
}

}  // namespace

static_assert(Executor<ThreadTeam> && Executor<CallerAlone>);
static_assert(!Executor<int> && !Executor<ThreadPool>);

TEST_CASE("a team calls its task once on every thread, at the same time, and waits for all", "[ops][cpu]") {
  const int size = GENERATE(1, 2, 3, 8);
  CAPTURE(size);
  ThreadTeam team(size);
  REQUIRE(team.threads() == size);
  for (int round = 0; round < 200; ++round) {
    const std::vector<std::thread::id> ids = ids_of_all(team, size);
    REQUIRE(ids[0] == std::this_thread::get_id());
    REQUIRE(std::set(ids.begin(), ids.end()).size() == ids.size());
  }
}

TEST_CASE("a team uses no more threads than it is told, and works again after a sleep", "[ops][cpu]") {
  ThreadTeam team(4);
  for (const int n : {1, 2, 3, 4}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // longer than any thread waits awake
    ids_of_all(team, n);
  }
}

TEST_CASE("a pool's threads come where the pool has time, never more than asked for", "[ops][cpu]") {
  ThreadPool pool(3);
  auto executor = on_pool(pool, 3);
  std::size_t most = 0;
  for (int round = 0; most < 3 && round < 2000; ++round) {  // a thread may just be leaving when a round begins
    std::mutex mutex;
    std::set<std::thread::id> ids;
    const auto task = [&](int) {
      {
        const std::lock_guard lock(mutex);
        ids.insert(std::this_thread::get_id());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    executor.run(3, Task(task));
    REQUIRE(ids.count(std::this_thread::get_id()) == 1);
    most = std::max(most, ids.size());
  }
  CHECK(most == 3);
}

TEST_CASE("ten thousand tiny rounds call each task at least once and at most once a thread", "[ops][cpu]") {
  for (const int threads : {2, 5}) {
    ThreadTeam team(threads);
    const auto [least, most] = calls_of_rounds(team, 10'000);
    CHECK((least >= 1 && most <= threads));
    ThreadPool pool(2);
    auto executor = on_pool(pool, threads);
    const auto [pool_least, pool_most] = calls_of_rounds(executor, 10'000);
    CHECK((pool_least >= 1 && pool_most <= threads));
  }
}

#ifdef _OPENMP
TEST_CASE("OpenMP runs a task on exactly the threads asked for, and on one inside its own regions", "[ops][cpu]") {
  for (const int threads : {1, 2, 3, 5}) {
    OpenMpExecutor executor(threads);
    ids_of_all(executor, threads);
    CHECK(calls_of_rounds(executor, 100) == std::pair{threads, threads});
  }
  OpenMpExecutor outer(2), inner(3);
  std::atomic<int> calls = 0;
  const auto count = [&](int) { ++calls; };
  const auto nested = [&](int) { inner.run(3, Task(count)); };
  outer.run(2, Task(nested));
  CHECK(calls == 2);
}
#endif

TEST_CASE("many more threads than processors work as well", "[ops][cpu]") {
  ThreadTeam team(40);
  ids_of_all(team, 40);
  const auto [least, most] = calls_of_rounds(team, 500);
  CHECK((least >= 1 && most <= 40));
}

TEST_CASE("a team that is busy leaves other callers, and tasks of its own, to themselves", "[ops][cpu]") {
  ThreadTeam team(2);
  std::atomic<int> calls = 0;
  const auto inner = [&](int slot) { calls += slot == 0; };
  const auto outer = [&](int) { team.run(2, Task(inner)); };
  team.run(2, Task(outer));
  CHECK((calls >= 1 && calls <= 2));  // one for each call of the outer task, of which the second may be left out

  calls = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i)
      callers.emplace_back([&] {
        for (int round = 0; round < 500; ++round) team.run(2, Task(inner));
      });
  }
  CHECK(calls == 4 * 500);
}

TEST_CASE("teams work inside each other", "[ops][cpu]") {
  ThreadTeam outer(3);
  std::atomic<int> calls = 0;
  const auto inner = [&](int slot) { calls += slot == 0; };
  const auto task = [&](int) {
    ThreadTeam team(2);
    for (int round = 0; round < 50; ++round) team.run(2, Task(inner));
  };
  for (int round = 0; round < 3; ++round) {
    calls = 0;
    outer.run(3, Task(task));
    CHECK((calls % 50 == 0 && calls >= 50 && calls <= 150));
  }
}

TEST_CASE("an idle team may end at any time", "[ops][cpu]") {
  for (int i = 0; i < 50; ++i) {
    const ThreadTeam unused(1 + i % 5);
    ThreadTeam team(2);
    calls_of_rounds(team, i % 3);
    if (i % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // its helper sleeps
    ThreadTeam moved = std::move(team);
    calls_of_rounds(moved, 1);
  }
}

TEST_CASE("a team asks for one thread at least", "[ops][cpu]") {
  CHECK_THROWS_AS(ThreadTeam(0), ArgumentError);
  CHECK_THROWS_AS(ThreadTeam(4097), ArgumentError);
  CHECK_THROWS_AS(AnyExecutor(CallerAlone{0}), ArgumentError);
  ThreadPool pool(1);
  CHECK_THROWS_WITH(on_pool(pool, -1), "PoolExecutor: -1 threads asked for, expected 1 to 4096");
}

TEST_CASE("a pool that is busy keeps nobody waiting, and its threads may be callers", "[ops][cpu]") {
  ThreadPool pool(2);
  std::latch release(1);
  for (int i = 0; i < 2; ++i) pool.submit([&] { release.wait(); });
  {
    auto executor = on_pool(pool, 3);
    CHECK(calls_of_rounds(executor, 100) == std::pair(1, 1));  // returns, although no thread of the pool ever comes
  }
  release.count_down();  // now jobs of an executor that has ended have their turn

  std::promise<int> result;
  auto executor = on_pool(pool, 3);
  pool.submit([&] { result.set_value(calls_of_rounds(executor, 100).first); });
  CHECK(result.get_future().get() >= 1);
}

TEST_CASE("what a pool throws when it takes no job comes to the caller, who may try again", "[ops][cpu]") {
  bool full = true;
  PoolExecutor executor(2, [&](std::function<void()> job) {
    if (full) throw std::runtime_error("the queue is full");
    job();
  });
  CHECK_THROWS_WITH(calls_of_rounds(executor, 1), "the queue is full");
  full = false;
  CHECK(calls_of_rounds(executor, 1).first == 1);
}
