// Colour hints: points of the original picture whose colour is known, and the mask and ab planes the network reads.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/core/grid.hpp"
#include "icolorit/core/random.hpp"
#include "icolorit/core/tensor_view.hpp"
#include "icolorit/image/color_space.hpp"

namespace icolorit {

/// The pixel in column x and row y of the original picture, counted from 0 at its top left, is to have this colour.
/// Only a and b count: L is the picture's own. The hint's L is kept so that a program can show and save the colour that
/// was picked. sRGB converts: `Hint{40, 30, parse_color("#c08040")}`, `Hint{40, 30, Rgb{192, 128, 64}}`. Numbers that
/// no colour has in Lab are refused where hints are taken.
struct Hint {
  Index x = 0, y = 0;
  Lab<float> color;
  /// The colour holds up to this many pixels around, as far as the lightness is about the same. 0: at the pixel alone.
  float radius = 0;
  static constexpr float max_radius = 1 << 20;  ///< reaches across any picture
  friend constexpr bool operator==(const Hint&, const Hint&) = default;
};

/// A hint of an 8-bit sRGB colour, where the braces of `Hint{x, y, color}` do not fit.
[[nodiscard]] inline Hint make_hint(Index x, Index y, const Rgb<std::uint8_t>& color) { return {x, y, color}; }

/// The hint's colour in 8 bits, clamped into sRGB; exactly the 8-bit colour that the hint was made of.
inline Rgb<std::uint8_t> hint_color(const Hint& hint) {
  const Rgb<float> rgb = lab_to_rgb(hint.color);
  const auto sample = [](float unit) {
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(unit, 0.f, 1.f)));
  };
  return {sample(rgb.r), sample(rgb.g), sample(rgb.b)};
}

/// Throws ArgumentError unless these are numbers that colours have in Lab: `Hint{x, y, {200, 64, 46}}` is Lab, too, and
/// was probably meant as sRGB.
inline void expect_color(const char* function, const Lab<float>& color) {
  constexpr float max_ab = 128;     // those of sRGB stay below 110
  constexpr float rounding = .01f;  // black becomes a little less than 0
  if (color.l >= -rounding && color.l <= 100 + rounding && std::abs(color.a) <= max_ab && std::abs(color.b) <= max_ab)
    return;
  throw ArgumentError(concat(function, ": a hint has the colour {", color.l, ", ", color.a, ", ", color.b,
                             "}, expected Lab with L in [0,100] and a, b in [-", max_ab, ",", max_ab,
                             "]; write an sRGB colour as parse_color(\"#c8402e\") or Rgb{200, 64, 46}"));
}

/// Throws ArgumentError, naming the hint and the picture, unless the hint lies in a picture of width x height pixels
/// and has a colour, see expect_color, and a radius.
inline void expect_hint(const char* function, const Hint& hint, Index width, Index height) {
  if (hint.x < 0 || hint.x >= width || hint.y < 0 || hint.y >= height)
    throw ArgumentError(concat(function, ": the hint at (", hint.x, ",", hint.y, ") lies outside the picture of ",
                               width, " x ", height, " pixels"));
  expect_color(function, hint.color);
  if (!(hint.radius >= 0 && hint.radius <= Hint::max_radius))
    throw ArgumentError(
        concat(function, ": a hint has the radius ", hint.radius, ", expected 0 to ", Hint::max_radius, " pixels"));
}

/// The position on an axis of `target` pixels that holds the centre of pixel i of an axis of `source` pixels.
constexpr Index rescale_position(Index i, Index source, Index target) { return (2 * i + 1) * target / (2 * source); }

/// The network's picture cut into square hint cells. Cells are numbered row by row, as the mask is.
/// Thread-safety: any number of threads may read one; a thread that changes it must be alone.
class HintGrid {
 public:
  /// height x width network pixels in cells of `cell` x `cell` pixels (published: 2; 16 gives the patch-level mask).
  /// Throws ArgumentError unless `cell` divides both.
  HintGrid(Index height, Index width, Index cell) : height_(height), width_(width), cell_(cell) {
    if (cell < 1 || height < 1 || width < 1 || height % cell != 0 || width % cell != 0)
      throw ArgumentError(concat("HintGrid: cells of ", cell, " x ", cell, " pixels do not tile ", width, " x ", height,
                                 " pixels; the cell must divide both"));
  }

  /// The grid of a mask of `cells` entries: the length tells the cell's side. Throws ArgumentError where none fits.
  static HintGrid of_mask(Index height, Index width, Index cells) {
    const Index cell = cell_of_mask(height, width, cells);
    if (cell == 0)
      throw ArgumentError(
          concat("HintGrid.of_mask: no square cell cuts ", width, " x ", height, " pixels into ", cells, " cells"));
    return HintGrid(height, width, cell);
  }
  /// The side of the square cells that cut height x width pixels into that many; 0 where there are none.
  static Index cell_of_mask(Index height, Index width, Index cells) {
    const double area = cells < 1 ? 0. : static_cast<double>(height) * static_cast<double>(width);
    const auto cell = static_cast<Index>(std::lround(std::sqrt(area / static_cast<double>(std::max(cells, Index{1})))));
    const bool fits = cell >= 1 && height % cell == 0 && width % cell == 0 && (height / cell) * (width / cell) == cells;
    return fits ? cell : 0;
  }

  Index height() const { return height_; }
  Index width() const { return width_; }
  Index cell() const { return cell_; }
  Index rows() const { return height_ / cell_; }
  Index columns() const { return width_ / cell_; }
  Index cells() const { return rows() * columns(); }

