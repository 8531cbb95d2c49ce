// NumPy arrays as the library's views of pictures.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "buffer.hpp"
#include "icolorit/image/image_view.hpp"
#include "text.hpp"

namespace icolorit::python {

inline nb::module_ numpy() { return nb::module_::import_("numpy"); }

/// Throws ArgumentError.
inline PixelOrder order_named(std::string_view order) {
  if (order == "rgb") return PixelOrder::rgb;
  if (order == "bgr") return PixelOrder::bgr;
  throw ArgumentError(concat("the order is '", order, "', expected \"rgb\" or \"bgr\""));
}

/// An array (H,W) or (H,W,C) of uint8, uint16 or float32, whose memory stays as long as this does. Made and destroyed
/// with the GIL held.
class Pixels {
 public:
  /// The array's own memory, or, where its pixels do not follow each other, that of a copy. Throws ArgumentError.
  static Pixels to_read(nb::handle picture, PixelOrder order) {
    nb::object array = numpy().attr("asarray")(picture);
    Pixels pixels(array, order);
    return pixels.can_be_viewed() ? std::move(pixels)
                                  : Pixels(numpy().attr("array")(array, nb::arg("order") = "C"), order);
  }

  /// Throws ArgumentError where the array cannot be written in place.
  static Pixels to_write(nb::handle array, PixelOrder order) {
    Pixels pixels(nb::borrow(array), order);
    if (pixels.buffer_->readonly != 0 || !pixels.can_be_viewed())
      throw ArgumentError("out cannot be written in place: expected a writeable array whose pixels follow each other");
    return pixels;
  }

  const nb::object& array() const { return array_; }
  Index height() const { return buffer_->shape[0]; }
  Index width() const { return buffer_->shape[1]; }
  int channels() const { return buffer_->ndim == 3 ? static_cast<int>(buffer_->shape[2]) : 1; }

  /// View is ImageView or MutableImageView.
  template <class View>
  View view() const {
    const Index stride = height() > 1 ? buffer_->strides[0] : 0;
    const auto of = [&]<class S>(S* samples) { return View(samples, width(), height(), channels(), stride, order_); };
    switch (buffer_->itemsize) {
      case 1: return of(static_cast<std::uint8_t*>(buffer_->buf));
      case 2: return of(static_cast<std::uint16_t*>(buffer_->buf));
      default: return of(static_cast<float*>(buffer_->buf));
    }
  }

 private:
  Pixels(nb::object array, PixelOrder order)
      : array_(std::move(array)), buffer_(array_, PyBUF_STRIDES | PyBUF_FORMAT), order_(order) {
    std::string_view format = buffer_->format;
    if (!format.empty() && std::string_view("@=^").find(format[0]) != format.npos) format.remove_prefix(1);
    if (format != "B" && format != "H" && format != "f")
      throw ArgumentError(
          concat("the array holds ", text_of(array_.attr("dtype")), ", expected uint8, uint16 or float32"));
    const int dimensions = buffer_->ndim;
    if (dimensions != 2 && (dimensions != 3 || buffer_->shape[2] < 1 || buffer_->shape[2] > 4))
      throw ArgumentError(concat("the array has the shape ", text_of(array_.attr("shape")),
                                 ", expected (H, W) or (H, W, C) with 1 to 4 channels"));
  }

  /// Whether the samples of a row follow each other; rows may lie anywhere, also bottom up, but not over each other.
  bool can_be_viewed() const {
    const Index sample = buffer_->itemsize, pixel = channels() * sample, row = buffer_->strides[0];
    const auto lies = [&](int axis, Index stride) {
      return buffer_->shape[axis] == 1 || buffer_->strides[axis] == stride;
    };
    return lies(1, pixel) && (buffer_->ndim == 2 || lies(2, sample)) &&
           (height() <= 1 || std::abs(row) >= width() * pixel) && row % sample == 0 &&
           reinterpret_cast<std::uintptr_t>(buffer_->buf) % static_cast<std::size_t>(sample) == 0;
  }

  nb::object array_;
  Buffer buffer_;
  PixelOrder order_;
};

}  // namespace icolorit::python
