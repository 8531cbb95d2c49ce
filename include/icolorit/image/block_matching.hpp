// Block matching: optical flow without any library, for where there is no better one.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

#include "icolorit/image/flow_field.hpp"

namespace icolorit {

/// Blocks of 8 x 8 pixels are sought from the coarsest level of a pyramid to the finest: at each level the best of the
/// vectors that the coarser one found near the block, moved by up to 2 pixels; then a median over neighbouring blocks,
/// parts of a pixel by a parabola, and interpolation between the blocks' centres. It finds moves of any length whose
/// object is larger than a block at the level where it moves by less than 2 pixels. One thread uses it at a time.
class BlockMatching {
 public:
  void operator()(FlowField& flow, TensorView<const std::uint8_t, 2> from, TensorView<const std::uint8_t, 2> to) {
    expect_shape("BlockMatching", "to", to, from.extents());
    expect_shape("BlockMatching", "flow", flow.view(), {2, from.extent(0), from.extent(1)});
    build(from_, from);
    build(to_, to);
    Vectors vectors;
    for (std::size_t level = from_.size(); level-- > 0;) {
      vectors = matched(from_[level], to_[level], vectors);
      if (level == 0) refine(vectors, from_[0], to_[0]);
      vectors = median(vectors);
    }
    spread(flow, vectors);
  }

 private:
  static constexpr Index block = 8, step = 4, margin = 24;  // margin: pixels around a level that repeat its border

  /// A picture with a border, so that blocks may reach beyond it.
  struct Level {
    Index height = 0, width = 0;
    std::vector<std::uint8_t> pixels;

    Index stride() const { return width + 2 * margin; }
    const std::uint8_t* at(Index y, Index x) const {
      y = std::clamp(y, -margin, height + margin - block);
      x = std::clamp(x, -margin, width + margin - block);
      return pixels.data() + (y + margin) * stride() + x + margin;
    }
  };

  struct Vector {
    float x = 0, y = 0;
  };
  /// A vector for each block, the blocks' corners `step` pixels apart.
  struct Vectors {
    Index rows = 0, columns = 0;
    std::vector<Vector> values;

    Vectors() = default;
    Vectors(Index r, Index c) : rows(r), columns(c), values(static_cast<std::size_t>(r * c)) {}
    Vector& at(Index row, Index column) {
      return values[static_cast<std::size_t>(std::clamp(row, Index{0}, rows - 1) * columns +
                                             std::clamp(column, Index{0}, columns - 1))];
    }
  };

  template <class Pixel>
  static Level padded(Index height, Index width, Pixel pixel) {
    Level level{height, width, {}};
    level.pixels.reserve(static_cast<std::size_t>((height + 2 * margin) * level.stride()));
    for (Index y = -margin; y < height + margin; ++y)
      for (Index x = -margin; x < width + margin; ++x)
        level.pixels.push_back(pixel(std::clamp(y, Index{0}, height - 1), std::clamp(x, Index{0}, width - 1)));
    return level;
  }

  static void build(std::vector<Level>& pyramid, TensorView<const std::uint8_t, 2> picture) {
    pyramid.clear();
    pyramid.push_back(padded(picture.extent(0), picture.extent(1), [&](Index y, Index x) { return picture(y, x); }));
    while (std::min(pyramid.back().height, pyramid.back().width) >= 4 * block) {
      const Level& fine = pyramid.back();
      const auto pixel = [&](Index y, Index x) {
        const std::uint8_t* const corner = fine.pixels.data() + (2 * y + margin) * fine.stride() + 2 * x + margin;
        return static_cast<std::uint8_t>(
            (corner[0] + corner[1] + corner[fine.stride()] + corner[fine.stride() + 1] + 2) / 4);
      };
      pyramid.push_back(padded(fine.height / 2, fine.width / 2, pixel));
    }
  }

  static int difference(const std::uint8_t* a, Index a_stride, const std::uint8_t* b, Index b_stride) {
    int sum = 0;
    for (Index y = 0; y < block; ++y)
      for (Index x = 0; x < block; ++x) sum += std::abs(a[y * a_stride + x] - b[y * b_stride + x]);
    return sum;
  }

  static int difference(const Level& from, const Level& to, Index y, Index x, Index dy, Index dx) {
    return difference(from.at(y, x), from.stride(), to.at(y + dy, x + dx), to.stride());
  }

