// LPIPS with VGG-16: how different two pictures look (Zhang, Isola, Efros, Shechtman, Wang 2018, "The unreasonable
// effectiveness of deep features as a perceptual metric"; network: Simonyan, Zisserman 2015, configuration D).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/io/weights.hpp"
#include "icolorit/layers/convolution_weight.hpp"
#include "icolorit/layers/linear.hpp"

namespace icolorit {

/// The thirteen convolutions of VGG-16 in five groups with a 2x2 maximum between them, and one weight for each channel
/// of a group's result. The classifier of VGG-16 is not used.
struct Lpips {
  static constexpr std::size_t groups = 5, convolutions = 13;

  struct Config {
    Index width = 64;  ///< channels of the first group; other widths only for tests

    /// Channels of each group.
    constexpr std::array<Index, groups> channels() const { return {width, 2 * width, 4 * width, 8 * width, 8 * width}; }
  };

  struct Convolution {
    std::size_t group;
    Index feature;    ///< its number among torchvision's `features`, where ReLU and pooling have numbers too
    bool ends_group;  ///< relu1_2, relu2_2, relu3_3, relu4_3, relu5_3: what is compared
  };
  static constexpr std::array<Convolution, convolutions> layout{{{0, 0, false},
                                                                 {0, 2, true},
                                                                 {1, 5, false},
                                                                 {1, 7, true},
                                                                 {2, 10, false},
                                                                 {2, 12, false},
                                                                 {2, 14, true},
                                                                 {3, 17, false},
                                                                 {3, 19, false},
                                                                 {3, 21, true},
                                                                 {4, 24, false},
                                                                 {4, 26, false},
                                                                 {4, 28, true}}};

  /// Of the convolutions weight (O,I,3,3) and bias (O); of the heads (1,C,1,1).
  template <class T>
  struct Params {
    std::array<TensorView<T, 4>, convolutions> weights;
    std::array<TensorView<T, 1>, convolutions> biases;
    std::array<TensorView<T, 4>, groups> heads;
  };

  /// The names are those of torchvision's vgg16 and of the lpips package, together in one file.
  template <class T, class Visitor>
  static void visit(const Config& config, Params<T>& params, const std::string& prefix, Visitor&& visitor) {
    Index in = 3;
    for (std::size_t i = 0; i < convolutions; ++i) {
      const Index out = config.channels()[layout[i].group];
      const std::string name = concat(prefix, "features.", layout[i].feature, '.');
      visitor(name + "weight", params.weights[i], std::array<Index, 4>{out, in, 3, 3}, Decay::yes);
      visitor(name + "bias", params.biases[i], std::array{out}, Decay::no);
      in = out;
    }
    for (std::size_t i = 0; i < groups; ++i)
      visitor(concat(prefix, "lin", i, ".model.1.weight"), params.heads[i],
              std::array<Index, 4>{1, config.channels()[i], 1, 1}, Decay::yes);
  }

  /// Throws WeightsError where the file's first convolution is missing or is none.
  static Config infer_config(const TensorFile& file) {
    const StoredTensor* first = file.find("features.0.weight");
    if (first == nullptr || first->shape.rank() != 4 || first->shape[0] < 1 || first->bytes.empty())
      throw WeightsError(
          "these are not LPIPS weights: features.0.weight of VGG-16 is missing or no convolution; icolorit convert "
          "makes "
          "them from the public files");
    return {first->shape[0]};
  }
};

/// The tensors that LPIPS needs, of torchvision's vgg16 and of the lpips package's heads for it; they stay in the
/// memory of the two files. Throws WeightsError listing what is missing or mis-shaped.
inline TensorFile join_lpips_weights(const TensorFile& vgg, const TensorFile& heads) {
  TensorFile joined;
  for (const TensorFile* file : {&vgg, &heads})
    for (const auto& [name, tensor] : file->tensors)
      if (name.starts_with("features.") || name.starts_with("lin")) joined.tensors.emplace(name, tensor);
  expect_parameters<Lpips>(joined, Lpips::infer_config(joined), [](std::string_view) { return false; });
  return joined;
}

/// Which numbers the network sees. The network was trained on [-1,1] (`standard`); the authors of iColoriT feed [0,1]
/// as it is (`published`), so that their figures compare only with such ones.
enum class LpipsRange { standard, published };

/// The metric on one backend, whose memory must be main memory.
/// Thread-safety: one thread at a time.
template <class B>
  requires std::same_as<typename B::Memory, HostMemory>
class LpipsMetric {
 public:
  static constexpr Index smallest = 16;  ///< fewer pixels a side, and four poolings leave nothing

