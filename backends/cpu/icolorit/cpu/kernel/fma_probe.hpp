// The processor's peak in this process, to which every measured speed is compared.
#pragma once

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "icolorit/cpu/kernel/simd.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Multiply-adds on registers alone, in 1e9 floating-point operations a second, by so many threads at once: the sum of
/// their best tenths of a quarter of a second.
inline double fma_peak(int threads) {
  constexpr Index accumulators = vector_registers == 32 ? 24 : 12;  // hide the latency, leave two for the operands
  constexpr Index rounds = 50'000, slices = 10;
  std::vector<double> peaks(static_cast<std::size_t>(threads));
  const auto probe = [&](int thread) {
    Vector<float> sums[accumulators];
    unroll<accumulators>([&](auto i) { sums[i] = broadcast(static_cast<float>(1 + i)); });
    const Vector<float> factor = broadcast(.999f), summand = broadcast(1e-3f);
    double best = 0;
    for (Index slice = 0; slice < slices; ++slice) {
      const auto start = std::chrono::steady_clock::now();
      double seconds = 0;
      Index done = 0;
      for (; seconds < .025; done += rounds) {
        for (Index i = 0; i < rounds; ++i) unroll<accumulators>([&](auto j) { sums[j] = sums[j] * factor + summand; });
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      }
      best = std::max(best, static_cast<double>(2 * done * accumulators * lanes<float>) / seconds / 1e9);
    }
    volatile float used = 0;
    for (const Vector<float>& sum : sums) used = used + sum[0];
    peaks[static_cast<std::size_t>(thread)] = best;
  };
  {
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(probe, thread);
    probe(0);
  }
  return std::accumulate(peaks.begin(), peaks.end(), 0.);
}

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
