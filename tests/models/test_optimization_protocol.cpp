// The optimisation under the published protocol.
#include "icolorit/models/optimization_protocol.hpp"

#include "support/catch.hpp"
#include "support/pictures.hpp"

using namespace icolorit;
using test::gradient_picture;

TEST_CASE("the optimisation colours a batch from the pictures' own cells, on any number of threads") {
  const HintGrid grid(16, 16, 2);
  OptimizationProtocol one(grid, 4, 1), many(grid, 4, 3);
  std::vector<EvaluationPicture> pictures;
  std::vector<std::vector<Index>> cells{{}, {9}, {0, 20, 63}};
  for (std::uint64_t i = 0; i < cells.size(); ++i) pictures.push_back(one.prepare(gradient_picture(40, 30, i)));
  std::vector<const EvaluationPicture*> batch;
  std::vector<const std::vector<Index>*> lists;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    batch.push_back(&pictures[i]);
    lists.push_back(&cells[i]);
  }
  const TensorView<const float, 4> ab = one.predict(batch, lists), same = many.predict(batch, lists);  // (3,2,16,16)
  CHECK(std::equal(ab.data(), ab.data() + ab.elements(), same.data()));
  for (Index y = 0; y < 16; ++y)
    for (Index x = 0; x < 16; ++x) CHECK((ab(0, 0, y, x) == 0 && ab(0, 1, y, x) == 0));  // grey without a hint
  // A lone hint colours all of its picture alike, as the mean of its cell.
  const auto lab = pictures[1].lab();
  const float a = (lab(1, 2, 2) + lab(1, 2, 3) + lab(1, 3, 2) + lab(1, 3, 3)) / 4;
  CHECK(ab(1, 0, 15, 0) == Approx(a).margin(1e-4));
  // Each of several keeps its own.
  for (const Index cell : cells[2])
    CHECK(ab(2, 1, grid.row_of(cell), grid.column_of(cell)) ==
          Approx(cell_color(pictures[2].lab(), grid, cell).b).margin(1e-4));

  CHECK_THROWS_AS(OptimizationProtocol(grid, 0, 1), ArgumentError);
  CHECK_THROWS_AS(one.predict(batch, std::span(lists).first(2)), ShapeError);
}
