// Random numbers that are the same on every machine: a counter-based generator and exact integer ranges.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// SplitMix64 (Steele, Lea, Flood 2014). Small state, and seeds that differ by one give unrelated streams.
/// The standard library's distributions are left alone on purpose: their results differ between implementations.
/// Thread-safety: one thread at a time; give each thread its own.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}
  /// An independent stream for each (seed, stream), e.g. one for each picture of an epoch.
  constexpr Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(seed) ^ mix(stream + increment)) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  constexpr result_type operator()() {
    state_ += increment;
    return mix(state_);
  }

  /// Uniform in [0, bound), bound >= 1; rejects the few values that would make it uneven.
  constexpr Index below(Index bound) {
    const auto range = static_cast<std::uint64_t>(bound);
    const std::uint64_t uneven = (max() % range + 1) % range;
    std::uint64_t value = (*this)();
    while (value > max() - uneven) value = (*this)();
    return static_cast<Index>(value % range);
  }

  /// Uniform in [0, 1) with 53 bits.
  constexpr double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

  /// Standard normal, by Box and Muller (1958).
  double normal() {
    const double radius = std::sqrt(-2 * std::log1p(-uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  static constexpr std::uint64_t increment = 0x9e3779b97f4a7c15u;
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace icolorit
