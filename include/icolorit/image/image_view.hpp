// ImageView and MutableImageView: pixels in memory that belongs to somebody else, read or written where they are.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "icolorit/image/image.hpp"

namespace icolorit {

/// In which order the colours of a pixel lie; alpha, if there is any, is the last. Grey pixels have no order.
enum class PixelOrder { rgb, bgr };

/// What the samples of a view may be: 8 or 16 bits, or floats that hold sRGB in [0,1].
template <class T>
concept ViewSample = Sample<T> || std::same_as<std::remove_const_t<T>, float>;

/// Throws ArgumentError unless there are pixels and a row of `width` pixels fits into the distance between two rows.
/// Returns that distance in bytes; 0 means that the rows follow each other without a gap.
template <ViewSample S>
Index checked_row_stride(const char* function, const S* pixels, Index width, int channels, Index row_stride) {
  if (pixels == nullptr)
    throw ArgumentError(concat(function, ": the pixels are a null pointer, expected the top left pixel"));
  const Index row = width * channels * static_cast<Index>(sizeof(S));
  if (row_stride == 0) return row;
  if (row_stride < row && row_stride > -row)
    throw ArgumentError(concat(function, ": the row stride is ", row_stride, " bytes, expected at least the ", row,
                               " bytes of a row, their negative for rows stored bottom up, or 0"));
  return row_stride;
}

/// A picture as Image describes it, in memory that must outlive the view. Copying a view copies no pixel. Byte is
/// std::byte or const std::byte: use the two names below.
/// Thread-safety: that of a pointer: any number of threads may use views of the same pixels that nobody writes.
template <class Byte>
class BasicImageView {
  static_assert(std::is_same_v<std::remove_const_t<Byte>, std::byte>);
  static constexpr bool is_const = std::is_const_v<Byte>;

 public:
  /// An empty view, 0 x 0.
  BasicImageView() = default;

  ///   pixels      the top left pixel, wherever it is stored
  ///   channels    1 grey, 2 grey + alpha, 3 colours, 4 colours + alpha, interleaved
  ///   row_stride  bytes from one row to the row below it; negative for pictures stored bottom up; 0: no gap
  /// Throws ArgumentError for a null pointer, a stride too short for a row or not a multiple of a sample's size, an
  /// address that is not aligned for a sample, or extents and channels that no Image has.
  template <ViewSample S>
    requires(is_const || !std::is_const_v<S>)
  BasicImageView(S* pixels, Index width, Index height, int channels, Index row_stride = 0,
                 PixelOrder order = PixelOrder::rgb)
      : width_(width), height_(height), channels_(channels), bits_(8 * static_cast<int>(sizeof(S))), order_(order) {
    Image::expect_extents("ImageView", width, height, channels, bits_);
    row_stride_ = checked_row_stride("ImageView", pixels, width, channels, row_stride);
    if (reinterpret_cast<std::uintptr_t>(pixels) % alignof(S) != 0 || row_stride_ % static_cast<Index>(sizeof(S)) != 0)
      throw ArgumentError(concat("ImageView: samples of ", bits_, " bits lie at an address or a row stride that is no ",
                                 "multiple of ", sizeof(S), "; copy them with image_from"));
    top_left_ = reinterpret_cast<Byte*>(pixels);
  }

  /// All of an Image, which must neither change its size nor move while it is viewed.
  BasicImageView(
      std::conditional_t<is_const, const Image, Image>& image)  // NOLINT: wherever a view is read, an Image fits
      : width_(image.width()), height_(image.height()), channels_(image.channels()), bits_(image.bits()) {
    row_stride_ = width_ * channels_ * (bits_ / 8);
    if (!image.empty()) top_left_ = visit_samples(image, [](auto samples) { return bytes_of(samples.data()); });
  }

  /// Mutable to const.
  BasicImageView(const BasicImageView<std::byte>& other)  // NOLINT: as implicit as T* to const T*
    requires is_const
      : top_left_(other.top_left()),
        width_(other.width()),
        height_(other.height()),
        row_stride_(other.row_stride()),
        channels_(other.channels()),
        bits_(other.bits()),
        order_(other.order()) {}

  Index width() const { return width_; }
  Index height() const { return height_; }
  int channels() const { return channels_; }
  /// 8 or 16; 32 for floats.
  int bits() const { return bits_; }
  /// Bytes from one row to the row below it.
  Index row_stride() const { return row_stride_; }
  PixelOrder order() const { return order_; }
  Byte* top_left() const { return top_left_; }
  bool empty() const { return top_left_ == nullptr; }
  bool has_alpha() const { return channels_ == 2 || channels_ == 4; }
  bool has_color() const { return channels_ >= 3; }

  /// The samples (H,W,C) as S, in the order in which they lie. Throws ArgumentError where S is not their type.
  template <ViewSample S>
  auto samples() const {
    using Element = std::conditional_t<is_const, const S, S>;
    if (bits_ != 8 * static_cast<int>(sizeof(S)))
      throw ArgumentError(
          concat("ImageView.samples: the picture has ", bits_, " bits, asked for ", 8 * static_cast<int>(sizeof(S))));
    return TensorView<Element, 3>(reinterpret_cast<Element*>(top_left_), {height_, width_, channels_},
                                  {row_stride_ / static_cast<Index>(sizeof(S)), channels_, 1});
  }

 private:
  template <class S>
  static Byte* bytes_of(S* samples) {
    return reinterpret_cast<Byte*>(samples);
  }

  Byte* top_left_ = nullptr;
  Index width_ = 0;
  Index height_ = 0;
  Index row_stride_ = 0;
  int channels_ = 0;
  int bits_ = 0;
  PixelOrder order_ = PixelOrder::rgb;
};

using ImageView = BasicImageView<const std::byte>;
using MutableImageView = BasicImageView<std::byte>;

/// Calls f with the samples (H,W,C) of 8 or 16 bits, in the order in which they lie, and returns what f returns. Throws
/// ArgumentError for floats.
template <class Byte, class F>
decltype(auto) visit_samples(const BasicImageView<Byte>& image, F&& f) {
  return image.bits() == 8 ? f(image.template samples<std::uint8_t>()) : f(image.template samples<std::uint16_t>());
}

/// Whether two views show the same pixels: size, channels, depth, order and samples; where they lie does not matter.
inline bool operator==(const ImageView& a, const ImageView& b) {
  if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels() || a.bits() != b.bits() ||
      a.order() != b.order())
    return false;
  const auto row = static_cast<std::size_t>(a.width() * a.channels() * (a.bits() / 8));
  for (Index y = 0; y < a.height(); ++y)
    if (std::memcmp(a.top_left() + y * a.row_stride(), b.top_left() + y * b.row_stride(), row) != 0) return false;
  return true;
}

}  // namespace icolorit
