// QImage as a view, so that a colorizer reads and writes Qt's pixels where they are. Needs QtGui 5.14 or later.
//
//   colorizer.set_image(view_of(photo));
//   colorizer.render_into(mutable_view_of(window_picture));
#pragma once

#include <QImage>
#include <QtGlobal>

#include "icolorit/image/image_view.hpp"

namespace icolorit {

namespace qt_detail {

template <class View, class Bits>
View view(Bits* bits, const QImage& image) {
  static_assert(Q_BYTE_ORDER == Q_LITTLE_ENDIAN, "32-bit pixels lie blue first on little-endian machines alone");
  using Deep = std::conditional_t<std::is_const_v<Bits>, const std::uint16_t, std::uint16_t>;
  const Index width = image.width(), height = image.height(), stride = image.bytesPerLine();
  const auto shallow = [&](int channels, PixelOrder order) {
    return View(bits, width, height, channels, stride, order);
  };
  const auto deep = [&](int channels) {
    return View(reinterpret_cast<Deep*>(bits), width, height, channels, stride, PixelOrder::rgb);
  };
  switch (image.format()) {
    case QImage::Format_Grayscale8: return shallow(1, PixelOrder::rgb);
    case QImage::Format_RGB888: return shallow(3, PixelOrder::rgb);
    case QImage::Format_BGR888: return shallow(3, PixelOrder::bgr);
    case QImage::Format_RGB32:
    case QImage::Format_ARGB32: return shallow(4, PixelOrder::bgr);
    case QImage::Format_RGBX8888:
    case QImage::Format_RGBA8888: return shallow(4, PixelOrder::rgb);
    case QImage::Format_Grayscale16: return deep(1);
    case QImage::Format_RGBX64:
    case QImage::Format_RGBA64: return deep(4);
    default: break;
  }
  throw ArgumentError(concat("view_of: the QImage has the format ", static_cast<int>(image.format()),
                             ", whose pixels cannot be read in place; use convertToFormat(QImage::Format_ARGB32)"));
}

}  // namespace qt_detail

/// Pixels of a QImage of 8 or 16 bits, grey or in colour, alpha not premultiplied. The image must keep its memory while
/// it is viewed; mutable_view_of detaches it from its copies. Throws ArgumentError for other formats, and for a null
/// image.
[[nodiscard]] inline ImageView view_of(const QImage& image) {
  return qt_detail::view<ImageView>(image.constBits(), image);
}
[[nodiscard]] inline MutableImageView mutable_view_of(QImage& image) {
  return qt_detail::view<MutableImageView>(image.bits(), image);
}

}  // namespace icolorit
