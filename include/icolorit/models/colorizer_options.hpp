// How a Colorizer brings an engine's colours to the picture's own size.
#pragma once

#include "icolorit/core/log.hpp"
#include "icolorit/image/upsampling.hpp"

namespace icolorit {

struct ColorizerOptions {
  Upsampling upsampling = Upsampling::guided;
  /// Smooths the colours along the lightness at working size, before they are enlarged: the "local statistics"
  /// stabilizer.
  bool local_statistics = false;
  LogCallback log{};  ///< told of every picture that is set, and of hints that do not count
};

}  // namespace icolorit
