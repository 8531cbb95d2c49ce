// Pixels between an Image and libavif, which knows RGB and RGBA only.
#pragma once

#if defined(ICOLORIT_AVIF)

#include <avif/avif.h>

#include <cstdint>

#include "icolorit/image/image.hpp"
#include "icolorit/io/codecs/codec.hpp"

namespace icolorit::codec {

/// The samples of a picture of 3 or 4 channels, as libavif wants them described. They must outlive the result.
inline avifRGBImage avif_pixels(const avifImage& file, const Image& image) {
  avifRGBImage pixels;
  avifRGBImageSetDefaults(&pixels, &file);
  pixels.depth = static_cast<std::uint32_t>(image.bits());
  pixels.format = image.has_alpha() ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
  pixels.rowBytes = static_cast<std::uint32_t>(bytes_per_row(image));
  pixels.avoidLibYUV = AVIF_TRUE;  // which is faster, and off by a code or two
  // libavif reads these when it writes a file, but does not say so in its types
  pixels.pixels = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes_of(image)));
  return pixels;
}

/// The side that a picture is mirrored to, which libavif 1.0 gave another name.
template <class Mirror>
constexpr auto& mirror_of(Mirror& mirror) {
  if constexpr (requires { mirror.axis; })
    return mirror.axis;
  else
    return mirror.mode;
}

/// The grey picture of one whose three colours are the same; alpha stays.
inline Image first_of_three(const Image& image) {
  Image grey(image.width(), image.height(), image.has_alpha() ? 2 : 1, image.bits());
  visit_samples(grey, [&]<class S>(TensorView<S, 3> out) {
    const TensorView<const S, 3> in = image.samples<S>();
    for (Index y = 0; y < out.extent(0); ++y)
      for (Index x = 0; x < out.extent(1); ++x) {
        out(y, x, 0) = in(y, x, 0);
        if (grey.has_alpha()) out(y, x, 1) = in(y, x, 3);
      }
  });
  return grey;
}

}  // namespace icolorit::codec

#endif
