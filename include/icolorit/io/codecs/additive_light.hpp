// The fast way through a transform whose light of red, green and blue samples only adds up, as that of every profile of
// curves and primaries does: three tables instead of Little CMS at every pixel.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "icolorit/image/fast_color.hpp"
#include "icolorit/io/codecs/color_profile.hpp"

namespace icolorit::codec {

/// The linear sRGB light of every value of each of the three components.
template <Sample S>
class AdditiveLight {
 public:
  /// Nothing where the light does not add up, as with profiles of tables.
  static std::optional<AdditiveLight> of(const ColorTransform& transform) {
    if (transform.model() != ColorModel::rgb) return {};
    const auto light = [&](std::array<float, 3> samples) {
      std::array<float, 3> result{};
      transform.linearise(result.data(), samples.data(), 1);
      return result;
    };
    const std::array<float, 3> black = light({0, 0, 0});
    constexpr int steps = 7;
    constexpr float precision = 2e-5f;  // 1.3 codes of 16 bits where they are narrowest
    for (int i = 1; i < steps * steps * steps; ++i) {
      const auto step = [](int n) { return static_cast<float>(n % steps) / (steps - 1); };
      const float r = step(i), g = step(i / steps), b = step(i / steps / steps);
      const auto whole = light({r, g, b}), red = light({r, 0, 0}), green = light({0, g, 0}), blue = light({0, 0, b});
      for (std::size_t c = 0; c < 3; ++c)
        if (!(std::abs(whole[c] - (red[c] + green[c] + blue[c] - 2 * black[c])) < precision)) return {};
    }
    AdditiveLight result;
    for (std::size_t component = 0; component < 3; ++component) {
      auto& table = result.tables_[component];
      table.resize(std::size_t{std::numeric_limits<S>::max()} + 1);
      for (std::size_t value = 0; value < table.size(); ++value) {
        std::array<float, 3> samples{};
        samples[component] = static_cast<float>(value) / std::numeric_limits<S>::max();
        table[value] = light(samples);
        if (component > 0)  // black counts once
          for (std::size_t c = 0; c < 3; ++c) table[value][c] -= black[c];
      }
    }
    return result;
  }

  /// The light of pixels (n,C), n <= color_tile, of which the first three samples count.
  void load(LinearTile& linear, TensorView<const S, 2> pixels) const {
    for (Index x = 0; x < pixels.extent(0); ++x) {
      const auto i = static_cast<std::size_t>(x);
      const auto &r = tables_[0][pixels(x, 0)], &g = tables_[1][pixels(x, 1)], &b = tables_[2][pixels(x, 2)];
      linear.r[i] = r[0] + g[0] + b[0];
      linear.g[i] = r[1] + g[1] + b[1];
      linear.b[i] = r[2] + g[2] + b[2];
    }
  }

 private:
  std::array<std::vector<std::array<float, 3>>, 3> tables_;
};

}  // namespace icolorit::codec
