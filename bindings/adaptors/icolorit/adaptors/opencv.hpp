// cv::Mat as a view, so that a colorizer reads and writes OpenCV's pixels where they are. Needs OpenCV's core.
//
//   colorizer.set_image(view_of(photo));
//   colorizer.render_into(mutable_view_of(result));
#pragma once

#include <opencv2/core/mat.hpp>

#include "icolorit/image/image_view.hpp"

namespace icolorit {

namespace opencv_detail {

template <class View, class Matrix>
View view(Matrix& matrix, PixelOrder order) {
  if (matrix.dims != 2)
    throw ArgumentError(concat("view_of: the cv::Mat has ", matrix.dims, " dimensions, expected 2"));
  const Index width = matrix.cols, height = matrix.rows, stride = static_cast<Index>(matrix.step[0]);
  const int channels = matrix.channels();
  switch (matrix.depth()) {
    case CV_8U: return View(matrix.template ptr<std::uint8_t>(), width, height, channels, stride, order);
    case CV_16U: return View(matrix.template ptr<std::uint16_t>(), width, height, channels, stride, order);
    case CV_32F: return View(matrix.template ptr<float>(), width, height, channels, stride, order);
    default: break;
  }
  throw ArgumentError("view_of: the cv::Mat holds another type than CV_8U, CV_16U and CV_32F");
}

}  // namespace opencv_detail

/// Rows of a cv::Mat of 1 to 4 channels of CV_8U, CV_16U or CV_32F, blue first as OpenCV reads files. The matrix must
/// keep its memory while it is viewed. Throws ArgumentError for other types, and for an empty one.
[[nodiscard]] inline ImageView view_of(const cv::Mat& matrix, PixelOrder order = PixelOrder::bgr) {
  return opencv_detail::view<ImageView>(matrix, order);
}
[[nodiscard]] inline MutableImageView mutable_view_of(cv::Mat& matrix, PixelOrder order = PixelOrder::bgr) {
  return opencv_detail::view<MutableImageView>(matrix, order);
}

}  // namespace icolorit
