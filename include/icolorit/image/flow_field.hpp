// Optical flow: where the pixels of one picture are in the next one, and how far that can be believed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>

#include "icolorit/core/buffer.hpp"
#include "icolorit/core/error.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// A place between pixels: (0,0) is the centre of the top left one.
struct Point {
  float x = 0, y = 0;
};

/// The value of a plane (h,w), rows contiguous, at a place between its pixels; beyond the border that of the border.
template <class T>
float bilinear(TensorView<T, 2> plane, Point at) {
  const float x = std::clamp(at.x, 0.f, static_cast<float>(plane.extent(1) - 1));
  const float y = std::clamp(at.y, 0.f, static_cast<float>(plane.extent(0) - 1));
  const auto left = static_cast<Index>(x), top = static_cast<Index>(y);
  const Index right = std::min(left + 1, plane.extent(1) - 1), bottom = std::min(top + 1, plane.extent(0) - 1);
  const float u = x - static_cast<float>(left), v = y - static_cast<float>(top);
  const T* const upper = plane.data() + top * plane.stride(0);
  const T* const lower = plane.data() + bottom * plane.stride(0);
  const float above = static_cast<float>(upper[left]) * (1 - u) + static_cast<float>(upper[right]) * u;
  const float below = static_cast<float>(lower[left]) * (1 - u) + static_cast<float>(lower[right]) * u;
  return above * (1 - v) + below * v;
}

/// The place in a plane of `to` pixels along an axis that lies where `at` lies in one of `from` pixels.
inline float rescale_place(float at, Index from, Index to) {
  return (at + .5f) * static_cast<float>(to) / static_cast<float>(from) - .5f;
}

/// What pixel (x,y) of one picture shows is at (x + u, y + v) in another of the same size.
class FlowField {
 public:
  FlowField() = default;
  FlowField(Index height, Index width) : height_(height), width_(width), values_(2 * height * width) {
    std::fill_n(values_.data(), values_.size(), 0.f);
  }

  Index height() const { return height_; }
  Index width() const { return width_; }
  bool empty() const { return values_.size() == 0; }

  /// (2,h,w): u, then v, in pixels.
  TensorView<float, 3> view() { return values_.view(Index{2}, height_, width_); }
  TensorView<const float, 3> view() const { return values_.view(Index{2}, height_, width_); }

  /// Where the place `from` goes.
  Point follow(Point from) const {
    const auto field = view();
    return {from.x + bilinear(field[0], from), from.y + bilinear(field[1], from)};
  }

 private:
  Index height_ = 0, width_ = 0;
  Buffer<float> values_;
};

/// Whether there and back again leads to where it began. Where it does not, the place is hidden in one of the pictures,
/// or the flow is wrong (N. Sundaram, T. Brox, K. Keutzer, "Dense point trajectories by GPU-accelerated large
/// displacement optical flow", ECCV 2010, eq. 5, with their bounds).
inline bool flows_agree(Point from, Point there, Point back) {
  const float dx = there.x - from.x, dy = there.y - from.y, bx = back.x - there.x, by = back.y - there.y;
  const float ex = back.x - from.x, ey = back.y - from.y;
  return ex * ex + ey * ey < .01f * (dx * dx + dy * dy + bx * bx + by * by) + .5f;
}

/// Fills the flow from one grey picture (h,w) of 8 bits to another. One thread calls it at a time.
using FlowEstimator =
    std::function<void(FlowField& flow, TensorView<const std::uint8_t, 2> from, TensorView<const std::uint8_t, 2> to)>;

/// The motion between two neighbouring frames, both ways.
struct Motion {
  FlowField to_next;      ///< of the earlier frame's pixels
  FlowField to_previous;  ///< of the later frame's pixels
  Buffer<float> trust;    ///< (h,w), of the later frame's pixels: 1 where the earlier frame shows the same, 0 where not

  TensorView<const float, 2> trust_view() const { return trust.view(to_next.height(), to_next.width()); }
};

/// The motion between two grey pictures of one size, and where it can be believed: the flows must agree and the pixel
/// must keep its brightness. Throws ShapeError where the sizes differ.
inline Motion motion_between(TensorView<const std::uint8_t, 2> earlier, TensorView<const std::uint8_t, 2> later,
                             const FlowEstimator& estimate) {
  constexpr float same_brightness = 20;  // of 255; half of the trust is left at 0.83 times this
  expect_shape("motion_between", "the later picture", later, earlier.extents());
  const Index h = earlier.extent(0), w = earlier.extent(1);
  Motion motion{FlowField(h, w), FlowField(h, w), Buffer<float>(h * w)};
  estimate(motion.to_next, earlier, later);
  estimate(motion.to_previous, later, earlier);
  const auto trust = motion.trust.view(h, w);
  for (Index y = 0; y < h; ++y)
    for (Index x = 0; x < w; ++x) {
      const Point here{static_cast<float>(x), static_cast<float>(y)};
      const Point there = motion.to_previous.follow(here);
      const bool inside = there.x > -.5f && there.y > -.5f && there.x < static_cast<float>(w) - .5f &&
                          there.y < static_cast<float>(h) - .5f;
      if (!inside || !flows_agree(here, there, motion.to_next.follow(there))) {
        trust(y, x) = 0;
        continue;
      }
      const float change = (bilinear(earlier, there) - static_cast<float>(later(y, x))) / same_brightness;
      trust(y, x) = std::exp(-change * change);
    }
  return motion;
}

}  // namespace icolorit
