// The order of an epoch and the hints of a picture: the right distributions, reproducibly.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "icolorit/core/buffer.hpp"
#include "icolorit/training/epoch_order.hpp"
#include "icolorit/training/hint_sampler.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

std::vector<Index> counts_of(const std::vector<Index>& order, std::size_t pictures) {
  std::vector<Index> counts(pictures);
  for (const Index i : order) ++counts.at(static_cast<std::size_t>(i));
  return counts;
}

}  // namespace

TEST_CASE("With equal weights an epoch shows every picture once, each epoch in another order") {
  for (const std::size_t pictures : {1u, 2u, 7u, 1000u}) {
    const std::vector<double> weights(pictures, .3);  // no exact binary fraction
    const auto count = static_cast<Index>(pictures);
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const auto once = counts_of(epoch_order(weights, count, seed), pictures);
      REQUIRE(once == std::vector<Index>(pictures, 1));
      REQUIRE(counts_of(epoch_order(weights, 3 * count, seed), pictures) == std::vector<Index>(pictures, 3));
    }
  }
  const std::vector<double> weights(100, 1.);
  REQUIRE(epoch_order(weights, 100, 5) == epoch_order(weights, 100, 5));
  REQUIRE(epoch_order(weights, 100, epoch_seed(5, 0)) != epoch_order(weights, 100, epoch_seed(5, 1)));
  REQUIRE(epoch_seed(5, 1) != epoch_seed(6, 0));
}

TEST_CASE("Every picture is equally likely in every place") {
  const std::vector<double> weights(5, 1.);
  constexpr Index epochs = 20'000;
  std::array<std::array<Index, 5>, 5> seen{};
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    const auto order = epoch_order(weights, 5, epoch_seed(1, epoch));
    for (std::size_t place = 0; place < 5; ++place) ++seen[place][static_cast<std::size_t>(order[place])];
  }
  // Binomial: n p = 4000, standard deviation sqrt(n p (1-p)) = 57; five of them.
  for (const auto& row : seen)
    for (const Index count : row) REQUIRE(std::abs(static_cast<double>(count) - 4000) < 285);
}

TEST_CASE("Weights are kept in every epoch up to rounding, and exactly on average") {
  const std::vector<double> weights{1, 3, 1. / 3, 2, .01};
  constexpr double sum = 1 + 3 + 1. / 3 + 2 + .01;
  constexpr Index count = 50, epochs = 4000;
  std::vector<double> total(5);
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    const auto order = epoch_order(weights, count, epoch_seed(2, epoch));
    REQUIRE(std::ssize(order) == count);
    const auto counts = counts_of(order, 5);
    for (std::size_t i = 0; i < 5; ++i) {
      REQUIRE(std::abs(static_cast<double>(counts[i]) - count * weights[i] / sum) < 1 + 1e-9);
      total[i] += static_cast<double>(counts[i]);
    }
  }
  // A count is one of two neighbours, so its standard deviation is at most 1/2; five of the mean's.
  for (std::size_t i = 0; i < 5; ++i)
    REQUIRE(std::abs(total[i] / epochs - count * weights[i] / sum) < 5 * .5 / std::sqrt(double{epochs}));
}

TEST_CASE("An order of nothing is refused") {
  REQUIRE_THROWS_AS(epoch_order({}, 5, 1), ArgumentError);
  REQUIRE_THROWS_WITH(epoch_order(std::vector<double>{1}, -1, 1), ContainsSubstring("-1 positions"));
}

TEST_CASE("A mask has as many hints as asked for, on any cells alike") {
  constexpr Index cells = 20;
  Buffer<float> mask(cells);
  Random random(3);
  for (Index count = 0; count <= cells; ++count) {
    sample_hint_mask(mask.view(), random, count);
    REQUIRE(std::count(mask.data(), mask.data() + cells, 0.f) == count);
    REQUIRE(std::count(mask.data(), mask.data() + cells, 1.f) == cells - count);
  }
  // Pairs of 5 cells: all ten equally likely. n p = 2000, standard deviation 42; five of them.
  std::map<std::pair<Index, Index>, Index> pairs;
  const auto five = mask.view(5);
  for (int i = 0; i < 20'000; ++i) {
    sample_hint_mask(five, random, 2);
    std::vector<Index> hints;
    for (Index cell = 0; cell < 5; ++cell)
      if (five(cell) == 0) hints.push_back(cell);
    REQUIRE(hints.size() == 2);
    ++pairs[{hints[0], hints[1]}];
  }
  REQUIRE(pairs.size() == 10);
  for (const auto& [pair, count] : pairs) REQUIRE(std::abs(static_cast<double>(count) - 2000) < 212);
}

TEST_CASE("Counts are uniform in their range, or favour few hints") {
  constexpr Index draws = 129'000;
  const auto histogram = [&](const HintDistribution& hints) {
    std::vector<Index> counts(static_cast<std::size_t>(hints.most + 1));
    Random random(8);
    for (Index i = 0; i < draws; ++i) ++counts.at(static_cast<std::size_t>(sample_hint_count(random, hints)));
    return counts;
  };
  // n p = 1000, standard deviation 31.5; five of them.
  for (const Index count : histogram({})) REQUIRE(std::abs(static_cast<double>(count) - 1000) < 158);
  const auto narrow = histogram({.least = 3, .most = 5});
  REQUIRE(narrow[0] + narrow[1] + narrow[2] == 0);
  REQUIRE(narrow[3] + narrow[4] + narrow[5] == draws);
  // P(count < k) = (k/129)^(1/skew); for skew 2 and k = 10 that is 0.2784, standard deviation 161.
  const auto skewed = histogram({.skew = 2});
  const double few = static_cast<double>(std::accumulate(skewed.begin(), skewed.begin() + 10, Index{0}));
  REQUIRE(std::abs(few - draws * std::sqrt(10. / 129)) < 5 * 161);
  REQUIRE(skewed[128] > 0);
}

TEST_CASE("Impossible numbers of hints are refused") {
  REQUIRE_NOTHROW(expect_valid(HintDistribution{}, 112 * 112));
  REQUIRE_THROWS_AS(expect_valid(HintDistribution{.least = -1}, 200), ArgumentError);
  REQUIRE_THROWS_AS(expect_valid(HintDistribution{.least = 5, .most = 4}, 200), ArgumentError);
  REQUIRE_THROWS_WITH(expect_valid(HintDistribution{}, 100), ContainsSubstring("<= 100 cells"));
  REQUIRE_THROWS_AS(expect_valid(HintDistribution{.skew = 0}, 200), ArgumentError);
}
