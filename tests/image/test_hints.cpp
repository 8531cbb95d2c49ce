#include <algorithm>
#include <set>
#include <vector>

#include "icolorit/image/hint_list.hpp"
#include "icolorit/image/hints.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

Hint hint_at(Index x, Index y, float a = 0, float b = 0) { return {x, y, {50, a, b}}; }

/// rasterise_hints into planes of its own, filled with rubbish before.
struct Planes {
  explicit Planes(const HintGrid& cells)
      : grid(cells),
        mask_values(static_cast<std::size_t>(grid.cells()), -7.f),
        ab_values(static_cast<std::size_t>(2 * grid.height() * grid.width()), -7.f) {}

  Index draw(const std::vector<Hint>& hints, Index width, Index height) {
    return rasterise_hints(mask(), ab(), hints, width, height, grid);
  }
  TensorView<float, 1> mask() { return {mask_values.data(), {grid.cells()}}; }
  TensorView<float, 3> ab() { return {ab_values.data(), {2, grid.height(), grid.width()}}; }
  Index hinted() const { return std::count(mask_values.begin(), mask_values.end(), 0.f); }

  HintGrid grid;
  std::vector<float> mask_values, ab_values;
};

}  // namespace

TEST_CASE("Hints: 8-bit colours survive the way through Lab", "[hints]") {
  // Every 5th level of each channel, ends included.
  for (int r = 0; r < 256; r += 5)
    for (int g = 0; g < 256; g += 5)
      for (int b = 0; b < 256; b += 5) {
        const Rgb<std::uint8_t> color{static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g),
                                      static_cast<std::uint8_t>(b)};
        if (hint_color(make_hint(0, 0, color)) != color) FAIL("lost " << to_hex(color));
      }
  CHECK(hint_color({0, 0, {100, 110, 110}}).r == 255);  // out of gamut: clamped
}

TEST_CASE("Hints: an 8-bit sRGB colour serves where Lab is wanted", "[hints]") {
  const Hint expected = make_hint(7, 8, {0xc8, 0x40, 0x2e});
  CHECK(Hint{7, 8, parse_color("#c8402e")} == expected);
  CHECK(Hint{.x = 7, .y = 8, .color = parse_color("#c8402e")} == expected);

  HintList list(100, 50);
  const auto id = list.add({7, 8, parse_color("#c8402e")});
  CHECK(list.at(id) == expected);
  list.recolor(id, parse_color("#204080"));
  CHECK(to_hex(hint_color(list.at(id))) == "#204080");

  list.recolor(id, Rgb{200, 64, 46});  // as it is typed: 8 bits
  CHECK(list.at(id) == expected);
  CHECK(list.at(list.add({1, 2, Rgb{1.f, 0.f, 0.f}})).color == Lab<float>(Rgb{255, 0, 0}));  // floats: from 0 to 1
  CHECK(list.at(list.add({1, 2, Rgb{1., 1., 1.}})).color == Lab<float>(Rgb{255, 255, 255}));
  CHECK_THROWS_AS(list.add({1, 2, Rgb{200.f, 64.f, 46.f}}), ArgumentError);

  const Lab<float> white = Rgb<std::uint8_t>{255, 255, 255};
  CHECK(white.l == Approx(100).margin(1e-3));
  CHECK(white.a == Approx(0).margin(0.01));
  STATIC_REQUIRE(std::is_aggregate_v<Hint>);
}

