// The published augmentation: a random part of the picture, resized to the network's input, as Lab in network units.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "icolorit/core/random.hpp"
#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/training/chroma_jitter.hpp"

namespace icolorit {

/// Defaults are the published ones, which are torchvision's RandomResizedCrop's.
struct Augmentation {
  Index size = 224;                               ///< side of the result
  double min_area = .08, max_area = 1;            ///< of the part, relative to the picture's
  double min_ratio = 3. / 4, max_ratio = 4. / 3;  ///< width : height of the part
  double mirrored = 0;                            ///< share of pictures that are mirrored left to right
  /// Decode large JPEG files at a fraction of their size, as long as the part has at least `size` pixels a side.
  bool reduced_decoding = true;
  ChromaJitter jitter{};  ///< of the result's colours
};

/// Throws ArgumentError for an empty or impossible range.
inline void expect_valid(const Augmentation& a) {
  const auto range = [](const char* name, double least, double most, double limit) {
    if (!(least > 0 && least <= most && most <= limit))
      throw ArgumentError(concat("Augmentation: the ", name, " is ", least, " to ", most,
                                 ", expected a range that begins above 0 and ends at most at ", limit));
  };
  if (a.size < 1 || a.size > 4096)
    throw ArgumentError(concat("Augmentation: the size is ", a.size, ", expected 1 to 4096"));
  range("area", a.min_area, a.max_area, 1);
  range("ratio", a.min_ratio, a.max_ratio, 1e6);
  if (!(a.mirrored >= 0 && a.mirrored <= 1))
    throw ArgumentError(concat("Augmentation: the share of mirrored pictures is ", a.mirrored, ", expected 0 to 1"));
  if (!(a.jitter.hue >= 0 && a.jitter.hue <= 180 && a.jitter.chroma >= 0))
    throw ArgumentError(concat("Augmentation: hues turn by up to ", a.jitter.hue, " degrees and chromas by up to ",
                               a.jitter.chroma, ", expected 0 to 180 and at least 0"));
}

/// A part of a picture, in its pixels.
struct CropBox {
  Index left = 0, top = 0, width = 0, height = 0;
  friend constexpr bool operator==(const CropBox&, const CropBox&) = default;
};

/// A random part of a picture of width x height pixels, as torchvision's RandomResizedCrop.get_params chooses it: area
/// uniform, logarithm of the ratio uniform, sides rounded half to even, a place uniform; after ten parts that do not
/// fit, the largest central part of a ratio in the range. Draws area, ratio, and, where they fit, top and left.
inline CropBox random_resized_crop(Random& random, Index width, Index height, const Augmentation& a) {
  const auto w = static_cast<double>(width), h = static_cast<double>(height);
  const auto uniform = [&](double least, double most) { return least + (most - least) * random.uniform(); };
  const auto whole = [](double x) { return static_cast<Index>(std::nearbyint(x)); };
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = w * h * uniform(a.min_area, a.max_area);
    const double ratio = std::exp(uniform(std::log(a.min_ratio), std::log(a.max_ratio)));
    CropBox box{0, 0, whole(std::sqrt(area * ratio)), whole(std::sqrt(area / ratio))};
    if (box.width < 1 || box.width > width || box.height < 1 || box.height > height) continue;
    box.top = random.below(height - box.height + 1);
    box.left = random.below(width - box.width + 1);
    return box;
  }
  CropBox box{0, 0, width, height};
  if (w / h < a.min_ratio)
    box.height = std::max<Index>(1, whole(w / a.min_ratio));
  else if (w / h > a.max_ratio)
    box.width = std::max<Index>(1, whole(h * a.max_ratio));
  box.top = (height - box.height) / 2;
  box.left = (width - box.width) / 2;
  return box;
}

/// The least scale of the picture at which the part still has `size` pixels along its shorter side, at most 1.
inline double scale_for(const CropBox& box, Index size) {
  return std::min(1.0, static_cast<double>(size) / static_cast<double>(std::min(box.width, box.height)));
}