  /// What is compared of a picture: for each group the channels of every pixel, scaled to length 1.
  struct Features {
    struct Map {
      Index pixels = 0, channels = 0;
      Buffer<float> values;  // (pixels,channels)
    };
    std::array<Map, Lpips::groups> maps;
  };

  /// Throws WeightsError listing what is missing or mis-shaped.
  explicit LpipsMetric(const TensorFile& file, typename B::Context context = typename B::Context())
      : context_(std::move(context)), config_(Lpips::infer_config(file)) {
    const auto parameters = load_parameters<Lpips, float>(file, config_, [](std::string_view) { return false; });
    const auto& params = parameters.views();
    for (std::size_t i = 0; i < Lpips::convolutions; ++i) layers_[i] = prepare(params.weights[i], params.biases[i]);
    for (std::size_t i = 0; i < Lpips::groups; ++i)
      heads_[i].assign(params.heads[i].data(), params.heads[i].data() + params.heads[i].elements());
  }

  /// rgb (3,H,W) in [0,1]. Throws ShapeError for fewer than `smallest` pixels a side.
  Features features(TensorView<const float, 3> rgb, LpipsRange range = LpipsRange::standard) {
    Index H = rgb.extent(1), W = rgb.extent(2);
    expect_shape("LpipsMetric.features", "rgb", rgb, {3, H, W});
    if (H < smallest || W < smallest)
      throw ShapeError(
          concat("LpipsMetric.features: rgb is ", rgb.shape(), ", expected at least ", smallest, " x ", smallest));
    Features result;
    Buffer<float> x = scaled_input(rgb, range);  // (H*W,C)
    for (std::size_t i = 0; i < Lpips::convolutions; ++i) {
      x = convolve(x, H, W, layers_[i]);
      if (!Lpips::layout[i].ends_group) continue;
      result.maps[Lpips::layout[i].group] = normalised(x, H * W);
      if (i + 1 == Lpips::convolutions) break;
      x = pool(x, H, W);
      H /= 2;
      W /= 2;
    }
    return result;
  }

  /// The distance of pictures of one size, 0 for equal ones. Throws ShapeError for different sizes.
  double distance(const Features& a, const Features& b) const {
    double sum = 0;
    for (std::size_t i = 0; i < Lpips::groups; ++i) {
      const auto &first = a.maps[i], &second = b.maps[i];
      if (first.pixels != second.pixels || first.values.size() != second.values.size())
        throw ShapeError(concat("LpipsMetric.distance: group ", i + 1, " has ", first.pixels, " and ", second.pixels,
                                " pixels, expected pictures of one size"));
      double group = 0;
      for (Index pixel = 0; pixel < first.pixels; ++pixel)
        for (Index c = 0; c < first.channels; ++c) {
          const Index at = pixel * first.channels + c;
          const double difference = double{first.values.data()[at]} - double{second.values.data()[at]};
          group += double{heads_[i][static_cast<std::size_t>(c)]} * difference * difference;
        }
      sum += group / static_cast<double>(first.pixels);
    }
    return sum;
  }

  /// a, b (3,H,W) in [0,1]. Throws ShapeError.
  double operator()(TensorView<const float, 3> a, TensorView<const float, 3> b,
                    LpipsRange range = LpipsRange::standard) {
    return distance(features(a, range), features(b, range));
  }

 private:
  // Mean and deviation of ImageNet's colours for values in [-1,1], the `ScalingLayer` of the lpips package.
  Buffer<float> scaled_input(TensorView<const float, 3> rgb, LpipsRange range) const {
    constexpr std::array<float, 3> shift{-.030f, -.088f, -.188f}, scale{.458f, .448f, .450f};
    const Index H = rgb.extent(1), W = rgb.extent(2);
    Buffer<float> x(H * W * 3);
    const auto pixels = x.view(H, W, 3);
    for (Index i = 0; i < H; ++i)
      for (Index j = 0; j < W; ++j)
        for (Index c = 0; c < 3; ++c) {
          const float value = range == LpipsRange::standard ? 2 * rgb(c, i, j) - 1 : rgb(c, i, j);
          pixels(i, j, c) = (value - shift[static_cast<std::size_t>(c)]) / scale[static_cast<std::size_t>(c)];
        }
    return x;
  }

