// The token grid's table of relative positions and its border, against their definitions.
#include "icolorit/core/grid.hpp"

#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace icolorit;

TEST_CASE("rows of a table of relative positions number the differences of two tokens in order", "[core]") {
  const Grid grid = GENERATE(Grid{1, 1}, Grid{3, 3}, Grid{2, 5}, Grid{7, 4}, Grid{14, 14});
  CAPTURE(grid.rows, grid.columns);
  Index row = 0;
  for (Index dy = -(grid.rows - 1); dy < grid.rows; ++dy)
    for (Index dx = -(grid.columns - 1); dx < grid.columns; ++dx, ++row) {
      REQUIRE(grid.difference_row(dy, dx) == row);
      REQUIRE(grid.difference(row).y == dy);
      REQUIRE(grid.difference(row).x == dx);
    }
  CHECK(grid.table_rows() == row);

  std::set<Index> met;
  for (Index query = 0; query < grid.tokens(); ++query)
    for (Index key = 0; key < grid.tokens(); ++key) {
      const Grid::Position q = grid.position(query), k = grid.position(key);
      REQUIRE(query == q.y * grid.columns + q.x);
      REQUIRE(grid.table_row(query, key) == grid.difference_row(q.y - k.y, q.x - k.x));
      met.insert(grid.table_row(query, key));
    }
  CHECK(met.size() == static_cast<std::size_t>(grid.table_rows()));
}

TEST_CASE("a grid's border reflects without repeating itself", "[core]") {
  const std::vector<Index> expected = {2, 1, 0, 1, 2, 3, 2, 1};  // of -2 to 5 on an axis of four places
  for (Index i = 0; i < 8; ++i) CHECK(Grid::reflected(i - 2, 4) == expected[static_cast<std::size_t>(i)]);
  CHECK(Grid::reflected(-1, 2) == 1);
  CHECK(Grid::reflected(2, 2) == 0);
  for (const Index i : {-1, 0, 1}) CHECK(Grid::reflected(i, 1) == 0);

  const Grid grid{3, 4};
  CHECK(grid.neighbor(5, -1, 1) == 2);
  CHECK(grid.neighbor(0, -1, -1) == 5);  // both axes
  CHECK(grid.neighbor(11, 1, 0) == 7);   // the last row
  CHECK(Grid{1, 4}.neighbor(3, 1, 1) == 2);
  CHECK(grid.contains(2, 3));
  CHECK_FALSE(grid.contains(3, 0));
  CHECK_FALSE(grid.contains(0, -1));
}

TEST_CASE("the center of a cell is one pixel of an odd side and two of an even one", "[core]") {
  for (Index side = 1; side < 9; ++side) {
    const CellCenter center(side);
    CHECK(center.low + center.high == side - 1);
    CHECK(center.high - center.low == (side % 2 == 0 ? 1 : 0));
  }
}
