// The executor on OpenMP's threads. Defined where the including program is compiled with OpenMP (-fopenmp), as it is by
// linking icolorit::cpu where CMake finds OpenMP.
#pragma once

#ifdef _OPENMP
#include <omp.h>

#include "icolorit/cpu/executor.hpp"

namespace icolorit::cpu {

/// A parallel region for each run, on the threads that the process has for all its OpenMP code. How long they stay
/// awake is their runtime's affair (OMP_WAIT_POLICY, GOMP_SPINCOUNT, KMP_BLOCKTIME). A region ends when all its threads
/// have come to its end: where other programs keep a processor busy, ThreadTeam is the faster one. Inside another
/// parallel region a run has one thread, unless OpenMP is told otherwise (OMP_MAX_ACTIVE_LEVELS).
/// Thread-safety: one thread at a time.
class OpenMpExecutor {
 public:
  explicit OpenMpExecutor(int threads = omp_get_max_threads()) : threads_(threads) {}

  int threads() const { return threads_; }

  void run(int n, Task task) const {
#pragma omp parallel num_threads(n)
    task(omp_get_thread_num());
  }

 private:
  int threads_;
};

}  // namespace icolorit::cpu
#endif