TEST_CASE("HintGrid: pixels and cells for any side that divides the picture", "[hints]") {
  const HintGrid grid(6, 8, 2);
  CHECK(grid.cells() == 12);
  CHECK(grid.cell_at(0, 0) == 0);
  CHECK(grid.cell_at(1, 1) == 0);
  CHECK(grid.cell_at(1, 2) == 1);
  CHECK(grid.cell_at(5, 7) == 11);
  for (Index cell = 0; cell < grid.cells(); ++cell)
    CHECK(grid.cell_at(grid.row_of(cell), grid.column_of(cell)) == cell);
  CHECK(HintGrid(224, 224, 16).cells() == 196);

  CHECK(HintGrid::of_mask(224, 224, 112 * 112).cell() == 2);
  CHECK(HintGrid::of_mask(224, 224, 196).cell() == 16);
  CHECK(HintGrid::of_mask(6, 8, 12).cell() == 2);
  CHECK_THROWS_WITH(HintGrid::of_mask(224, 224, 195), ContainsSubstring("into 195 cells"));
  CHECK_THROWS_AS(HintGrid::of_mask(224, 224, 0), ArgumentError);
  CHECK_THROWS_AS(HintGrid::of_mask(224, 224, -1), ArgumentError);
  CHECK_THROWS_AS(HintGrid::of_mask(0, 0, 1), ArgumentError);
  CHECK_THROWS_WITH(HintGrid(6, 8, 4), ContainsSubstring("cells of 4 x 4 pixels do not tile 8 x 6 pixels"));
  CHECK_THROWS_AS(HintGrid(6, 8, 0), ArgumentError);
}

TEST_CASE("rasterise_hints: mask 0 and the colour on the whole cell, 1 and 0 elsewhere", "[hints]") {
  Planes planes(HintGrid(4, 6, 2));
  CHECK(planes.draw({hint_at(3, 2, 10, -20)}, 6, 4) == 0);  // cell row 1, column 1
  for (Index cell = 0; cell < 6; ++cell) CHECK(planes.mask()(cell) == (cell == 4 ? 0.f : 1.f));
  for (Index y = 0; y < 4; ++y)
    for (Index x = 0; x < 6; ++x) {
      const bool inside = y >= 2 && x >= 2 && x < 4;
      CHECK(planes.ab()(0, y, x) == (inside ? 10.f : 0.f));
      CHECK(planes.ab()(1, y, x) == (inside ? -20.f : 0.f));
    }
  CHECK(planes.draw({}, 6, 4) == 0);
  CHECK(planes.hinted() == 0);
  CHECK(planes.ab()(0, 2, 2) == 0);
}

TEST_CASE("rasterise_hints: positions of the original scale to the network's picture", "[hints]") {
  Planes planes(HintGrid(224, 224, 16));
  REQUIRE(planes.mask_values.size() == 196);
  planes.draw({hint_at(0, 0), hint_at(999, 499), hint_at(499, 0), hint_at(500, 0)}, 1000, 500);
  CHECK(planes.mask()(0) == 0);
  CHECK(planes.mask()(195) == 0);
  CHECK(planes.mask()(6) == 0);  // the picture's middle lies between cells 6 and 7
  CHECK(planes.mask()(7) == 0);
  CHECK(planes.hinted() == 4);

  planes.draw({hint_at(0, 0)}, 1, 1);  // the one pixel of a picture covers the network's: its centre counts
  CHECK(planes.mask()(7 * 14 + 7) == 0);
  planes.draw({hint_at(0, 4999)}, 1, 5000);
  CHECK(planes.mask()(13 * 14 + 7) == 0);
}

TEST_CASE("rasterise_hints: the last of several hints in a cell wins", "[hints]") {
  Planes planes(HintGrid(4, 4, 2));
  CHECK(planes.draw({hint_at(0, 0, 1), hint_at(1, 1, 2), hint_at(3, 3, 4), hint_at(0, 1, 3)}, 4, 4) == 2);
  CHECK(planes.ab()(0, 0, 0) == 3);
  CHECK(planes.ab()(0, 3, 3) == 4);
  CHECK(planes.hinted() == 2);
}

