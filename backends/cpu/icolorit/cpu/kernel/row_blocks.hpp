// The rows of a matrix product in blocks that stay in a cache, and the number of pieces in which a product is shared
// out.
#pragma once

#include "icolorit/cpu/kernel/parallel.hpp"

namespace icolorit::cpu {

/// Rows divided into blocks of whole tiles as evenly as they go; only the last tile may be short.
class RowBlocks {
 public:
  /// Blocks of at most `most` rows; their number is a multiple of `threads` where there are as many tiles.
  RowBlocks(Index rows, Index tile_rows, Index most, Index threads)
      : rows_(rows), tile_rows_(tile_rows), tiles_(std::max(Index{1}, (rows + tile_rows - 1) / tile_rows)) {
    const Index most_tiles = most / tile_rows, least = (tiles_ + most_tiles - 1) / most_tiles;
    count_ = std::min(tiles_, (least + threads - 1) / threads * threads);
  }

  Index count() const { return count_; }
  /// Tiles of the longest block.
  Index longest() const { return (tiles_ + count_ - 1) / count_; }

  /// The rows [first, last) of one of `parts` parts of a block.
  std::pair<Index, Index> part(Index block, Index part, Index parts) const {
    const auto [begin, end] = share(tiles_, block, count_);
    const auto [first, last] = share(end - begin, part, parts);
    return {std::min(rows_, (begin + first) * tile_rows_), std::min(rows_, (begin + last) * tile_rows_)};
  }
  std::pair<Index, Index> operator[](Index block) const { return part(block, 0, 1); }

 private:
  Index rows_, tile_rows_, tiles_, count_;
};

/// In how many pieces `count` units of so many multiply-adds each are best shared out: a piece takes about 5
/// microseconds of a core with AVX-512. That is long against taking it, one atomic addition, and short against the
/// operation.
inline Index pieces_of(Index count, Index work_each) {
  constexpr Index work_of_piece = 600'000;
  return std::clamp(count * work_each / work_of_piece, Index{1}, std::max(count, Index{1}));
}

}  // namespace icolorit::cpu
