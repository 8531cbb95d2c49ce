// Flicker meter: how much the colours of predicted frames waver, measured along the motion of the true ones.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "icolorit/film/film_motion.hpp"
#include "icolorit/image/metrics/flicker.hpp"

namespace icolorit::tool {

class FlickerMeter {
 public:
  explicit FlickerMeter(FlowEstimator estimate) : motion_(std::move(estimate)) {}

  /// The next true frame. Throws FormatError where it has another size than the one before.
  void next(const Image& truth) {
    const std::pair size(truth.width(), truth.height());
    if (size_.value_or(size) != size)
      throw FormatError(concat("--flicker: a true frame has ", size.first, " x ", size.second, " pixels, those before ",
                               size_->first, " x ", size_->second, ": give the frames of one film"));
    size_ = size;
    frame_ = motion_.add(truth, std::nullopt);
    previous_ = std::move(present_);
    present_.clear();
  }

  /// The flicker of `maker`'s prediction of that frame, of its lab (3,h,w); nothing where it did not predict the frame
  /// before at this size, or a cut lies between.
  std::optional<double> of(const std::string& maker, TensorView<const float, 3> lab) {
    const Index h = lab.extent(1), w = lab.extent(2);
    Frame& now = present_[maker];
    now = {h, w, Buffer<float>(2 * h * w)};
    const auto ab = now.ab.view(Index{2}, h, w);
    for (Index c = 0; c < 2; ++c)
      for (Index y = 0; y < h; ++y)
        for (Index x = 0; x < w; ++x) ab(c, y, x) = lab(c + 1, y, x);
    const auto before = previous_.find(maker);
    if (!frame_.continues() || before == previous_.end() || before->second.height != h || before->second.width != w)
      return std::nullopt;
    return flicker(std::as_const(before->second.ab).view(Index{2}, h, w), std::as_const(now.ab).view(Index{2}, h, w),
                   *frame_.motion)
        .mean();
  }

 private:
  struct Frame {
    Index height = 0, width = 0;
    Buffer<float> ab;  // (2,h,w)
  };

  FilmMotion motion_;
  std::optional<std::pair<Index, Index>> size_;
  FilmFrame frame_;
  std::map<std::string, Frame> previous_, present_;
};

}  // namespace icolorit::tool