TEST_CASE("rasterise_hints: refuses hints outside and planes of other shapes", "[hints]") {
  Planes planes(HintGrid(4, 4, 2));
  for (const Hint& hint : {hint_at(4, 0), hint_at(0, 4), hint_at(-1, 0), hint_at(0, -1)})
    CHECK_THROWS_AS(planes.draw({hint_at(0, 0), hint}, 4, 4), ArgumentError);
  CHECK_THROWS_WITH(planes.draw({hint_at(9, 2)}, 4, 3),
                    ContainsSubstring("the hint at (9,2) lies outside the picture of 4 x 3 pixels"));
  CHECK(planes.mask()(0) == -7);  // nothing was written
  CHECK_THROWS_AS(rasterise_hints(planes.mask().narrowed(0, 0, 3), planes.ab(), {}, 4, 4, planes.grid), ShapeError);
  CHECK_THROWS_AS(rasterise_hints(planes.mask(), planes.ab().narrowed(1, 0, 2), {}, 4, 4, planes.grid), ShapeError);
}

TEST_CASE("cell_color: averages as the network does", "[hints]") {
  // L is 10 times the row plus the column, a the row, b the column: means can be read off.
  constexpr Index size = 12;
  std::vector<float> values(3 * size * size);
  const TensorView<float, 3> lab(values.data(), {3, size, size});
  for (Index y = 0; y < size; ++y)
    for (Index x = 0; x < size; ++x) {
      lab(0, y, x) = static_cast<float>(10 * y + x);
      lab(1, y, x) = static_cast<float>(y);
      lab(2, y, x) = static_cast<float>(x * x);  // not linear: tells the centre from the whole cell
    }
  CHECK(cell_color(lab, HintGrid(size, size, 1), 13) == Lab<float>{11, 1, 1});
  CHECK(cell_color(lab, HintGrid(size, size, 2), 1) == Lab<float>{7.5f, .5f, 6.5f});      // (4 + 9) / 2
  CHECK(cell_color(lab, HintGrid(size, size, 3), 0) == Lab<float>{11, 1, 1});             // the central pixel
  CHECK(cell_color(lab, HintGrid(size, size, 4), 0) == Lab<float>{16.5f, 1.5f, 2.5f});    // (1 + 4) / 2
  CHECK(cell_color(lab, HintGrid(size, size, 12), 0) == Lab<float>{60.5f, 5.5f, 30.5f});  // (25 + 36) / 2
  CHECK_THROWS_WITH(cell_color(lab, HintGrid(size, size, 4), 9), ContainsSubstring("cell 9 of a grid of 9 cells"));
  CHECK_THROWS_AS(cell_color(lab, HintGrid(4, 4, 2), 0), ShapeError);
}

TEST_CASE("reveal_hints: every revealed hint falls back into its own cell", "[hints]") {
  const HintGrid grid(12, 20, 2);
  std::vector<float> values(static_cast<std::size_t>(3 * 12 * 20));
  Random random(5);
  for (float& value : values) value = static_cast<float>(random.uniform());
  const TensorView<const float, 3> lab(values.data(), {3, 12, 20});
  std::vector<Index> cells(static_cast<std::size_t>(grid.cells()));
  for (Index cell = 0; cell < grid.cells(); ++cell) cells[static_cast<std::size_t>(cell)] = cell;

  for (const auto& [width, height] : {std::pair<Index, Index>{20, 12}, {10, 6}, {33, 7}, {4000, 3000}, {11, 6}}) {
    Planes planes(grid);
    CHECK(planes.draw(reveal_hints(lab, grid, cells, width, height), width, height) == 0);
    CHECK(planes.hinted() == grid.cells());
    for (Index cell = 0; cell < grid.cells(); ++cell)
      CHECK(planes.ab()(1, grid.row_of(cell), grid.column_of(cell)) == cell_color(lab, grid, cell).b);
  }
}

