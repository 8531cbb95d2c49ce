// OpenedImage: a picture whose size is known before it is decoded.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/image/image.hpp"
#include "icolorit/image/picture_metadata.hpp"

namespace icolorit {

/// What a caller needs to choose a part of a picture, and the picture itself once it has chosen.
struct OpenedImage {
  Index width = 0, height = 0;  ///< in full and upright

  /// The picture, upright, at any scale from `min_scale` in (0,1] up to 1, the same for both sides but for rounding:
  /// a decoder that can make a smaller picture in less time does so. To be called once. Throws FormatError.
  std::function<Image(double min_scale)> decode;

  PictureMetadata metadata{};        ///< of the file, orientation and all
  std::vector<std::string> notes{};  ///< whole sentences on what the user may not expect, e.g. an unusable profile
  Index pages = 1;                   ///< pictures in the file, of which this is one
};

/// A picture that is decoded already, or that can only be decoded in full.
inline OpenedImage opened(Image image) {
  const Index width = image.width(), height = image.height();
  return {width, height, [image = std::move(image)](double) mutable { return std::move(image); }};
}

}  // namespace icolorit
