// Pictures of other libraries are read and written where they are, through the adaptors that this machine can compile.
#include <algorithm>
#include <iostream>
#include <type_traits>

#include "icolorit/adaptors/eigen.hpp"
#if __has_include(<opencv2/core/mat.hpp>)
#include "icolorit/adaptors/opencv.hpp"
#endif
#if __has_include(<QImage>)
#include "icolorit/adaptors/qt.hpp"
#endif

using namespace icolorit;

namespace {

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  ++failures;
  std::cerr << "wrong: " << what << '\n';
}

/// Whether the view shows these pixels where they are.
template <class S>
bool shows(const ImageView& view, const S* top_left, Index width, Index height, int channels, Index stride,
           PixelOrder order) {
  return reinterpret_cast<const S*>(view.top_left()) == top_left && view.width() == width && view.height() == height &&
         view.channels() == channels && view.row_stride() == stride && view.order() == order &&
         view.bits() == 8 * static_cast<int>(sizeof(S));
}

template <class F>
bool refuses(F&& f) {
  try {
    f();
  } catch (const ArgumentError&) {
    return true;
  }
  return false;
}

void use_eigen() {
  Eigen::Tensor<float, 3, Eigen::RowMajor> tensor(5, 7, 3);
  const auto& constant = tensor;
  expect(shows(view_of(constant), tensor.data(), 7, 5, 3, 7 * 3 * 4, PixelOrder::rgb), "a tensor of floats");
  mutable_view_of(tensor).samples<float>()(4, 6, 2) = 9;
  expect(tensor(4, 6, 2) == 9, "writing into a tensor");
  expect(refuses([] { static_cast<void>(view_of(Eigen::Tensor<float, 3, Eigen::RowMajor>(2, 2, 5))); }),
         "a tensor of five channels");
}

void use_opencv() {
#if __has_include(<opencv2/core/mat.hpp>)
  std::uint16_t pixels[40 * 30 * 3] = {};
  cv::Mat whole(30, 40, CV_16UC3, pixels);
  cv::Mat part = whole(cv::Rect(4, 3, 20, 10));
  expect(shows(view_of(part), pixels + (3 * 40 + 4) * 3, 20, 10, 3, 40 * 3 * 2, PixelOrder::bgr),
         "a part of a cv::Mat");
  mutable_view_of(part).samples<std::uint16_t>()(0, 0, 1) = 7;
  expect(pixels[(3 * 40 + 4) * 3 + 1] == 7, "writing into a cv::Mat");
  const cv::Mat doubles(2, 2, CV_64F, pixels);
  expect(refuses([&] { static_cast<void>(view_of(doubles)); }), "a cv::Mat of doubles");
  std::cout << "OpenCV ";
#endif
}

void use_qt() {
#if __has_include(<QImage>)
  QImage image(20, 10, QImage::Format_RGB32);
  const QImage& constant = image;
  expect(shows(view_of(constant), constant.constBits(), 20, 10, 4, 80, PixelOrder::bgr), "a QImage of 32 bits");
  const MutableImageView view = mutable_view_of(image);
  view.samples<std::uint8_t>()(1, 2, 2) = 200;
  expect(qRed(image.pixel(2, 1)) == 200, "writing into a QImage");
  const QImage deep(5, 4, QImage::Format_Grayscale16);
  expect(view_of(deep).bits() == 16 && view_of(deep).channels() == 1, "a QImage of 16 bits");
  const QImage premultiplied(5, 4, QImage::Format_ARGB32_Premultiplied);
  expect(refuses([&] { static_cast<void>(view_of(premultiplied)); }), "a premultiplied QImage");
  std::cout << "Qt ";
#endif
}

}  // namespace

int main() {
  use_eigen();
  use_opencv();
  use_qt();
  std::cout << "Eigen: " << (failures == 0 ? "the adaptors work\n" : "the adaptors do not work\n");
  return failures == 0 ? 0 : 1;
}
