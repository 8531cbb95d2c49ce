// One parallel region with an exact number of threads, and static shares of work.
#pragma once

#include <algorithm>
#include <utility>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "icolorit/core/config.hpp"

namespace icolorit::cpu {

/// The number of threads OpenMP would use by itself; 1 without OpenMP.
inline int default_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

/// Calls f(thread, team size) once on each of `threads` threads, at the same time. Fewer may come (nested regions,
/// OpenMP's own limits): shares must follow from the team size that f is given. f must not throw.
template <class F>
void parallel([[maybe_unused]] int threads, F&& f) {
#ifdef _OPENMP
  if (threads > 1) {
#pragma omp parallel num_threads(threads)
    f(omp_get_thread_num(), omp_get_num_threads());
    return;
  }
#endif
  f(0, 1);
}

/// The half-open range of `count` items that belongs to one of `team` threads; shares differ by at most one item.
inline std::pair<Index, Index> share(Index count, int thread, int team) {
  const Index each = count / team, rest = count % team;
  const Index first = thread * each + std::min<Index>(thread, rest);
  return {first, first + each + (thread < rest ? 1 : 0)};
}

/// f(i) for i in [0, count), in static shares.
template <class F>
void parallel_for(int threads, Index count, F&& f) {
  parallel(static_cast<int>(std::min<Index>(threads, count)), [&](int thread, int team) {
    const auto [first, last] = share(count, thread, team);
    for (Index i = first; i < last; ++i) f(i);
  });
}

/// f(first, last) for ranges of columns of whole cache lines that together are [0, columns).
template <class T, class F>
void parallel_for_columns(int threads, Index columns, F&& f) {
  constexpr Index line = 64 / static_cast<Index>(sizeof(T));
  parallel(threads, [&](int thread, int team) {
    const auto [first, last] = share((columns + line - 1) / line, thread, team);
    f(first * line, std::min(last * line, columns));
  });
}

}  // namespace icolorit::cpu
