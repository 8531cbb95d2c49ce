// What the benchmark programs share: how a speed is compared with the processor's peak, and numbers to work on.
#pragma once

#include <map>

#include <benchmark/benchmark.h>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/random.hpp"
#include "icolorit/cpu/kernel/fma_probe.hpp"

namespace icolorit {

/// Counts GFLOP/s and their share of the multiply-add peak of so many threads, which is measured once a process.
inline void count_flop(benchmark::State& state, double flop_each, int threads) {
  static std::map<int, double> peaks;
  double& peak = peaks[threads];
  if (peak == 0) peak = cpu::fma_peak(threads);
  const double gflop = 1e-9 * flop_each * static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = benchmark::Counter(gflop, benchmark::Counter::kIsRate);
  state.counters["of peak"] = benchmark::Counter(gflop / peak, benchmark::Counter::kIsRate);
}

/// `count` uniform numbers in [-1, 1).
inline Buffer<float> random_numbers(Index count, std::uint64_t seed = 1) {
  Buffer<float> numbers(count);
  Random random(seed);
  for (Index i = 0; i < count; ++i) numbers.data()[i] = static_cast<float>(2 * random.uniform() - 1);
  return numbers;
}

}  // namespace icolorit
