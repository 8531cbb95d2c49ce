// Colors frame after frame with OpenCV's pixels: opencv_loop. The frames come from a function that stands for a camera.
#include <iostream>
#include <opencv2/core.hpp>

#include "icolorit/adaptors/opencv.hpp"
#include "icolorit/compiled.hpp"
#include "icolorit/default_model.hpp"

using namespace icolorit;

namespace {

constexpr int frames = 3;

/// A ramp that moves; false after the last frame.
bool read_frame(int number, cv::Mat& grey) {
  grey.create(120, 160, CV_8UC1);
  for (int y = 0; y < grey.rows; ++y)
    for (int x = 0; x < grey.cols; ++x) grey.at<unsigned char>(y, x) = static_cast<unsigned char>(50 + x + 5 * number);
  return number < frames;
}

}  // namespace

int main() {
  // [opencv]
  AnyColorizer colorizer = make_colorizer(load_model(default_model()));
  const std::vector<Hint> hints{make_hint(80, 60, {200, 64, 46})};
  cv::Mat grey, colored;
  for (int number = 0; read_frame(number, grey); ++number) {
    colored.create(grey.size(), CV_8UC3);  // OpenCV's order, blue first; memory is taken for the first frame alone
    colorizer.colorize(view_of(grey), hints, mutable_view_of(colored));
    const cv::Vec3b pixel = colored.at<cv::Vec3b>(60, 80);
    std::cout << "frame " << number << ": " << (pixel[2] > pixel[0] + 20 ? "red" : "not red") << " at the hint\n";
  }
  // [opencv]
  return 0;
}
