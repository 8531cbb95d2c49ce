// Samples of any colour model and depth to sRGB pictures: lightness is kept where sRGB lacks the colour.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/image/gamut.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/io/codecs/additive_light.hpp"
#include "icolorit/io/codecs/color_profile.hpp"

namespace icolorit::codec {

/// A value of [0,1] as a sample; what lies outside, or is no number, becomes the nearest or 0.
template <Sample S>
S quantised(float value) {
  if (!(value > 0)) return 0;
  constexpr auto largest = static_cast<float>(std::numeric_limits<S>::max());
  return static_cast<S>(std::min(value, 1.0f) * largest + .5f);
}

/// The first three samples of pixels (n,C), n <= color_tile, from linear light that may lie outside sRGB.
template <Sample S>
void store_light(TensorView<S, 2> out, LinearTile& linear) {
  bool inside = true;
  for (std::size_t i = 0; i < static_cast<std::size_t>(out.extent(0)); ++i)
    inside = inside && is_in_gamut(Rgb<float>{linear.r[i], linear.g[i], linear.b[i]});
  if (!inside) {
    LabTile lab;
    linear_to_lab(lab, linear);
    for (float& l : lab.l) l = std::clamp(l, 0.0f, 100.0f);
    clamp_to_gamut(lab, linear);
  }
  store_srgb(out, linear);
}

/// Rows of samples, as floats of one colour model, into the sRGB or grey samples of an Image.
class SrgbConversion {
 public:
  /// Without a transform grey and RGB are sRGB as they stand, and CMYK becomes R = (1 - C)(1 - K) and so on.
  SrgbConversion(ColorModel model, std::optional<ColorTransform> transform)
      : model_(model), transform_(std::move(transform)) {
    if (model == ColorModel::lab && !transform_) transform_.emplace(ColorTransform::from_lab());
  }

  /// Whether samples of grey or RGB stay what they are.
  bool is_identity() const { return !transform_; }

  const ColorTransform* transform() const { return transform_ ? &*transform_ : nullptr; }

  /// The first one or three samples of out (n,C) overwritten from n pixels of `samples`, which lie next to each other.
  template <Sample S>
  void row(TensorView<S, 2> out, const float* samples) const {
    for_each_tile(out.extent(0), [&](Index first, Index count) {
      tile(out.narrowed(0, first, count), samples + first * channels_of(model_));
    });
  }

 private:
  template <Sample S>
  void tile(TensorView<S, 2> out, const float* samples) const {
    const Index count = out.extent(0);
    if (!transform_) return copy(out, samples);
    std::array<float, static_cast<std::size_t>(3 * color_tile)> light{};
    transform_->linearise(light.data(), samples, count);
    for (float& value : light)
      if (!(value > -8 && value < 8)) value = value >= 8 ? 1 : 0;  // what is no number, too
    if (transform_->channels() == 1) {
      for (Index i = 0; i < count; ++i)
        out(i, 0) = quantised<S>(fast_color_detail::encode(light[static_cast<std::size_t>(i)]));
      return;
    }
    LinearTile linear;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      linear.r[i] = light[3 * i];
      linear.g[i] = light[3 * i + 1];
      linear.b[i] = light[3 * i + 2];
    }
    store_light(out, linear);
  }

  template <Sample S>
  void copy(TensorView<S, 2> out, const float* samples) const {
    for (Index i = 0; i < out.extent(0); ++i) {
      const float* const pixel = samples + i * channels_of(model_);
      if (model_ == ColorModel::grey)
        out(i, 0) = quantised<S>(pixel[0]);
      else
        for (int c = 0; c < 3; ++c)
          out(i, c) = quantised<S>(model_ == ColorModel::rgb ? pixel[c] : (1 - pixel[c] / 100) * (1 - pixel[3] / 100));
    }
  }

  ColorModel model_;
  std::optional<ColorTransform> transform_;
};

/// The transform of a file's ICC profile; nothing where there is none, where it is sRGB, or where it does not serve,
/// which `notes` then says.
inline std::optional<ColorTransform> transform_of(std::span<const std::byte> icc, ColorModel model,
                                                  std::vector<std::string>& notes) {
  if (icc.empty() || (model != ColorModel::cmyk && std::ranges::equal(icc, srgb_profile()))) return {};
  try {
    ColorTransform transform(icc, model);
    if ((model == ColorModel::grey || model == ColorModel::rgb) && transform.is_srgb()) return {};
    return transform;
  } catch (const FormatError& error) {
    notes.push_back(unusable_profile(model, error.what()));
    return {};
  }
}

/// Makes sRGB of a picture of grey or RGB samples, in place. Alpha stays.
inline void convert_to_srgb(Image& image, const SrgbConversion& conversion) {
  if (conversion.is_identity()) return;
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    constexpr auto largest = static_cast<float>(std::numeric_limits<S>::max());
    if (!image.has_color()) {  // few values: each once
      std::vector<S> table(std::size_t{std::numeric_limits<S>::max()} + 1);
      std::vector<float> values(table.size());
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / largest;
      conversion.row(TensorView<S, 2>(table.data(), {std::ssize(table), 1}), values.data());
      const auto pixels = samples.rows();
      for (Index i = 0; i < pixels.extent(0); ++i) pixels(i, 0) = table[pixels(i, 0)];
      return;
    }
    if (image.width() * image.height() > std::numeric_limits<S>::max())  // tables pay
      if (const auto light = AdditiveLight<S>::of(*conversion.transform())) {
        LinearTile linear;
        for (Index y = 0; y < image.height(); ++y)
          for_each_tile(image.width(), [&](Index first, Index count) {
            const auto pixels = samples[y].narrowed(0, first, count);
            light->load(linear, pixels);
            store_light(pixels, linear);
          });
        return;
      }
    std::vector<float> row(static_cast<std::size_t>(3 * image.width()));
    for (Index y = 0; y < image.height(); ++y) {
      for (Index x = 0; x < image.width(); ++x)
        for (Index c = 0; c < 3; ++c) row[static_cast<std::size_t>(3 * x + c)] = samples(y, x, c) / largest;
      conversion.row(samples[y], row.data());
    }
  });
}

}  // namespace icolorit::codec
