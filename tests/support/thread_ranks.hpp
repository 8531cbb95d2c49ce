// The ranks of a training as threads of one process.
#pragma once

#include <barrier>
#include <memory>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "icolorit/training/communicator.hpp"

namespace icolorit::test {

/// Where the threads meet.
struct MeetingPoint {
  explicit MeetingPoint(Index ranks) : barrier(ranks), values(static_cast<std::size_t>(ranks)) {}
  std::barrier<> barrier;
  std::vector<void*> values;
};

/// Sums in the order of the ranks, as MpiCommunicator does.
class ThreadRank final : public Communicator {
 public:
  ThreadRank(std::shared_ptr<MeetingPoint> point, Index rank) : point_(std::move(point)), rank_(rank) {}

  Index rank() const override { return rank_; }
  Index size() const override { return std::ssize(point_->values); }
  void sum(std::span<float> values) override { sum_of(values); }
  void sum(std::span<double> values) override { sum_of(values); }
  void finish() override {}

 private:
  template <class T>
  void sum_of(std::span<T> values) {
    std::vector<T> own(values.begin(), values.end());
    point_->values[static_cast<std::size_t>(rank_)] = own.data();
    point_->barrier.arrive_and_wait();
    for (std::size_t i = 0; i < values.size(); ++i) {
      T total = 0;
      for (const void* of_rank : point_->values) total += static_cast<const T*>(of_rank)[i];
      values[i] = total;
    }
    point_->barrier.arrive_and_wait();  // before anybody's own values go
  }

  std::shared_ptr<MeetingPoint> point_;
  Index rank_;
};

/// The results of f(communicator) on each of the ranks, which run at the same time. f must not throw: the others would
/// wait for ever.
template <class F>
auto on_ranks(Index ranks, F f) {
  std::vector<std::invoke_result_t<F, std::shared_ptr<Communicator>>> results(static_cast<std::size_t>(ranks));
  const auto point = std::make_shared<MeetingPoint>(ranks);
  std::vector<std::jthread> threads;
  for (Index rank = 0; rank < ranks; ++rank)
    threads.emplace_back(
        [&, rank] { results[static_cast<std::size_t>(rank)] = f(std::make_shared<ThreadRank>(point, rank)); });
  threads.clear();
  return results;
}

}  // namespace icolorit::test
