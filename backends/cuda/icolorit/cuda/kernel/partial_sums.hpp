// Sums over the rows of a matrix in two steps: teams add up blocks of rows, then the blocks' sums are added, in an
// order that depends on the number of rows alone, so that results do not change from run to run.
#pragma once

#include "icolorit/core/config.hpp"

namespace icolorit::cuda {

/// Rows of a block. The partial sums then take a sixty-fourth of the matrix's memory, and one picture of the published
/// networks, 196 rows, already keeps four teams busy.
inline constexpr Index rows_per_sum = 64;

constexpr Index partial_sums(Index rows) { return (rows + rows_per_sum - 1) / rows_per_sum; }

/// The rows [first, last) of `rows` that one partial sum is of.
struct RowRange {
  Index first, last;
};
ICOLORIT_HOST_DEVICE constexpr RowRange summed_rows(Index part, Index rows) {
  const Index first = part * rows_per_sum, last = first + rows_per_sum;
  return {first, last < rows ? last : rows};
}

}  // namespace icolorit::cuda
