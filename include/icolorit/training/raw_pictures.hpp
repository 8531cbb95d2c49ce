// RawPictures: a batch of pictures as they were decoded, and what renders them as the network gets them, on any device.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "icolorit/core/buffer.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/training/augmentation.hpp"

namespace icolorit {

/// A part of a picture, 8-bit RGB, rows contiguous, still to be resized, mirrored and turned.
struct RawPicture {
  Index first = 0;  ///< of its bytes among those of the batch
  Index width = 0, height = 0;
  bool mirrored = false;
  ChromaTurn turn{};
};

/// What a Loader keeps of its pictures where a device renders them: a fraction of the bytes of Lab, and of the work.
/// Several threads may put different ones at once.
template <class M = HostMemory>
class RawPictures {
 public:
  using Memory = M;
  struct View {
    TensorView<const std::uint8_t, 1> bytes;
    TensorView<const RawPicture, 1> pictures;  // (B)
  };

  /// A part may have as many times the result's pixels, and as many times its width and height; larger ones are resized
  /// when they are put.
  static constexpr Index max_reduction = 4;

  RawPictures(Index batch, Index size) : size_(size), bytes_(batch * max_bytes(size)), pictures_(batch) {}

  /// Picture i of the batch becomes this part of `picture`, which has three channels; 16 bits are rounded to 8. Throws
  /// ShapeError, see resized_part.
  void put(Index i, const Image& picture, const Crop& crop) {
    const Index longest = max_reduction * size_;
    const CropBox& box = crop.box;
    const bool fits = picture.bits() == 8 && box.width <= longest && box.height <= longest &&
                      box.width * box.height * 3 <= max_bytes(size_);
    if (fits) return copy(i, picture, crop);
    const Image part = converted(resized_part(picture, crop, size_, size_), 3, 8);
    copy(i, part, {{0, 0, size_, size_}, false, crop.turn});
  }
  /// Before the first picture of another batch.
  void clear() { used_ = 0; }
  View view() const { return {bytes_.view(used_.load()), pictures_.view()}; }

  /// The most that one picture takes.
  static constexpr Index max_bytes(Index size) { return max_reduction * size * size * 3; }
  static Index bytes(Index batch, Index size) { return batch * (max_bytes(size) + Index{sizeof(RawPicture)}); }

 private:
  void copy(Index i, const Image& picture, const Crop& crop) {
    const CropBox& box = crop.box;
    const Index first = used_.fetch_add(box.width * box.height * 3);
    const auto from = picture.template samples<std::uint8_t>();  // (H,W,3)
    std::uint8_t* to = bytes_.data() + first;
    for (Index y = 0; y < box.height; ++y, to += box.width * 3)
      std::copy_n(&from(box.top + y, box.left, 0), box.width * 3, to);
    pictures_.data()[i] = {first, box.width, box.height, crop.mirrored, crop.turn};
  }

  Index size_;
  Buffer<std::uint8_t, Memory> bytes_;
  Buffer<RawPicture, Memory> pictures_;
  std::atomic<Index> used_{0};  // of bytes_
};

/// Renders one pixel of a batch, as resized_part and crop_to_lab do it; where the compiler contracts products and sums
/// otherwise, a sample may be rounded to a neighbouring one of the 256 levels.
template <class T>
struct RenderPictures {
  TensorView<T, 4> lab;  ///< (B,3,S,S), overwritten: network units
  const std::uint8_t* bytes;
  const RawPicture* pictures;  ///< (B)

  ICOLORIT_HOST_DEVICE void operator()(Index i) const {
    const Index S = lab.extent(2), b = i / (S * S), y = i / S % S, x = i % S;
    const RawPicture picture = pictures[b];
    const Taps rows(picture.height, S, y), columns(picture.width, S, x);
    FixedPoint8::Weight sums[3] = {0, 0, 0};
    for (Index r = 0; r < rows.count; ++r) {
      const std::uint8_t* const row = bytes + picture.first + (rows.first + r) * picture.width * 3;
      FixedPoint8::Weight of_row[3] = {0, 0, 0};
      for (Index t = 0; t < columns.count; ++t) {
        const Index column = columns.first + t;
        const std::uint8_t* const pixel = row + 3 * (picture.mirrored ? picture.width - 1 - column : column);
        for (int c = 0; c < 3; ++c) of_row[c] += columns.weights[t] * pixel[c];
      }
      for (int c = 0; c < 3; ++c) sums[c] += rows.weights[r] * FixedPoint8::middle(of_row[c]);
    }
    const auto component = [&](int c) { return static_cast<float>(FixedPoint8::sample(sums[c])) / 255; };
    const Lab<float> units = picture.turn(normalise(rgb_to_lab(Rgb<float>{component(0), component(1), component(2)})));
    lab(b, 0, y, x) = T(units.l);
    lab(b, 1, y, x) = T(units.a);
    lab(b, 2, y, x) = T(units.b);
  }

 private:
  /// What one position of the result reads along one axis.
  struct Taps {
    static constexpr Index most = 2 * RawPictures<>::max_reduction;

    Index first, count;
    FixedPoint8::Weight weights[most];

    ICOLORIT_HOST_DEVICE Taps(Index in, Index out, Index i) {
      const ResampleWindows<TriangleKernel> windows(in, out, {});
      double exact[most];
      first = windows.weigh(i, exact);
      count = windows.taps();
      for (Index t = 0; t < count; ++t) weights[t] = FixedPoint8::weight(exact[t]);
    }
  };
};

}  // namespace icolorit
