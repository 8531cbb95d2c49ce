// MpiCommunicator: the processes that mpirun or a cluster's scheduler has started, as ranks. Link
// icolorit::distributed.
#pragma once

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/training/communicator.hpp"

namespace icolorit {

/// All processes of MPI_COMM_WORLD, at most one object a process and for its whole life: MPI cannot begin twice. Every
/// element is summed on one rank in the order of the ranks, which costs no more traffic than any other way and does not
/// depend on which algorithm the MPI library prefers. A sum in which another rank does not answer for `patience()`
/// seconds throws Error with that rank's number, host and process.
class MpiCommunicator final : public Communicator {
 public:
  /// Throws Error where MPI does not allow other threads beside the one that calls it; where it cannot start at all, it
  /// ends the process itself.
  MpiCommunicator() {
    int provided = MPI_THREAD_SINGLE;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
    if (provided < MPI_THREAD_SERIALIZED) throw Error("MPI_Init_thread: this MPI library does not allow threads");
    check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
    name_ranks();
  }
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;
  /// Without `finish` it ends the whole job: the others would wait for this rank for ever.
  ~MpiCommunicator() override {
    if (finished_)
      MPI_Finalize();
    else
      MPI_Abort(MPI_COMM_WORLD, 1);
  }

  Index rank() const override { return rank_; }
  Index size() const override { return size_; }
  void sum(std::span<float> values) override { sum_pieces(values, MPI_FLOAT); }
  void sum(std::span<double> values) override { sum_pieces(values, MPI_DOUBLE); }
  void finish() override { finished_ = true; }

 private:
  /// Bytes that are summed at a time: large enough for a network's full bandwidth, small beside the gradients.
  static constexpr std::size_t piece_bytes = std::size_t{16} << 20;

  static void check(int result, const char* function) {
    if (result == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(result, text, &length);
    throw Error(concat(function, ": ", std::string(text, static_cast<std::size_t>(length))));
  }

  template <class T>
  void sum_pieces(std::span<T> values, MPI_Datatype type) {
    for (std::size_t first = 0; first < values.size(); first += piece_bytes / sizeof(T))
      sum_piece(values.subspan(first, std::min(piece_bytes / sizeof(T), values.size() - first)), type);
  }

  /// Rank r adds up part r of everybody's values and gives it to all.
  template <class T>
  void sum_piece(std::span<T> values, MPI_Datatype type) {
    const auto ranks = static_cast<std::size_t>(size_);
    const std::size_t part = (values.size() + ranks - 1) / ranks;
    const int count = static_cast<int>(part);
    T *const sent = memory<T>(2 * ranks * part), *const received = sent + ranks * part;
    std::copy(values.begin(), values.end(), sent);
    std::fill(sent + values.size(), sent + ranks * part, T(0));
    exchange(received, part, type, count, [&](std::size_t to) { return sent + to * part; });
    for (std::size_t rank = 1; rank < ranks; ++rank)
      for (std::size_t i = 0; i < part; ++i) received[i] += received[rank * part + i];
    exchange(sent, part, type, count, [&](std::size_t) { return received; });
    std::copy_n(sent, values.size(), values.begin());
  }

  /// part_for(r) (part) goes to every rank r, and what comes from it to received + r * part.
  template <class T, class PartFor>
  void exchange(T* received, std::size_t part, MPI_Datatype type, int count, PartFor&& part_for) {
    const auto ranks = static_cast<std::size_t>(size_), self = static_cast<std::size_t>(rank_);
    std::vector<MPI_Request> requests(2 * ranks, MPI_REQUEST_NULL);  // what comes, then what goes
    for (std::size_t r = 0; r < ranks; ++r)
      if (r != self)
        check(MPI_Irecv(received + r * part, count, type, static_cast<int>(r), 0, MPI_COMM_WORLD, &requests[r]),
              "MPI_Irecv");
    for (std::size_t r = 0; r < ranks; ++r)
      if (r != self)
        check(MPI_Isend(part_for(r), count, type, static_cast<int>(r), 0, MPI_COMM_WORLD, &requests[ranks + r]),
              "MPI_Isend");
    std::copy_n(part_for(self), part, received + self * part);
    wait_for(requests);
  }

  /// Sleeps between looks, so that ranks that share a processor do not take it from each other.
  void wait_for(std::vector<MPI_Request>& requests) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    constexpr int eager_looks = 1000;
    for (int looks = 0;; ++looks) {
      int done = 0;
      check(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE), "MPI_Testall");
      if (done != 0) return;
      if (looks < eager_looks)
        std::this_thread::yield();
      else
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      if (patience() > 0 && std::chrono::duration<double>(Clock::now() - start).count() > patience()) give_up(requests);
    }
  }

  [[noreturn]] void give_up(std::vector<MPI_Request>& requests) {
    std::string silent;
    for (std::size_t r = 0; r < names_.size(); ++r) {
      bool answers = true;
      for (MPI_Request* const request : {&requests[r], &requests[names_.size() + r]}) {  // what comes, what goes
        int done = 1;
        if (*request != MPI_REQUEST_NULL) check(MPI_Test(request, &done, MPI_STATUS_IGNORE), "MPI_Test");
        answers = answers && done != 0;
      }
      if (!answers) silent += (silent.empty() ? "" : ", ") + names_[r];
    }
    throw Error(concat("rank ", rank_, " has waited ", patience(), " s for ", silent.empty() ? "the others" : silent,
                       ": the process stands still, or its machine cannot be reached"));
  }

  /// "rank 2 (node7, process 4711)", for messages.
  void name_ranks() {
    constexpr std::size_t letters = MPI_MAX_PROCESSOR_NAME + 64;
    char host[MPI_MAX_PROCESSOR_NAME] = "";
    int length = 0;
    check(MPI_Get_processor_name(host, &length), "MPI_Get_processor_name");
    std::string own =
        concat("rank ", rank_, " (", std::string(host, static_cast<std::size_t>(length)), ", process ", getpid(), ")");
    own.resize(letters);
    std::vector<char> all(letters * static_cast<std::size_t>(size_));
    check(MPI_Allgather(own.data(), static_cast<int>(letters), MPI_CHAR, all.data(), static_cast<int>(letters),
                        MPI_CHAR, MPI_COMM_WORLD),
          "MPI_Allgather");
    for (std::size_t r = 0; r < static_cast<std::size_t>(size_); ++r) names_.emplace_back(all.data() + r * letters);
  }

  template <class T>
  T* memory(std::size_t count) {
    const auto bytes = static_cast<Index>(count * sizeof(T));
    if (memory_.size() < bytes) memory_ = Buffer<std::byte>(bytes);
    return reinterpret_cast<T*>(memory_.data());
  }

  int rank_ = 0, size_ = 1;
  bool finished_ = false;
  Buffer<std::byte> memory_;
  std::vector<std::string> names_;
};

}  // namespace icolorit
