// Which pictures an epoch shows, and in which order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/core/random.hpp"

namespace icolorit {

/// The seed of everything random in an epoch, unrelated to that of its neighbours.
inline std::uint64_t epoch_seed(std::uint64_t seed, Index epoch) {
  return Random(seed, static_cast<std::uint64_t>(epoch))();
}

/// `count` positions of a data set of weights.size() pictures, shuffled. Picture i comes count * w_i / sum(w) times,
/// rounded up or down so that the mean over seeds is exact (systematic sampling, Madow 1949): with equal weights and
/// count = size exactly once. Throws ArgumentError for no pictures or more than 2^32 positions.
inline std::vector<Index> epoch_order(std::span<const double> weights, Index count, std::uint64_t seed) {
  if (weights.empty() || count < 0 || count > (Index{1} << 32))
    throw ArgumentError(concat("epoch_order: ", count, " positions wanted of ", weights.size(), " pictures"));
  Random random(seed);
  // A multiple of 2^-20, so that adding it to a whole number below 2^33 is exact.
  const double offset = static_cast<double>(random.below(Index{1} << 20)) * 0x1p-20;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<Index> order;
  order.reserve(static_cast<std::size_t>(count));
  double cumulative = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    cumulative += weights[i];
    const auto until = static_cast<Index>(static_cast<double>(count) * cumulative / sum + offset);
    while (std::ssize(order) < std::min(until, count)) order.push_back(static_cast<Index>(i));
  }
  // Fisher and Yates, from the end.
  for (Index left = std::ssize(order); left > 1; --left)
    std::swap(order[static_cast<std::size_t>(left - 1)], order[static_cast<std::size_t>(random.below(left))]);
  return order;
}

}  // namespace icolorit
