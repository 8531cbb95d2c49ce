// How the CPU backend shares out an operation among the threads of an executor.
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "support/executors.hpp"

using namespace icolorit;
using namespace icolorit::cpu;
using namespace icolorit::test;

TEST_CASE("every piece is taken once, by threads with a number each and no more than asked for", "[ops][cpu]") {
  for (const int threads : {1, 2, 3, 5})
    with_each_executor(threads, [&](auto executor) {
      Workers workers{AnyExecutor(std::move(executor))};
      REQUIRE(workers.size() == threads);
      for (const Index count : {0, 1, 2, 3, 7, 100})
        for (int round = 0; round < 20; ++round) {
          std::vector<std::atomic<int>> taken(static_cast<std::size_t>(count));
          std::vector<std::atomic<int>> at_work(static_cast<std::size_t>(threads));
          std::atomic<int> wrong = 0;
          workers.run(count, [&](Pieces pieces, int thread) {
            if (thread < 0 || thread >= threads) return void(++wrong);
            wrong += at_work[static_cast<std::size_t>(thread)]++;  // two threads with one number
            for (const Index piece : pieces) ++taken[static_cast<std::size_t>(piece)];
            --at_work[static_cast<std::size_t>(thread)];
          });
          REQUIRE(wrong == 0);
          for (const auto& times : taken) REQUIRE(times == 1);
        }
    });
}

TEST_CASE("a thread works on its own share first, and all of it where the others are late", "[ops][cpu]") {
  Workers workers{AnyExecutor(LateHelpers{3})};
  std::vector<Index> order;
  std::vector<std::pair<Index, Index>> shares(3);
  workers.run(8, [&](Pieces pieces, int thread) {
    shares[static_cast<std::size_t>(thread)] = pieces.own();
    for (const Index piece : pieces) order.push_back(piece);
  });
  CHECK(order == std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(shares == std::vector<std::pair<Index, Index>>{{0, 3}, {3, 6}, {6, 8}});

  Workers last{AnyExecutor(CallerAlone{3, 2})};
  order.clear();
  last.run(8, [&](Pieces pieces, int) {
    for (const Index piece : pieces) order.push_back(piece);
  });
  CHECK(order == std::vector<Index>{6, 7, 0, 1, 2, 3, 4, 5});
}

TEST_CASE("what a piece throws comes to the caller, and the next operation works", "[ops][cpu]") {
  for (const int threads : {1, 2, 5})
    with_each_executor(threads, [&](auto executor) {
      Workers workers{AnyExecutor(std::move(executor))};
      for (int round = 0; round < 20; ++round) {
        std::atomic<int> done = 0;
        CHECK_THROWS_WITH(workers.run(1000,
                                      [&](Pieces pieces, int) {
                                        for (const Index piece : pieces) {
                                          if (piece % 10 == 9) throw ArgumentError("piece");
                                          ++done;
                                        }
                                      }),
                          "piece");
        CHECK(done <= 10 * threads);  // what nobody had begun is left out
        done = 0;
        parallel_for(workers, 1000, [&](Index) { ++done; });
        CHECK(done == 1000);
      }
    });
}

TEST_CASE("an operation inside another one needs a context of its own", "[ops][cpu]") {
  CpuBackend::Context context(2), other(2);
  CHECK_THROWS_WITH(CpuBackend::for_each(context, 4, [&](Index) { CpuBackend::for_each(context, 4, [](Index) {}); }),
                    "CpuBackend: an operation inside another one on the same context; give it a context of its own");
  std::atomic<int> calls = 0;
  CpuBackend::for_each(context, 4, [&](Index i) {
    if (i == 0) CpuBackend::for_each(other, 5, [&](Index) { ++calls; });
  });
  CHECK(calls == 5);
}

TEST_CASE("parallel loops visit everything once", "[ops][cpu]") {
  Workers workers{AnyExecutor(ThreadTeam(3))};
  for (const Index count : {0, 1, 2, 3, 7, 100, 1000}) {
    std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count)), columns(visits.size());
    parallel_for(workers, count, [&](Index i) { ++visits[static_cast<std::size_t>(i)]; });
    parallel_for_columns<float>(workers, count, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) ++columns[static_cast<std::size_t>(i)];
    });
    for (std::size_t i = 0; i < visits.size(); ++i) CHECK((visits[i] == 1 && columns[i] == 1));
  }
}

TEST_CASE("blocks of rows and their parts cover every row once, in whole tiles", "[ops][cpu]") {
  for (const Index rows : {0, 1, 13, 14, 196, 392, 1568, 1570})
    for (const Index threads : {1, 2, 3, 16}) {
      const RowBlocks blocks(rows, 14, 196, threads);
      CAPTURE(rows, threads, blocks.count());
      CHECK((blocks.count() % threads == 0 || blocks.count() == std::max(Index{1}, (rows + 13) / 14)));
      Index next = 0;
      for (Index block = 0; block < blocks.count(); ++block) {
        const auto [first, last] = blocks[block];
        CHECK(first == next);
        CHECK((last - first <= 196 && last - first <= blocks.longest() * 14));
        for (Index part = 0; part < 4; ++part) {
          const auto [begin, end] = blocks.part(block, part, 4);
          CHECK((begin == next && (end % 14 == 0 || end == rows)));
          next = end;
        }
        CHECK(next == last);
      }
      CHECK(next == rows);
    }
}

TEST_CASE("a product is shared out in few pieces where they are short, and never in more than it has parts",
          "[ops][cpu]") {
  CHECK(pieces_of(14, 1000) == 1);
  CHECK(pieces_of(14, 100'000) == 2);
  CHECK(pieces_of(14, 1'000'000'000) == 14);
  CHECK(pieces_of(0, 1000) == 1);
}
