// The context of the CPU backend: its threads and their scratch memory.
#pragma once

#include <cstddef>
#include <memory>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/cpu/kernel/matmul.hpp"
#include "icolorit/cpu/kernel/parallel.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// The threads that each operation runs on, exactly so many. Not shared between threads that run at the same time.
class Context {
 public:
  /// Throws ArgumentError below 1.
  explicit Context(int threads = default_threads())
      : team_(std::make_unique<ThreadTeam>(checked(threads))), scratch_(threads * bytes_each) {}

  int threads() const { return team_->size(); }
  ThreadTeam& team() { return *team_; }

  /// Packing space of one thread.
  std::byte* scratch(int thread) { return scratch_.data() + thread * bytes_each; }

 private:
  static constexpr Index bytes_each = matmul_scratch_bytes(sizeof(double));

  static Index checked(int threads) {
    if (threads < 1) throw ArgumentError(concat("CpuBackend: ", threads, " threads asked for, expected at least 1"));
    return threads;
  }

  std::unique_ptr<ThreadTeam> team_;
  Buffer<std::byte> scratch_;
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