  // A convolution as a linear layer over gathered neighbourhoods.
  Linear::Prepared<B, float> prepare(TensorView<const float, 4> weight, TensorView<const float, 1> bias) {
    const Index out = weight.extent(0), width = 9 * weight.extent(1);
    const Buffer<float> reordered = with_taps_first<float>(weight);
    return {context_, {width, out}, {reordered.view(out, width), bias}};
  }

  // relu(conv(x)), 3x3, zeros around: (H*W,O) from x (H*W,I). In strips, so that neighbourhoods stay small.
  Buffer<float> convolve(const Buffer<float>& x, Index H, Index W, const Linear::Prepared<B, float>& layer) {
    constexpr Index strip_elements = Index{1} << 19, min_pixels = 64;
    const Index pixels = H * W, width = layer.config.in, in = width / 9, out = layer.config.out;
    const Index strip = std::min(pixels, std::max(min_pixels, strip_elements / width));
    Buffer<float> y(pixels * out), neighbourhoods(strip * width);
    for (Index first = 0; first < pixels; first += strip) {
      const Index count = std::min(strip, pixels - first);
      for_each(count, [&](Index i) {
        const Index row = (first + i) / W, column = (first + i) % W;
        float* to = neighbourhoods.data() + i * width;
        for (Index tap = 0; tap < 9; ++tap, to += in) {
          const Index r = row + tap / 3 - 1, c = column + tap % 3 - 1;
          if (r >= 0 && r < H && c >= 0 && c < W)
            std::copy_n(x.data() + (r * W + c) * in, in, to);
          else
            std::fill_n(to, in, 0.f);
        }
      });
      const TensorView<float, 2> result(y.data() + first * out, {count, out});
      Linear::forward<B, float>(context_, result, {neighbourhoods.view(count, width)}, layer);
      for_each(count, [&](Index i) {
        for (float& value : std::span(result.data() + i * out, static_cast<std::size_t>(out)))
          value = std::max(value, 0.f);
      });
    }
    return y;
  }

  // The maximum of each 2x2 square: (H/2*W/2,C) from x (H*W,C); an odd last row or column is left out.
  Buffer<float> pool(const Buffer<float>& x, Index H, Index W) {
    const Index C = x.size() / (H * W);
    Buffer<float> y(H / 2 * (W / 2) * C);
    for_each(H / 2 * (W / 2), [&](Index i) {
      const float* upper = x.data() + (i / (W / 2) * 2 * W + i % (W / 2) * 2) * C;
      const float* lower = upper + W * C;
      for (Index c = 0; c < C; ++c)
        y.data()[i * C + c] = std::max(std::max(upper[c], upper[C + c]), std::max(lower[c], lower[C + c]));
    });
    return y;
  }

  // Each pixel's channels over their length.
  typename Features::Map normalised(const Buffer<float>& x, Index pixels) {
    constexpr float epsilon = 1e-10f;  // of the lpips package: a pixel of zeros stays one
    const Index C = x.size() / pixels;
    typename Features::Map map{pixels, C, Buffer<float>(x.size())};
    for_each(pixels, [&](Index i) {
      const float* from = x.data() + i * C;
      float squares = 0;
      for (Index c = 0; c < C; ++c) squares += from[c] * from[c];
      const float length = std::sqrt(squares) + epsilon;
      for (Index c = 0; c < C; ++c) map.values.data()[i * C + c] = from[c] / length;
    });
    return map;
  }

  template <class F>
  void for_each(Index count, F&& f) {
    if constexpr (RunsLoops<B>) {
      B::for_each(context_, count, f);
    } else {
      for (Index i = 0; i < count; ++i) f(i);
    }
  }

  typename B::Context context_;
  Lpips::Config config_;
  std::array<Linear::Prepared<B, float>, Lpips::convolutions> layers_;
  std::array<std::vector<float>, Lpips::groups> heads_;
};

}  // namespace icolorit
