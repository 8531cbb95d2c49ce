// icolorit_opencv.so: optical flow by OpenCV, see flow.hpp. A module, so that the tool starts without OpenCV.
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/video/tracking.hpp>

#include "icolorit/core/config.hpp"
#include "icolorit/image/flow_field.hpp"

namespace icolorit::tool {

namespace {

cv::Mat matrix_of(TensorView<const std::uint8_t, 2> picture) {
  return cv::Mat(static_cast<int>(picture.extent(0)), static_cast<int>(picture.extent(1)), CV_8UC1,
                 const_cast<std::uint8_t*>(picture.data()), static_cast<std::size_t>(picture.stride(0)));
}

/// T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast optical flow using dense inverse search", ECCV 2016.
class DisFlow {
 public:
  void operator()(FlowField& flow, TensorView<const std::uint8_t, 2> from, TensorView<const std::uint8_t, 2> to) {
    constexpr Index smallest = 32;  // the search's coarsest level needs a few patches
    if (std::min(from.extent(0), from.extent(1)) < smallest) {
      std::fill_n(flow.view().data(), flow.view().elements(), 0.f);
      return;
    }
    cv::Mat vectors;
    search_->calc(matrix_of(from), matrix_of(to), vectors);
    const auto field = flow.view();
    for (Index y = 0; y < flow.height(); ++y) {
      const auto* const row = vectors.ptr<cv::Vec2f>(static_cast<int>(y));
      for (Index x = 0; x < flow.width(); ++x) {
        field(0, y, x) = row[x][0];
        field(1, y, x) = row[x][1];
      }
    }
  }

 private:
  cv::Ptr<cv::DISOpticalFlow> search_ = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_FAST);
};

}  // namespace

extern "C" FlowEstimator opencv_flow() __asm__("icolorit_opencv_flow_" ICOLORIT_VERSION);
extern "C" FlowEstimator opencv_flow() {
  cv::setNumThreads(1);  // the other processors colour the frames before
  return DisFlow();
}

}  // namespace icolorit::tool