TEST_CASE("random_hint_cells: distinct, seeded, uniform", "[hints]") {
  const HintGrid grid(8, 8, 2);
  Random random(7), same(7), other(8);
  const auto cells = random_hint_cells(random, grid, 10);
  CHECK(cells == random_hint_cells(same, grid, 10));
  CHECK(cells != random_hint_cells(other, grid, 10));
  CHECK(std::set<Index>(cells.begin(), cells.end()).size() == 10);
  CHECK(random_hint_cells(random, grid, 0).empty());
  CHECK(random_hint_cells(random, grid, 16).size() == 16);
  CHECK_THROWS_WITH(random_hint_cells(random, grid, 17), ContainsSubstring("17 hints wanted of 16 cells"));
  CHECK_THROWS_AS(random_hint_cells(random, grid, -1), ArgumentError);

  // 8000 draws of 4 of 16: each cell is expected 2000 times, standard deviation sqrt(8000 * 1/4 * 3/4) = 39; 5 of them.
  std::vector<int> times(16, 0);
  for (int draw = 0; draw < 8000; ++draw)
    for (const Index cell : random_hint_cells(random, grid, 4)) ++times[static_cast<std::size_t>(cell)];
  for (const int count : times) CHECK(std::abs(count - 2000) < 195);
}

TEST_CASE("HintList: add, move, recolour, remove, clear", "[hints]") {
  HintList list(100, 50);
  const auto first = list.add(hint_at(1, 2));
  const auto second = list.add(hint_at(3, 4));
  CHECK(first != second);
  list.move(first, 99, 49);
  list.recolor(first, {60, 7, 8});
  CHECK(list.at(first) == Hint{99, 49, {60, 7, 8}});
  CHECK(list.hints()[1] == hint_at(3, 4));
  list.remove(first);
  CHECK_FALSE(list.contains(first));
  CHECK(list.size() == 1);
  CHECK(list.ids()[0] == second);
  const auto third = list.add(hint_at(5, 6));
  CHECK(third != first);
  CHECK(std::vector<Hint>(list.begin(), list.end()) == std::vector<Hint>{hint_at(3, 4), hint_at(5, 6)});
  list.clear();
  CHECK(list.empty());

  const std::vector<Hint> several{hint_at(0, 0), hint_at(1, 1)};
  const auto block = list.add(several);
  CHECK(list.at(block + 1) == hint_at(1, 1));
  list.undo();
  CHECK(list.empty());
}

TEST_CASE("HintList: refuses what it cannot do and stays as it was", "[hints]") {
  HintList list(100, 50);
  const auto id = list.add(hint_at(1, 2));
  CHECK_THROWS_WITH(list.add(hint_at(100, 0)),
                    ContainsSubstring("HintList.add: the hint at (100,0) lies outside the picture of 100 x 50 pixels"));
  const std::vector<Hint> half_bad{hint_at(0, 0), hint_at(0, 50)};
  CHECK_THROWS_AS(list.add(half_bad), ArgumentError);
  CHECK_THROWS_AS(list.move(id, -1, 0), ArgumentError);
  CHECK_THROWS_WITH(list.move(id + 1, 0, 0), ContainsSubstring("HintList.move: there is no hint with the id 1"));
  CHECK_THROWS_AS(list.recolor(-1, {}), ArgumentError);
  CHECK_THROWS_AS(list.remove(id + 1), ArgumentError);
  CHECK_THROWS_AS(list.at(id + 1), ArgumentError);
  CHECK_THROWS_AS(HintList(0, 5), ArgumentError);
  CHECK(list.size() == 1);
  CHECK(list.at(id) == hint_at(1, 2));
  list.undo();
  CHECK_FALSE(list.can_undo());  // the refused edits left no steps
}

