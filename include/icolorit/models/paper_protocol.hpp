// The published evaluation, exactly: pictures squashed to the network's input, hints revealed from the picture itself,
// colour written at that size with nothing done to it. Report it separately from full-resolution results.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "icolorit/image/convert.hpp"
#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/image/metrics/psnr.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/image/unit_rgb.hpp"
#include "icolorit/io/crc32.hpp"
#include "icolorit/models/predictor.hpp"

namespace icolorit {

/// A colour picture as the published evaluation sees it.
struct EvaluationPicture {
  /// Squashes any picture to width x height, 8 bits, as torchvision does. Throws ArgumentError for an empty picture.
  EvaluationPicture(const Image& picture, Index width, Index height)
      : rgb(resize_pillow_bilinear(converted(picture, 3, 8), width, height)), lab_(3 * width * height) {
    image_to_lab(lab_.view(3, height, width), rgb);
    scale(lab_.data(), height * width, [](const Lab<float>& lab) { return normalise(lab); });
  }

  /// (3,h,w), network units.
  TensorView<const float, 3> lab() const { return lab_.view(3, rgb.height(), rgb.width()); }

  /// The picture's lightness with other colours, ab (2,h,w) in network units, rounded to 8 bits.
  Image with_colors(TensorView<const float, 3> ab) const {
    expect_shape("EvaluationPicture.with_colors", "ab", ab, {2, rgb.height(), rgb.width()});
    const Index pixels = rgb.height() * rgb.width();
    Buffer<float> lab(3 * pixels);
    std::copy_n(lab_.data(), pixels, lab.data());
    std::copy_n(ab.data(), 2 * pixels, lab.data() + pixels);
    scale(lab.data(), pixels, [](const Lab<float>& units) { return denormalise(units); });
    Image result(rgb.width(), rgb.height(), 3, 8);
    lab_to_image(result, std::as_const(lab).view(3, rgb.height(), rgb.width()));
    return result;
  }

  Image rgb;

 private:
  template <class F>
  static void scale(float* lab, Index pixels, F f) {
    for (Index i = 0; i < pixels; ++i) {
      const Lab<float> color = f({lab[i], lab[pixels + i], lab[2 * pixels + i]});
      lab[i] = color.l;
      lab[pixels + i] = color.a;
      lab[2 * pixels + i] = color.b;
    }
  }

  Buffer<float> lab_;
};

/// The cells of `count` random hints for the picture of this name without extension. Each name has a stream of its own,
/// so that its hints do not depend on which other pictures there are, and those of a smaller count are the first of a
/// larger one. Throws ArgumentError where the grid has fewer cells.
inline std::vector<Index> evaluation_hint_cells(std::uint64_t seed, std::string_view stem, const HintGrid& grid,
                                                Index count) {
  Random random(seed, crc32(std::as_bytes(std::span(stem))));
  return random_hint_cells(random, grid, count);
}

/// The mean over pictures of this is the published `PSNR@k`, here of the 8-bit pictures that are written. Throws
/// ShapeError.
inline double psnr(const Image& a, const Image& b) {
  const Buffer<float> first = unit_rgb(a), second = unit_rgb(b);
  return psnr(first.view(3, a.height(), a.width()), second.view(3, b.height(), b.width()));
}

/// Runs batches of pictures through a model under the published protocol.
/// Thread-safety: one thread at a time; several may share a Model.
template <class B, class T = float>
class PaperProtocol {
 public:
  /// Throws ArgumentError unless the cell divides the model's input.
  PaperProtocol(std::shared_ptr<const Model<B, T>> model, Index batch,
                typename B::Context context = typename B::Context(), Index cell = 2)
      : cells_(model->height(), model->width(), cell),
        batch_(batch),
        predictor_(std::move(model), batch, std::move(context)),
        lab_(batch * 3 * pixels()),
        ab_(batch * 2 * pixels()),
        mask_(batch * cells_.cells()) {}

  const HintGrid& cells() const { return cells_; }
  Index batch() const { return batch_; }

  EvaluationPicture prepare(const Image& picture) const { return {picture, cells_.width(), cells_.height()}; }

  /// ab (B,2,h,w) in network units, of at most batch() pictures, each with its own colours revealed at the given cells.
  /// Valid until the next call. Throws ShapeError, ArgumentError, Cancelled.
  TensorView<const float, 4> predict(std::span<const EvaluationPicture* const> pictures,
                                     std::span<const std::vector<Index>* const> hinted,
                                     const ProgressCallback& progress = {}) {
    const Index count = std::ssize(pictures), h = cells_.height(), w = cells_.width();
    if (count < 1 || count > batch_ || std::ssize(hinted) != count)
      throw ShapeError(concat("PaperProtocol.predict: ", count, " pictures and ", hinted.size(),
                              " hint lists for batches of ", batch_));
    for (Index i = 0; i < count; ++i) {
      const auto lab = pictures[static_cast<std::size_t>(i)]->lab();
      expect_shape("PaperProtocol.predict", "picture", lab, {3, h, w});
      std::copy_n(lab.data(), 3 * pixels(), lab_.data() + i * 3 * pixels());
      float* mask = mask_.data() + i * cells_.cells();
      std::fill_n(mask, cells_.cells(), 1.f);
      for (const Index cell : *hinted[static_cast<std::size_t>(i)]) {
        expect_cell("PaperProtocol.predict", cells_, cell);
        mask[cell] = 0;
      }
    }
    predictor_(ab_.view(count, 2, h, w), std::as_const(lab_).view(count, 3, h, w),
               std::as_const(mask_).view(count, cells_.cells()), progress);
    return std::as_const(ab_).view(count, 2, h, w);
  }

 private:
  Index pixels() const { return cells_.height() * cells_.width(); }

  HintGrid cells_;
  Index batch_;
  Predictor<B, T> predictor_;
  Buffer<float> lab_, ab_, mask_;
};

}  // namespace icolorit