  /// Corner of a block whose centre is at the centre of its cell of `step` pixels.
  static Index corner(Index cell) { return cell * step + step / 2 - block / 2; }

  static Vectors matched(const Level& from, const Level& to, Vectors& coarse) {
    constexpr Index search = 2;
    Vectors found((from.height + step - 1) / step, (from.width + step - 1) / step);
    for (Index row = 0; row < found.rows; ++row)
      for (Index column = 0; column < found.columns; ++column) {
        const Index y = corner(row), x = corner(column);
        Index best_y = 0, best_x = 0;
        int least = difference(from, to, y, x, 0, 0);
        const auto attempt = [&](Index dy, Index dx) {
          const int sum = difference(from, to, y, x, dy, dx);
          if (sum < least) least = sum, best_y = dy, best_x = dx;
        };
        if (coarse.rows > 0)
          for (const auto& [r, c] : {std::pair{0, 0}, {-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
            const Vector near = coarse.at(row / 2 + r, column / 2 + c);
            attempt(static_cast<Index>(std::lround(2 * near.y)), static_cast<Index>(std::lround(2 * near.x)));
          }
        const Index middle_y = best_y, middle_x = best_x;
        for (Index dy = -search; dy <= search; ++dy)
          for (Index dx = -search; dx <= search; ++dx) attempt(middle_y + dy, middle_x + dx);
        found.at(row, column) = {static_cast<float>(best_x), static_cast<float>(best_y)};
      }
    return found;
  }

  /// Parts of a pixel: the lowest point of a parabola through the differences at the place and beside it.
  static void refine(Vectors& vectors, const Level& from, const Level& to) {
    for (Index row = 0; row < vectors.rows; ++row)
      for (Index column = 0; column < vectors.columns; ++column) {
        Vector& vector = vectors.at(row, column);
        const auto dx = static_cast<Index>(vector.x), dy = static_cast<Index>(vector.y);
        const auto at = [&](Index y, Index x) {
          return static_cast<float>(difference(from, to, corner(row), corner(column), dy + y, dx + x));
        };
        const float middle = at(0, 0);
        if (middle == 0) continue;  // nothing fits better
        const auto lowest = [&](float before, float after) {
          const float curvature = before - 2 * middle + after;
          return curvature > 0 ? std::clamp(.5f * (before - after) / curvature, -.5f, .5f) : 0.f;
        };
        vector.x += lowest(at(0, -1), at(0, 1));
        vector.y += lowest(at(-1, 0), at(1, 0));
      }
  }

  static Vectors median(Vectors& vectors) {
    Vectors result(vectors.rows, vectors.columns);
    std::array<float, 9> x{}, y{};
    for (Index row = 0; row < vectors.rows; ++row)
      for (Index column = 0; column < vectors.columns; ++column) {
        for (Index i = 0; i < 9; ++i) {
          const Vector near = vectors.at(row + i / 3 - 1, column + i % 3 - 1);
          x[static_cast<std::size_t>(i)] = near.x;
          y[static_cast<std::size_t>(i)] = near.y;
        }
        std::ranges::nth_element(x, x.begin() + 4);
        std::ranges::nth_element(y, y.begin() + 4);
        result.at(row, column) = {x[4], y[4]};
      }
    return result;
  }

  /// Every pixel's vector, interpolated between the centres of the blocks.
  static void spread(FlowField& flow, Vectors& vectors) {
    const auto field = flow.view();
    for (Index y = 0; y < flow.height(); ++y) {
      const float row = (static_cast<float>(y) + .5f) / step - .5f;
      const auto top = static_cast<Index>(std::floor(row));
      const float v = row - static_cast<float>(top);
      for (Index x = 0; x < flow.width(); ++x) {
        const float column = (static_cast<float>(x) + .5f) / step - .5f;
        const auto left = static_cast<Index>(std::floor(column));
        const float u = column - static_cast<float>(left);
        const Vector a = vectors.at(top, left), b = vectors.at(top, left + 1);
        const Vector c = vectors.at(top + 1, left), d = vectors.at(top + 1, left + 1);
        field(0, y, x) = (a.x * (1 - u) + b.x * u) * (1 - v) + (c.x * (1 - u) + d.x * u) * v;
        field(1, y, x) = (a.y * (1 - u) + b.y * u) * (1 - v) + (c.y * (1 - u) + d.y * u) * v;
      }
    }
  }

  std::vector<Level> from_, to_;
};

}  // namespace icolorit