TEST_CASE("HintList: undo and redo walk every kind of edit back and forth", "[hints]") {
  HintList list(1000, 1000);
  Random random(11);
  std::vector<std::vector<Hint>> states{{}};
  std::vector<std::vector<HintList::Id>> ids{{}};
  const auto remember = [&] {
    states.emplace_back(list.begin(), list.end());
    ids.emplace_back(list.ids().begin(), list.ids().end());
  };
  for (int step = 0; step < 200; ++step) {
    const auto any = list.empty() ? 0 : list.ids()[static_cast<std::size_t>(random.below(list.size()))];
    const Index kind = list.empty() ? 0 : random.below(8);
    if (kind < 3) list.add(hint_at(step, step));
    if (kind == 3) list.move(any, step, 0);
    if (kind == 4) list.recolor(any, {0, static_cast<float>(step % 100), 0});
    if (kind == 5) list.remove(any);
    if (kind == 6 && step % 5 == 0) list.clear();
    if (kind == 7) list.move(any, 0, step);
    if (kind != 6 || step % 5 == 0) remember();
  }
  const auto matches = [&](std::size_t i) {
    return std::ranges::equal(list.hints(), states[i]) && std::ranges::equal(list.ids(), ids[i]);
  };
  for (std::size_t i = states.size() - 1; i-- > 0;) {
    REQUIRE(list.undo());
    REQUIRE(matches(i));
  }
  CHECK_FALSE(list.undo());
  for (std::size_t i = 1; i < states.size(); ++i) {
    REQUIRE(list.redo());
    REQUIRE(matches(i));
  }
  CHECK_FALSE(list.redo());
}

TEST_CASE("HintList: a drag is one step, and a new edit drops what could be redone", "[hints]") {
  HintList list(100, 100);
  const auto id = list.add(hint_at(0, 0));
  list.move(id, 1, 1);
  for (Index i = 2; i < 50; ++i) list.move(id, i, i, HintList::Step::joined);
  CHECK(list.at(id).x == 49);
  list.undo();
  CHECK(list.at(id).x == 0);
  list.redo();
  CHECK(list.at(id).x == 49);
  list.undo();
  const auto other = list.add(hint_at(7, 7));
  CHECK_FALSE(list.can_redo());
  list.undo();
  CHECK(list.add(hint_at(8, 8)) != other);  // ids are not used twice, not even after undo
}

TEST_CASE("HintList: remembers only so many steps", "[hints]") {
  HintList list(2000, 1);
  const auto id = list.add(hint_at(0, 0));
  for (Index x = 1; x < 1500; ++x) list.move(id, x, 0);
  std::size_t steps = 0;
  while (list.undo()) ++steps;
  CHECK(steps == HintList::max_steps);
  CHECK(list.at(id).x == 1499 - static_cast<Index>(HintList::max_steps));
}

TEST_CASE("HintList: the nearest hint within a radius", "[hints]") {
  HintList list(100, 100);
  const auto left = list.add(hint_at(10, 10));
  const auto right = list.add(hint_at(20, 10));
  CHECK(list.nearest(12, 10, 5) == left);
  CHECK(list.nearest(18.5, 11, 5) == right);
  CHECK(list.nearest(15, 10, 5) == right);  // equally far: the later one is drawn on top
  CHECK_FALSE(list.nearest(15, 10, 4.9).has_value());
  CHECK(list.nearest(10, 10, 0) == left);
}

TEST_CASE("three bare numbers that were meant as sRGB are refused as a colour of Lab", "[hints][errors]") {
  HintList list(10, 10);
  for (const Lab<float>& color : {Lab<float>{200, 64, 46}, {50, 200, 46}, {50, 0, -129}, {-1, 0, 0}, {NAN, 0, 0}}) {
    CHECK_THROWS_WITH(list.add({1, 2, color}), ContainsSubstring("Lab") && ContainsSubstring("parse_color"));
    CHECK_THROWS_AS(list.add(std::vector<Hint>{{1, 2, color}}), ArgumentError);
    CHECK_THROWS_AS(list.replace(std::vector<Hint>{{1, 2, color}}), ArgumentError);
  }
  CHECK(list.empty());
  const auto id = list.add({1, 2, Rgb<std::uint8_t>{200, 64, 46}});
  CHECK_THROWS_AS(list.recolor(id, {200, 64, 46}), ArgumentError);
  CHECK(list.at(id).color == Lab<float>(Rgb<std::uint8_t>{200, 64, 46}));
}
