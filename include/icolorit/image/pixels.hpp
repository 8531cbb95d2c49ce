// Pixels in memory of the program's own, as a window or another library holds them: copied into an Image and back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "icolorit/image/convert.hpp"
#include "icolorit/image/image_view.hpp"

namespace icolorit {

/// Copies a picture of 8 or 16 bits a sample, sRGB or grey, alpha not premultiplied.
///   pixels      the top left pixel, wherever it is stored
///   channels    1 grey, 2 grey + alpha, 3 colours, 4 colours + alpha, interleaved
///   row_stride  bytes from one row to the row below it; any number, also odd and, for pictures stored bottom up,
///               negative; 0: rows without a gap
///   order       how the colours lie in `pixels`
/// Throws ArgumentError for a null pointer, a stride too short for a row, or extents and channels that no Image has.
template <Sample S>
[[nodiscard]] Image image_from(const S* pixels, Index width, Index height, int channels, Index row_stride = 0,
                               PixelOrder order = PixelOrder::rgb) {
  Image image(width, height, channels, std::numeric_limits<S>::digits);
  const Index stride = checked_row_stride("image_from", pixels, width, channels, row_stride);
  const auto* const bytes = reinterpret_cast<const std::byte*>(pixels);
  const auto samples = image.samples<S>();
  for (Index y = 0; y < height; ++y) {
    S* const row = samples[y].data();
    // By bytes, because an odd stride leaves 16-bit samples where they cannot be read as such.
    std::memcpy(row, bytes + y * stride, static_cast<std::size_t>(width * channels) * sizeof(S));
    if (order == PixelOrder::bgr && channels >= 3)
      for (Index x = 0; x < width; ++x) std::swap(row[x * channels], row[x * channels + 2]);
  }
  return image;
}

/// The pixels of a view, red first. Floats, sRGB in [0,1], become 16 bits, rounded and clamped; one that is not a
/// number becomes 0. Throws ArgumentError for an empty view, and for floats that are far above 1.
[[nodiscard]] inline Image image_from(const ImageView& view) {
  if (view.empty()) throw ArgumentError("image_from: the view is empty");
  const bool is_float = view.bits() == 32;
  Image image(view.width(), view.height(), view.channels(), is_float ? 16 : view.bits());
  const bool swaps = view.order() == PixelOrder::bgr && view.has_color();
  const auto copy = [&](auto to, auto from, auto&& convert) {
    for (Index y = 0; y < view.height(); ++y)
      for (Index x = 0; x < view.width(); ++x) {
        for (Index c = 0; c < view.channels(); ++c) to(y, x, c) = convert(from(y, x, c));
        if (swaps) std::swap(to(y, x, 0), to(y, x, 2));
      }
  };
  if (is_float) {
    float largest = 0;
    copy(image.samples<std::uint16_t>(), view.samples<float>(), [&largest](float value) {
      largest = std::max(largest, value);
      return value > 0 ? static_cast<std::uint16_t>(65535 * std::min(value, 1.f) + .5f) : std::uint16_t{0};
    });
    constexpr float overshoot = 10;  // a little above 1 is what filters leave behind, 255 is another unit
    if (largest > overshoot)
      throw ArgumentError(concat("image_from: the largest float sample is ", largest,
                                 ", expected samples from 0 to 1: divide those from 0 to 255 by 255"));
  } else {
    visit_samples(image,
                  [&]<class S>(TensorView<S, 3> to) { copy(to, view.samples<S>(), [](S value) { return value; }); });
  }
  return image;
}

/// Copies a picture into memory of the program's own, which is laid out as image_from reads it and holds as many rows
/// and columns. Depth and channels need not be the picture's own: they are changed as `converted` does, so that a
/// picture of 16 bits can be shown in 8, and a missing alpha is opaque. Bytes between the rows are left alone. Throws
/// ArgumentError as image_from does, for an empty picture, and where colour would have to become grey.
template <Sample S>
  requires(!std::is_const_v<S>)
void copy_to(const Image& image, S* pixels, int channels, Index row_stride = 0, PixelOrder order = PixelOrder::rgb) {
  constexpr int bits = std::numeric_limits<S>::digits;
  std::optional<Image> other;
  if (image.empty() || image.channels() != channels || image.bits() != bits) other = converted(image, channels, bits);
  const Image& source = other ? *other : image;
  const Index width = source.width();
  const Index stride = checked_row_stride<S>("copy_to", pixels, width, channels, row_stride);
  auto* const bytes = reinterpret_cast<std::byte*>(pixels);
  const auto samples = source.samples<S>();
  std::vector<S> row(static_cast<std::size_t>(width * channels));
  for (Index y = 0; y < source.height(); ++y) {
    std::memcpy(row.data(), samples[y].data(), row.size() * sizeof(S));
    if (order == PixelOrder::bgr && channels >= 3)
      for (std::size_t at = 0; at < row.size(); at += static_cast<std::size_t>(channels))
        std::swap(row[at], row[at + 2]);
    std::memcpy(bytes + y * stride, row.data(), row.size() * sizeof(S));
  }
}

/// The same into a view of the picture's size, whose memory is not the picture's own; floats become sRGB in [0,1].
/// Throws ShapeError for another size, and ArgumentError as above.
inline void copy_to(const Image& image, const MutableImageView& out) {
  if (out.width() != image.width() || out.height() != image.height())
    throw ShapeError(concat("copy_to: out is ", out.width(), " x ", out.height(), " pixels, expected ", image.width(),
                            " x ", image.height(), " as the picture has"));
  if (out.bits() != 32) {
    visit_samples(out,
                  [&](auto samples) { copy_to(image, samples.data(), out.channels(), out.row_stride(), out.order()); });
    return;
  }
  Image deep(out.width(), out.height(), out.channels(), 16);
  copy_to(image, deep.samples<std::uint16_t>().data(), out.channels(), 0, out.order());
  const auto from = deep.samples<std::uint16_t>();
  const auto to = out.samples<float>();
  for (Index y = 0; y < out.height(); ++y)
    for (Index x = 0; x < out.width(); ++x)
      for (Index c = 0; c < out.channels(); ++c) to(y, x, c) = static_cast<float>(from(y, x, c)) / 65535;
}

}  // namespace icolorit
