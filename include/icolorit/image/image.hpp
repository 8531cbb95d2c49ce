// Image: an 8- or 16-bit picture in memory, as files hold it.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

template <class T>
concept Sample =
    std::same_as<std::remove_const_t<T>, std::uint8_t> || std::same_as<std::remove_const_t<T>, std::uint16_t>;

/// An interleaved sRGB or grey picture: samples (H,W,C), C = 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha, alpha not
/// premultiplied; 8 bits (0..255) or 16 bits (0..65535) a sample, host byte order.
/// Thread-safety: any number of threads may read one; a thread that changes it must be alone.
class Image {
 public:
  /// Largest extent and sample count: far beyond any photograph, small enough that no product of extents overflows.
  static constexpr Index max_extent = Index{1} << 20;
  static constexpr Index max_samples = Index{1} << 32;

  /// An empty picture, 0 x 0.
  Image() = default;

  /// All samples 0. Throws ArgumentError for extents below 1 or beyond the limits, or a channel or bit count not listed
  /// above.
  Image(Index width, Index height, int channels, int bits)
      : width_(width), height_(height), channels_(channels), bits_(bits) {
    expect_extents("Image", width, height, channels, bits);
    if (bits > 16) throw ArgumentError(concat("Image: cannot hold ", bits, " bits a sample, expected 8 or 16"));
    bytes_.resize(static_cast<std::size_t>(width * height * channels * (bits / 8)));
  }

  /// Throws ArgumentError, naming the type, for extents below 1 or beyond the limits, other than 1 to 4 channels, or a
  /// depth other than 8, 16 and, for views of floats, 32 bits.
  static void expect_extents(const char* type, Index width, Index height, int channels, int bits) {
    if (width < 1 || height < 1 || width > max_extent || height > max_extent || channels < 1 || channels > 4 ||
        (bits != 8 && bits != 16 && bits != 32) || width * height > max_samples / channels)
      throw ArgumentError(concat(type, ": cannot hold ", width, " x ", height, " pixels of ", channels, " channels of ",
                                 bits, " bits"));
  }

  Index width() const { return width_; }
  Index height() const { return height_; }
  int channels() const { return channels_; }
  int bits() const { return bits_; }
  bool empty() const { return bytes_.empty(); }
  bool has_alpha() const { return channels_ == 2 || channels_ == 4; }
  bool has_color() const { return channels_ >= 3; }
  /// The sample value that means 1: 255 or 65535.
  int max_value() const { return bits_ == 8 ? 255 : 65535; }

  /// The samples (H,W,C) as S. Throws ArgumentError where S is not the picture's own depth.
  template <Sample S>
  TensorView<S, 3> samples() {
    require_depth<S>();
    return {reinterpret_cast<S*>(bytes_.data()), {height_, width_, channels_}};
  }
  template <Sample S>
  TensorView<const S, 3> samples() const {
    require_depth<S>();
    return {reinterpret_cast<const S*>(bytes_.data()), {height_, width_, channels_}};
  }

  friend bool operator==(const Image&, const Image&) = default;

 private:
  template <Sample S>
  void require_depth() const {
    if (bits_ != std::numeric_limits<S>::digits)
      throw ArgumentError(
          concat("Image.samples: the picture has ", bits_, " bits, asked for ", std::numeric_limits<S>::digits));
  }

  Index width_ = 0;
  Index height_ = 0;
  int channels_ = 0;
  int bits_ = 0;
  std::vector<std::byte> bytes_;
};

/// Calls f with the samples (H,W,C) in the picture's own type and returns what f returns.
template <class F>
decltype(auto) visit_samples(Image& image, F&& f) {
  return image.bits() == 8 ? f(image.samples<std::uint8_t>()) : f(image.samples<std::uint16_t>());
}
template <class F>
decltype(auto) visit_samples(const Image& image, F&& f) {
  return image.bits() == 8 ? f(image.samples<std::uint8_t>()) : f(image.samples<std::uint16_t>());
}

}  // namespace icolorit
