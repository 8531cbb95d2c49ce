// A few numbers of a network's output for an input made by formula, kept beside the weights: whoever loads them on
// another machine, or through another implementation, can tell that the network still computes the same.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/models/predictor.hpp"
#include "icolorit/models/self_check_key.hpp"

namespace icolorit {

/// How far two correct implementations in single precision may differ: each is within 2e-5 of the exact
/// result (docs/specification.md).
inline constexpr float self_check_tolerance = 4e-5f;

/// 16 values of ab, spread over a picture of the model's size made of waves, every 41st of its cells hinted; cells of
/// 2 x 2 pixels, or of one where a side is odd. Allocates.
template <class B, class T>
std::vector<float> self_check_sample(std::shared_ptr<const Model<B, T>> model) {
  const Index H = model->height(), W = model->width(), cell = H % 2 == 0 && W % 2 == 0 ? 2 : 1;
  Buffer<float> lab(3 * H * W), ab(2 * H * W), mask(H / cell * (W / cell));
  const TensorView<float, 4> input = lab.view(1, 3, H, W);
  for (Index y = 0; y < H; ++y)
    for (Index x = 0; x < W; ++x) {
      const auto row = static_cast<double>(y), column = static_cast<double>(x);
      input(0, 0, y, x) = static_cast<float>(.4 * std::sin(.07 * column) * std::cos(.05 * row));
      input(0, 1, y, x) = static_cast<float>(.3 * std::sin(.02 * (row + column)));
      input(0, 2, y, x) = static_cast<float>(.3 * std::cos(.04 * column - .01 * row));
    }
  for (Index i = 0; i < mask.size(); ++i) mask.data()[i] = i % 41 == 0 ? 0.f : 1.f;
  Predictor<B, T>(std::move(model))(ab.view(1, 2, H, W), lab.view(1, 3, H, W), mask.view(1, mask.size()));

  constexpr Index count = 16;
  std::vector<float> sample;
  for (Index i = 0; i < count; ++i) sample.push_back(ab.data()[(2 * i + 1) * ab.size() / (2 * count)]);
  return sample;
}

/// As text that reads back exactly.
inline std::string format_self_check(const std::vector<float>& sample) {
  std::string text;
  for (const float value : sample) {
    char digits[32];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    text.append(text.empty() ? "" : ",").append(digits, end);
  }
  return text;
}

/// Throws FormatError unless the text is numbers separated by commas.
inline std::vector<float> parse_self_check(std::string_view text) {
  std::vector<float> sample;
  for (const char *at = text.data(), *last = at + text.size(); at != last;) {
    float value = 0;
    const auto [end, error] = std::from_chars(at, last, value);
    if (error != std::errc() || (end != last && (*end != ',' || end + 1 == last)))
      throw FormatError(concat("the self-check sample is \"", text.substr(0, 40), "\", expected numbers and commas"));
    sample.push_back(value);
    at = end == last ? last : end + 1;
  }
  return sample;
}

/// The largest difference; infinite where the counts differ or a number is not finite.
inline float self_check_error(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = a.size() == b.size() ? 0.f : std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const float difference = std::abs(a[i] - b[i]);
    largest = difference <= largest    ? largest
              : std::isnan(difference) ? std::numeric_limits<float>::infinity()
                                       : difference;
  }
  return largest;
}

}  // namespace icolorit
