// AlbumSplit: which pictures of an album a training learns from, and which it is validated with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/training/dataset.hpp"

namespace icolorit {

/// Numbers of pictures, ascending.
struct AlbumSplit {
  std::vector<Index> training, validation;
};

/// Holds out a share of the pictures, at least one and never all. A picture's lot follows from its name and the seed,
/// so that an album that grows keeps most of its validation pictures. Throws ArgumentError for fewer than two pictures
/// or a share outside (0,1).
template <Dataset D>
AlbumSplit split_album(const D& pictures, double share, std::uint64_t seed) {
  const Index count = pictures.size();
  if (count < 2 || !(share > 0 && share < 1))
    throw ArgumentError(
        concat("split_album: a share of ", share, " of ", count, " pictures, expected 0 to 1 of at least 2"));
  std::vector<std::pair<double, Index>> lots;
  for (Index i = 0; i < count; ++i) {
    const std::string name = pictures.name(i);
    lots.emplace_back(Random(seed, crc32(std::as_bytes(std::span(name)))).uniform(), i);
  }
  std::ranges::sort(lots);
  const Index held_out = std::clamp<Index>(std::llround(share * static_cast<double>(count)), 1, count - 1);
  AlbumSplit split;
  for (Index i = 0; i < count; ++i)
    (i < held_out ? split.validation : split.training).push_back(lots[static_cast<std::size_t>(i)].second);
  std::ranges::sort(split.training);
  std::ranges::sort(split.validation);
  return split;
}

}  // namespace icolorit
