// What the tests of the command-line tool feed it: files of the repository, and pictures made up.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "icolorit/core/random.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit::test {

inline const std::filesystem::path golden = ICOLORIT_GOLDEN_DIR;
inline const std::filesystem::path examples = golden.parent_path().parent_path() / "examples";
/// A small network of 48 x 48 pixels, patch 8.
inline const std::filesystem::path checkpoint = golden / "network" / "cnn" / "checkpoint.pth";

/// A colourful picture that shrinks to no fewer bytes than it has pixels.
inline Image noise(Index width, Index height, int channels, std::uint64_t seed = 1) {
  Image picture(width, height, channels, 8);
  Random random(seed);
  for (std::uint8_t& sample :
       std::span(picture.samples<std::uint8_t>().data(), static_cast<std::size_t>(width * height * channels)))
    sample = static_cast<std::uint8_t>(random.below(256));
  return picture;
}

/// Whether the components of every pixel differ by no more than rounding explains.
inline bool is_all_grey(const Image& image) {
  const Image rgb = converted(image, 3, 8);
  const auto samples = rgb.samples<std::uint8_t>();
  for (Index y = 0; y < rgb.height(); ++y)
    for (Index x = 0; x < rgb.width(); ++x)
      if (std::abs(samples(y, x, 0) - samples(y, x, 1)) > 1 || std::abs(samples(y, x, 1) - samples(y, x, 2)) > 1)
        return false;
  return true;
}

}  // namespace icolorit::test
