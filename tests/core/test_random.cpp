// Random: the published values, and even distributions. Statistical bounds are five standard deviations; the seeds are
// fixed, so a bound that holds once holds always.
#include "icolorit/core/random.hpp"

#include <array>
#include <random>

#include "support/catch.hpp"

using namespace icolorit;

namespace {

constexpr double sigmas = 5;

}  // namespace

TEST_CASE("the generator is SplitMix64", "[core]") {
  static_assert(std::uniform_random_bit_generator<Random>);
  SECTION("seed 0: the values of Vigna's splitmix64.c") {
    Random random(0);
    for (const std::uint64_t value :
         {0xe220a8397b1dcdafu, 0x6e789e6aa1b965f4u, 0x06c45d188009454fu, 0xf88bb8a8724c81ecu})
      CHECK(random() == value);
  }
  SECTION("seed 1234567: the values of the Rosetta Code task \"Pseudo-random numbers/Splitmix64\"") {
    Random random(1234567);
    for (const std::uint64_t value : {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                      4593380528125082431u, 16408922859458223821u})
      CHECK(random() == value);
  }
}

TEST_CASE("below stays below its bound", "[core]") {
  Random random(1);
  for (int i = 0; i < 100; ++i) REQUIRE(random.below(1) == 0);
  for (const Index bound : {Index{2}, Index{3}, Index{1000}, Index{3} << 61, std::numeric_limits<Index>::max()}) {
    CAPTURE(bound);
    for (int i = 0; i < 1000; ++i) {
      const Index value = random.below(bound);
      REQUIRE(value >= 0);
      REQUIRE(value < bound);
    }
  }
}

TEST_CASE("below is even over a small range", "[core]") {
  constexpr int draws = 70000, bound = 7;
  std::array<int, bound> counts{};
  Random random(2);
  for (int i = 0; i < draws; ++i) ++counts[static_cast<std::size_t>(random.below(bound))];
  // Each count is binomial.
  const double expected = draws / bound, deviation = std::sqrt(draws * (1. / bound) * (1 - 1. / bound));
  for (const int count : counts) CHECK(std::abs(count - expected) < sigmas * deviation);
}

TEST_CASE("below is even over a range that does not divide 2^64", "[core]") {
  // 2^64 is 8/3 of the range: a plain remainder would put 3/4 of the draws into the lower two thirds.
  constexpr int draws = 30000;
  constexpr Index third = Index{1} << 61;
  int lower = 0;
  Random random(3);
  for (int i = 0; i < draws; ++i) lower += random.below(3 * third) < 2 * third;
  CHECK(std::abs(lower - draws * 2. / 3) < sigmas * std::sqrt(draws * 2. / 9));
}

TEST_CASE("uniform numbers fill the unit interval evenly", "[core]") {
  constexpr int draws = 100000;
  double sum = 0, squares = 0;
  Random random(4);
  for (int i = 0; i < draws; ++i) {
    const double value = random.uniform();
    REQUIRE(value >= 0);
    REQUIRE(value < 1);
    sum += value;
    squares += value * value;
  }
  // Moments of the uniform distribution: x has variance 1/12, x^2 has mean 1/3 and variance 1/5 - 1/9 = 4/45.
  CHECK(std::abs(sum / draws - .5) < sigmas * std::sqrt(1. / 12 / draws));
  CHECK(std::abs(squares / draws - 1. / 3) < sigmas * std::sqrt(4. / 45 / draws));
}

TEST_CASE("normal numbers have the moments of the normal distribution", "[core]") {
  constexpr int draws = 100000;
  std::array<double, 4> moments{};
  Random random(5);
  for (int i = 0; i < draws; ++i) {
    const double value = random.normal();
    REQUIRE(std::isfinite(value));
    double power = 1;
    for (double& moment : moments) moment += (power *= value) / draws;
  }
  // E x^2n = (2n-1)!!, so the variances of x, x^2, x^3, x^4 are 1, 3 - 1, 15, 105 - 9.
  const std::array<double, 4> expected{0, 1, 0, 3}, variances{1, 2, 15, 96};
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK(std::abs(moments[i] - expected[i]) < sigmas * std::sqrt(variances[i] / draws));
  }
}

TEST_CASE("equal seeds repeat, other seeds and streams are unrelated", "[core]") {
  constexpr int draws = 10000;
  const auto correlation = [](Random a, Random b) {
    double sum = 0;
    for (int i = 0; i < draws; ++i) sum += (a.uniform() - .5) * (b.uniform() - .5) * 12;
    return sum / draws;
  };
  CHECK(Random(7)() == Random(7)());
  CHECK(Random(7, 3)() == Random(7, 3)());
  // A product of two independent uniform numbers of variance 1 has variance 1.
  const double bound = sigmas / std::sqrt(draws);
  CHECK(correlation(Random(7), Random(7)) > 1 - bound);
  CHECK(std::abs(correlation(Random(7), Random(8))) < bound);
  CHECK(std::abs(correlation(Random(7, 0), Random(7, 1))) < bound);
  CHECK(std::abs(correlation(Random(7, 0), Random(8, 0))) < bound);
  CHECK(std::abs(correlation(Random(7, 8), Random(8, 7))) < bound);
  CHECK(std::abs(correlation(Random(7), Random(7, 0))) < bound);
}