/// The same part of a picture that was read at another size, rounded to its pixels.
inline CropBox rescaled(const CropBox& box, Index from_width, Index from_height, Index to_width, Index to_height) {
  const auto edge = [](Index x, Index from, Index to) { return (2 * x * to + from) / (2 * from); };
  const Index left = std::min(edge(box.left, from_width, to_width), to_width - 1);
  const Index top = std::min(edge(box.top, from_height, to_height), to_height - 1);
  return {left, top, std::max<Index>(1, edge(box.left + box.width, from_width, to_width) - left),
          std::max<Index>(1, edge(box.top + box.height, from_height, to_height) - top)};
}

/// How a picture is shown to the network: which part, whether mirrored left to right, and how its colours are turned.
struct Crop {
  CropBox box;
  bool mirrored = false;
  ChromaTurn turn{};
};

/// That part, mirrored, at another size, as resize_pillow_bilinear does it; nothing outside the part is read. Throws
/// ShapeError unless the picture has 1 or 3 channels and the box lies inside.
inline Image resized_part(const Image& picture, const Crop& crop, Index width, Index height) {
  const CropBox& box = crop.box;
  if (box.left < 0 || box.top < 0 || box.width < 1 || box.height < 1 || box.width > picture.width() - box.left ||
      box.height > picture.height() - box.top || picture.has_alpha())
    throw ShapeError(concat("resized_part: a part of ", box.width, " x ", box.height, " pixels at (", box.left, ",",
                            box.top, ") of a picture of ", picture.width(), " x ", picture.height(), " pixels of ",
                            picture.channels(), " channels, expected a part inside a picture without alpha"));
  Image resized(width, height, picture.channels(), picture.bits());
  visit_samples(resized, [&]<class S>(TensorView<S, 3> out) {
    using Arithmetic = std::conditional_t<sizeof(S) == 1, FixedPoint8, FloatingPoint<S, float>>;
    const TensorView<const S, 3> in = picture.samples<S>();
    const Index first = crop.mirrored ? box.left + box.width - 1 : box.left;
    const TensorView<const S, 3> part(&in(box.top, first, 0), {box.height, box.width, in.extent(2)},
                                      {in.stride(0), crop.mirrored ? -in.stride(1) : in.stride(1), 1});
    SeparableResizer<Arithmetic>(box.height, box.width, out.extent(0), out.extent(1), in.extent(2), TriangleKernel{})(
        out, part);
  });
  return resized;
}

/// The picture as the network gets it, in network units. The whole picture as the part gives the published evaluation's
/// input.
///   lab  (3,h,w)  overwritten; rows contiguous
/// Throws ShapeError, see resized_part.
inline void crop_to_lab(TensorView<float, 3> lab, const Image& picture, const Crop& crop) {
  image_to_lab(lab, resized_part(picture, crop, lab.extent(2), lab.extent(1)));
  for (Index y = 0; y < lab.extent(1); ++y)
    for (Index x = 0; x < lab.extent(2); ++x) {
      const Lab<float> units = crop.turn(normalise(Lab<float>{lab(0, y, x), lab(1, y, x), lab(2, y, x)}));
      lab(0, y, x) = units.l;
      lab(1, y, x) = units.a;
      lab(2, y, x) = units.b;
    }
}

/// The same part of a picture of one channel as numbers from 0 for black to 1 for white.
///   weights  (h,w)  overwritten; any strides
/// Throws ShapeError where the picture has more channels, and see resized_part.
inline void crop_to_weights(TensorView<float, 2> weights, const Image& picture, const Crop& crop) {
  if (picture.channels() != 1)
    throw ShapeError(
        concat("crop_to_weights: the weights are a picture of ", picture.channels(), " channels, expected 1"));
  const Image part = resized_part(picture, crop, weights.extent(1), weights.extent(0));
  const auto white = static_cast<float>(part.max_value());
  visit_samples(part, [&]<class S>(TensorView<const S, 3> samples) {
    for (Index y = 0; y < weights.extent(0); ++y)
      for (Index x = 0; x < weights.extent(1); ++x) weights(y, x) = static_cast<float>(samples(y, x, 0)) / white;
  });
}

}  // namespace icolorit
