// The fixed sin/cos positions, the rows of the relative position tables, and both on another grid than the trained one.
#include <set>

#include "icolorit/models/position_tables.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

/// Two passes of at most 9 weights (the shrinking below is by less than 2) that sum to 1, of which at most two fifths
/// are negative: the roundings of 9 products, sums and weights in each, of numbers up to 2 times the largest.
constexpr double resize_roundings = 2 * 3 * 9 * 2;

}  // namespace

TEST_CASE("positions are sines and cosines of falling frequency", "[layers]") {
  const auto table = position_table({2, 3}, 6);
  REQUIRE(table.size() == 6 * 6);
  const auto at = table.view(6, 6);
  for (Index n = 0; n < 6; ++n) {
    CAPTURE(n);
    const double position = static_cast<double>(n);
    for (Index pair = 0; pair < 3; ++pair) {
      // Wavelengths 2 pi 10000^(0, 1/3, 2/3); pow may err by an ulp, which the angle (up to 5) multiplies.
      const double angle = position / std::exp(std::log(10000.) * static_cast<double>(pair) / 3);
      CHECK(at(n, 2 * pair) == Approx(std::sin(angle)).margin(1e-14));
      CHECK(at(n, 2 * pair + 1) == Approx(std::cos(angle)).margin(1e-14));
    }
  }
  // Position 0, and the first pair of position 1, in closed form.
  for (Index j = 0; j < 6; ++j) CHECK(at(0, j) == static_cast<double>(j % 2));
  CHECK(at(1, 0) == std::sin(1.));
  CHECK(at(1, 1) == std::cos(1.));
}

TEST_CASE("a position table of odd width ends with a sine", "[layers]") {
  const auto table = position_table({1, 2}, 3);
  CHECK(table.view(2, 3)(1, 2) == Approx(std::sin(std::pow(10000., -2. / 3))).margin(1e-15));
}

TEST_CASE("a row of the relative position table belongs to one difference of positions", "[layers]") {
  const auto [R, C] = GENERATE(table<Index, Index>({{1, 1}, {3, 3}, {2, 5}, {4, 1}}));
  CAPTURE(R, C);
  const Grid grid{R, C};
  CHECK(RelativePositionBias::rows(grid) == (2 * R - 1) * (2 * C - 1));
  std::set<Index> seen;
  for (Index query = 0; query < grid.tokens(); ++query)
    for (Index key = 0; key < grid.tokens(); ++key) {
      const Index dy = query / C - key / C, dx = query % C - key % C;
      const Index row = RelativePositionBias::row(grid, query, key);
      REQUIRE(row == (dy + R - 1) * (2 * C - 1) + (dx + C - 1));
      seen.insert(row);
    }
  CHECK(static_cast<Index>(seen.size()) == RelativePositionBias::rows(grid));  // every row is used
  CHECK(*seen.begin() == 0);
  CHECK(*seen.rbegin() == RelativePositionBias::rows(grid) - 1);
}

TEST_CASE("tables on their own grid stay as they are", "[layers]") {
  const Grid grid{3, 5};
  const auto fixed = position_table(grid, 8);
  const auto same = resized_position_table<double>(grid, grid, 8);
  CHECK(std::equal(fixed.data(), fixed.data() + fixed.size(), same.data(), same.data() + same.size()));

  const auto bias = Numbers<2>::random({RelativePositionBias::rows(grid), 3}, 1);
  const auto equal = resized_position_bias<double>(bias.view(), grid, grid);
  CHECK(std::equal(bias.values.begin(), bias.values.end(), equal.data(), equal.data() + equal.size()));
}

