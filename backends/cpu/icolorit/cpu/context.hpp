// The context of the CPU backend: its threads and their scratch memory.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "icolorit/core/buffer.hpp"
#include "icolorit/cpu/kernel/matmul.hpp"
#include "icolorit/cpu/kernel/parallel.hpp"
#include "icolorit/cpu/openmp_executor.hpp"
#include "icolorit/cpu/pool_executor.hpp"
#include "icolorit/cpu/thread_team.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// The threads that operations run on, never more than it was told.
/// Thread-safety: one thread at a time; give each of several colorizers its own.
class Context {
 public:
  /// A team of threads of its own. Throws ArgumentError below 1.
  explicit Context(int threads = default_threads()) : Context(ThreadTeam(threads)) {}
  /// The threads of any executor, e.g. Context(cpu::OpenMpExecutor(4)). Results do not depend on it.
  template <Executor E>
  explicit Context(E executor)
      : workers_(std::make_unique<Workers>(AnyExecutor(std::move(executor)))),
        scratch_(workers_->size() * bytes_each) {}

  int threads() const { return workers_->size(); }
  Workers& workers() { return *workers_; }

  /// Packing space of one thread.
  std::byte* scratch(int thread) { return scratch_.data() + thread * bytes_each; }

 private:
  static constexpr Index bytes_each = matmul_scratch_bytes(sizeof(double));

  std::unique_ptr<Workers> workers_;
  Buffer<std::byte> scratch_;
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
