// MpiCommunicator: the processes that mpirun or a cluster's scheduler has started, as ranks. Link
// icolorit::distributed.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/training/communicator.hpp"

namespace icolorit {

/// All processes of MPI_COMM_WORLD, at most one object a process and for its whole life: MPI cannot begin twice. Every
/// element is summed on one rank in the order of the ranks, which costs no more traffic than any other way and does not
/// depend on which algorithm the MPI library prefers.
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
    check(MPI_Alltoall(sent, count, type, received, count, type, MPI_COMM_WORLD), "MPI_Alltoall");
    for (std::size_t rank = 1; rank < ranks; ++rank)
      for (std::size_t i = 0; i < part; ++i) received[i] += received[rank * part + i];
    check(MPI_Allgather(received, count, type, sent, count, type, MPI_COMM_WORLD), "MPI_Allgather");
    std::copy_n(sent, values.size(), values.begin());
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
};

}  // namespace icolorit