TEST_CASE("tables are interpolated with the cubic of PyTorch, a = -3/4", "[layers]") {
  // A single 1 spread over twice as many positions shows the kernel: at distances 1/4, 3/4, 5/4 and 7/4 it is
  // 225/256, 67/256, -27/256 and -9/256 (Keys 1981, eq. 4, with a = -3/4), exact in double.
  const std::vector<double> impulse{0, 0, 1, 0, 0};
  const auto enlarged = resized_table<double>(TensorView<const double, 3>(impulse.data(), {1, 5, 1}), 1, 10);
  for (Index i = 0; i < 10; ++i) {
    const std::array<double, 10> kernel{0, -9, -27, 67, 225, 225, 67, -27, -9, 0};
    CHECK(enlarged.data()[i] == kernel[static_cast<std::size_t>(i)] / 256);
  }
}

TEST_CASE("constant tables stay constant on every grid", "[layers]") {
  const Grid trained{4, 4};
  const Grid grid = GENERATE(Grid{4, 4}, Grid{3, 3}, Grid{8, 8}, Grid{3, 9}, Grid{14, 5});
  CAPTURE(grid.rows, grid.columns);
  Numbers<2> table({RelativePositionBias::rows(trained), 2});
  for (std::size_t i = 0; i < table.values.size(); ++i) table.values[i] = i % 2 == 0 ? 1 : -3;
  const auto resized = resized_position_bias<double>(table.view(), trained, grid);
  REQUIRE(resized.size() == 2 * RelativePositionBias::rows(grid));
  double largest = 0;
  for (Index i = 0; i < resized.size(); ++i)
    largest = std::max(largest, std::abs(resized.data()[i] - (i % 2 == 0 ? 1 : -3)));
  CHECK(largest <= 3 * resize_roundings * epsilon<double>());
}

TEST_CASE("a table that is odd in the displacement stays odd: no displacement stays in the middle", "[layers]") {
  const Grid trained{4, 6};
  const Grid grid = GENERATE(Grid{3, 4}, Grid{8, 8}, Grid{5, 11});
  CAPTURE(grid.rows, grid.columns);
  const Index rows = RelativePositionBias::rows(trained), wanted = RelativePositionBias::rows(grid);
  auto table = Numbers<2>::random({rows, 2}, 1);
  for (Index row = 0; row < rows; ++row)
    for (Index head = 0; head < 2; ++head)
      table.view()(row, head) = row == rows / 2  ? 0
                                : row < rows / 2 ? table.view()(row, head)
                                                 : -table.view()(rows - 1 - row, head);
  const auto resized = resized_position_bias<double>(table.view(), trained, grid);
  const auto at = resized.view(wanted, 2);
  double largest = 0;
  for (Index row = 0; row < wanted; ++row)
    for (Index head = 0; head < 2; ++head)
      largest = std::max(largest, std::abs(at(row, head) + at(wanted - 1 - row, head)));
  CHECK(largest <= 2 * resize_roundings * epsilon<double>());
  CHECK(std::abs(at(wanted / 2, 0)) <= resize_roundings * epsilon<double>());
}

TEST_CASE("interpolated tables pass through the heads one by one and are rounded once", "[layers]") {
  const Grid trained{3, 3}, grid{5, 4};
  const auto both = Numbers<2>::random({RelativePositionBias::rows(trained), 2}, 1);
  Numbers<2> first({both.extents[0], 1});
  for (Index row = 0; row < both.extents[0]; ++row) first.view()(row, 0) = both.view()(row, 0);
  const auto expected = resized_position_bias<double>(first.view(), trained, grid);
  const auto together = resized_position_bias<double>(both.view(), trained, grid);
  Buffer<float> narrow(both.view().elements());
  std::copy(both.values.begin(), both.values.end(), narrow.data());
  const auto rounded = resized_position_bias<float>(std::as_const(narrow).view(both.extents[0], 2), trained, grid);
  for (Index row = 0; row < RelativePositionBias::rows(grid); ++row) {
    REQUIRE(together.view(expected.size(), 2)(row, 0) == expected.data()[row]);
    REQUIRE(rounded.view(expected.size(), 2)(row, 0) == static_cast<float>(expected.data()[row]));
  }
}
