// The CPU backend's team of threads and its shares of work.
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "icolorit/cpu/kernel/parallel.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using namespace icolorit::cpu;

TEST_CASE("a team calls its work once on every thread, at the same time, and waits for all", "[ops][cpu]") {
  const int size = GENERATE(1, 2, 3, 8);
  CAPTURE(size);
  ThreadTeam team(size);
  REQUIRE(team.size() == size);
  for (int round = 0; round < 200; ++round) {
    std::vector<int> calls(static_cast<std::size_t>(size));
    std::vector<std::thread::id> ids(calls.size());
    std::atomic<int> inside = 0;
    team.run([&](int thread, int count) {
      if (count != size) return;
      ++inside;
      while (inside < size) std::this_thread::yield();  // returns only if all threads come
      ++calls[static_cast<std::size_t>(thread)];
      ids[static_cast<std::size_t>(thread)] = std::this_thread::get_id();
    });
    REQUIRE(calls == std::vector<int>(calls.size(), 1));
    REQUIRE(ids[0] == std::this_thread::get_id());
    REQUIRE(std::set(ids.begin(), ids.end()).size() == ids.size());
  }
}

TEST_CASE("a team uses no more threads than it is told, and works again after a sleep", "[ops][cpu]") {
  ThreadTeam team(4);
  for (const int most : {1, 2, 3, 4, 9}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // longer than any thread waits awake
    std::atomic<int> calls = 0, wrong = 0;
    team.run(
        [&](int thread, int count) {
          ++calls;
          wrong += count != std::min(most, 4) || thread >= count;
        },
        most);
    CHECK(calls == std::min(most, 4));
    CHECK(wrong == 0);
  }
}

TEST_CASE("teams work side by side and inside each other", "[ops][cpu]") {
  std::atomic<int> calls = 0;
  ThreadTeam outer(3);
  outer.run([&](int, int) {
    ThreadTeam inner(2);
    for (int round = 0; round < 50; ++round) inner.run([&](int, int) { ++calls; });
  });
  CHECK(calls == 3 * 50 * 2);
}

TEST_CASE("parallel loops visit everything once", "[ops][cpu]") {
  ThreadTeam team(3);
  for (const Index count : {0, 1, 2, 3, 7, 100}) {
    std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count)), columns(visits.size());
    parallel_for(team, count, [&](Index i) { ++visits[static_cast<std::size_t>(i)]; });
    parallel_for_columns<float>(team, count, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) ++columns[static_cast<std::size_t>(i)];
    });
    for (std::size_t i = 0; i < visits.size(); ++i) CHECK((visits[i] == 1 && columns[i] == 1));
  }
}

TEST_CASE("parts cover a table once, and none is larger than the best grid's", "[ops][cpu]") {
  for (const int team : {1, 2, 3, 4, 6, 8, 16})
    for (const auto& [rows, columns] : {std::pair<Index, Index>{14, 72}, {14, 6}, {1, 24}, {3, 2}, {112, 18}}) {
      Index least = rows * columns;
      for (int across = 1; across <= team; ++across)
        if (team % across == 0)
          least = std::min(least, ((rows + team / across - 1) / (team / across)) * ((columns + across - 1) / across));
      for (const auto preference : {Parts::prefer_rows, Parts::prefer_columns}) {
        CAPTURE(team, rows, columns, preference);
        const Parts parts(rows, columns, team, preference);
        std::vector<int> covered(static_cast<std::size_t>(rows * columns));
        for (int thread = 0; thread < team; ++thread) {
          const auto [top, bottom] = parts.rows_of(thread);
          const auto [left, right] = parts.columns_of(thread);
          CHECK((bottom - top) * (right - left) <= least);
          for (Index y = top; y < bottom; ++y)
            for (Index x = left; x < right; ++x) ++covered[static_cast<std::size_t>(y * columns + x)];
        }
        CHECK(covered == std::vector<int>(covered.size(), 1));
      }
    }
  CHECK(Parts(14, 72, 2, Parts::prefer_rows).rows_of(1) == std::pair<Index, Index>{7, 14});
  CHECK(Parts(14, 72, 2, Parts::prefer_columns).columns_of(1) == std::pair<Index, Index>{36, 72});
}