  /// The cell that holds a network pixel.
  Index cell_at(Index row, Index column) const {
    ICOLORIT_ASSERT(row >= 0 && row < height_ && column >= 0 && column < width_);
    return row / cell_ * columns() + column / cell_;
  }
  /// The first network row and column of a cell: what the published text files call the hint's position.
  Index row_of(Index cell) const { return cell / columns() * cell_; }
  Index column_of(Index cell) const { return cell % columns() * cell_; }

 private:
  Index height_, width_, cell_;
};

/// Throws ArgumentError unless the grid has this cell.
inline void expect_cell(const char* function, const HintGrid& grid, Index cell) {
  if (cell >= 0 && cell < grid.cells()) return;
  throw ArgumentError(concat(function, ": cell ", cell, " of a grid of ", grid.cells(), " cells"));
}

/// Draws the hints at network size.
///   mask   (cells)  overwritten: 0 where the cell has a hint, 1 elsewhere (the published polarity)
///   ab     (2,h,w)  overwritten: the hint's a and b on every pixel of its cell, 0 elsewhere; Lab units
///   hints           of a picture of width x height pixels; each falls into the cell that holds its pixel's centre
/// Of several hints in one cell the last wins. Returns how many were lost that way. Throws ShapeError, and
/// ArgumentError for a hint outside the picture or without a colour; then nothing was written.
inline Index rasterise_hints(TensorView<float, 1> mask, TensorView<float, 3> ab, std::span<const Hint> hints,
                             Index width, Index height, const HintGrid& grid) {
  expect_shape("rasterise_hints", "mask", mask, {grid.cells()});
  expect_shape("rasterise_hints", "ab", ab, {2, grid.height(), grid.width()});
  for (const Hint& hint : hints) expect_hint("rasterise_hints", hint, width, height);

  const auto fill = [&](Index channel, Index row, Index column, Index rows, Index columns, float value) {
    for (Index y = row; y < row + rows; ++y)
      for (Index x = column; x < column + columns; ++x) ab(channel, y, x) = value;
  };
  for (Index cell = 0; cell < grid.cells(); ++cell) mask(cell) = 1;
  for (Index channel = 0; channel < 2; ++channel) fill(channel, 0, 0, grid.height(), grid.width(), 0);

  Index lost = 0;
  for (const Hint& hint : hints) {
    const Index cell =
        grid.cell_at(rescale_position(hint.y, height, grid.height()), rescale_position(hint.x, width, grid.width()));
    lost += mask(cell) == 0;
    mask(cell) = 0;
    fill(0, grid.row_of(cell), grid.column_of(cell), grid.cell(), grid.cell(), hint.color.a);
    fill(1, grid.row_of(cell), grid.column_of(cell), grid.cell(), grid.cell(), hint.color.b);
  }
  return lost;
}

/// The colour of a cell of a colour picture, lab (3,h,w) at network size, as the network averages it: bilinear
/// downsampling with half-pixel centres and no antialiasing, so the mean of the cell only for cells of 2 pixels, of its
/// central 2 x 2 for larger even ones, and the central pixel for odd ones.
inline Lab<float> cell_color(TensorView<const float, 3> lab, const HintGrid& grid, Index cell) {
  expect_shape("cell_color", "lab", lab, {3, grid.height(), grid.width()});
  expect_cell("cell_color", grid, cell);
  const CellCenter center(grid.cell());
  const Index top = grid.row_of(cell) + center.low, bottom = grid.row_of(cell) + center.high;
  const Index left = grid.column_of(cell) + center.low, right = grid.column_of(cell) + center.high;
  const auto mean = [&](Index channel) {
    const TensorView<const float, 2> plane = lab[channel];
    return (plane(top, left) + plane(top, right) + plane(bottom, left) + plane(bottom, right)) / 4;
  };
  return {mean(0), mean(1), mean(2)};
}

/// Hints at the centres of these cells, in a picture of width x height pixels, with the colours of the same picture at
/// network size, lab (3,h,w). rasterise_hints brings each back into its own cell unless the picture has fewer pixels
/// than the grid has cells along an axis. Throws ShapeError and ArgumentError.
inline std::vector<Hint> reveal_hints(TensorView<const float, 3> lab, const HintGrid& grid,
                                      std::span<const Index> cells, Index width, Index height) {
  std::vector<Hint> hints;
  hints.reserve(cells.size());
  for (const Index cell : cells) {
    const Lab<float> color = cell_color(lab, grid, cell);
    hints.push_back({rescale_position(grid.column_of(cell) / grid.cell(), grid.columns(), width),
                     rescale_position(grid.row_of(cell) / grid.cell(), grid.rows(), height), color});
  }
  return hints;
}

/// `count` different cells, every choice and every order equally likely. Throws ArgumentError where the grid has fewer.
inline std::vector<Index> random_hint_cells(Random& random, const HintGrid& grid, Index count) {
  if (count < 0 || count > grid.cells())
    throw ArgumentError(concat("random_hint_cells: ", count, " hints wanted of ", grid.cells(), " cells"));
  std::vector<Index> cells(static_cast<std::size_t>(grid.cells()));
  std::iota(cells.begin(), cells.end(), Index{0});
  for (Index i = 0; i < count; ++i)
    std::swap(cells[static_cast<std::size_t>(i)], cells[static_cast<std::size_t>(i + random.below(grid.cells() - i))]);
  cells.resize(static_cast<std::size_t>(count));
  return cells;
}

}  // namespace icolorit
