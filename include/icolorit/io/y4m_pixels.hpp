// The samples of Y4M frames as pictures and back: luma and chroma of ITU-R BT.601 or BT.709, of limited or full range.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "icolorit/core/config.hpp"
#include "icolorit/io/y4m.hpp"

namespace icolorit {

/// The shares of red and blue in luma; Y4M does not say which were used. Players take BT.601 for small pictures, and
/// ffmpeg does for all of them unless it is told otherwise.
struct LumaWeights {
  float red, blue;
};
inline constexpr LumaWeights bt601{.299f, .114f}, bt709{.2126f, .0722f};

namespace y4m {

/// How samples of a film mean numbers in [0,1], and chroma in [-1/2,1/2].
struct SampleRange {
  float black, white, zero, swing;  // of luma; of chroma

  explicit SampleRange(const Y4mHeader& header) {
    const auto unit = static_cast<float>(1 << (header.bits - 8));
    const auto most = static_cast<float>((1 << header.bits) - 1);
    black = header.full_range ? 0 : 16 * unit;
    white = header.full_range ? most : 235 * unit;
    zero = 128 * unit;
    swing = header.full_range ? most : 224 * unit;
  }
};

}  // namespace y4m

/// A grey picture of the luma samples that Y4mReader::next() gave: 8 bits, or 16 where the film has more than 8.
inline Image picture_of_luma(std::span<const std::byte> luma, const Y4mHeader& header) {
  if (std::ssize(luma) != header.luma_bytes())
    throw ShapeError(concat("picture_of_luma: ", luma.size(), " bytes, expected ", header.luma_bytes()));
  const y4m::SampleRange range(header);
  Image picture(header.width, header.height, 1, header.bits > 8 ? 16 : 8);
  const auto convert = [&]<class From, class To>(From, TensorView<To, 3> out) {
    std::vector<To> table(std::size_t{1} << std::numeric_limits<From>::digits);
    const auto most = static_cast<float>(std::numeric_limits<To>::max());
    for (std::size_t i = 0; i < table.size(); ++i) {
      const float value = (static_cast<float>(i) - range.black) / (range.white - range.black);
      table[i] = static_cast<To>(std::lround(most * std::clamp(value, 0.f, 1.f)));
    }
    for (Index i = 0; i < out.elements(); ++i) {
      From sample;
      std::memcpy(&sample, luma.data() + i * static_cast<Index>(sizeof(From)), sizeof(From));
      out.data()[i] = table[sample];
    }
  };
  if (header.bits > 8)
    convert(std::uint16_t{}, picture.samples<std::uint16_t>());
  else
    convert(std::uint8_t{}, picture.samples<std::uint8_t>());
  return picture;
}

namespace y4m {

/// A chroma plane (h,w) at full size, reduced as the film's chroma lies.
inline std::vector<float> reduced_chroma(const std::vector<float>& full, const Y4mHeader& header) {
  if (header.chroma == Y4mChroma::c444) return full;
  const Index w = header.width, h = header.height;
  const Index step_y = header.chroma_height() == h ? 1 : 2;
  const bool beside = header.chroma != Y4mChroma::c420jpeg;  // on the column of the left of two pixels, not between
  std::vector<float> reduced(static_cast<std::size_t>(header.chroma_width() * header.chroma_height()));
  for (Index y = 0; y < header.chroma_height(); ++y)
    for (Index x = 0; x < header.chroma_width(); ++x) {
      float sum = 0;
      for (Index row = step_y * y; row < step_y * (y + 1); ++row) {
        const float* const line = full.data() + std::min(row, h - 1) * w;
        const Index right = std::min(2 * x + 1, w - 1);
        sum += beside ? .25f * line[std::max(2 * x - 1, Index{0})] + .5f * line[2 * x] + .25f * line[right]
                      : .5f * (line[2 * x] + line[right]);
      }
      reduced[static_cast<std::size_t>(y * header.chroma_width() + x)] = sum / static_cast<float>(step_y);
    }
  return reduced;
}

template <class Sample>
void append_plane(std::vector<std::byte>& bytes, std::span<const float> values, float scale, float offset, float most) {
  const std::size_t begin = bytes.size();
  bytes.resize(begin + values.size() * sizeof(Sample));
  std::vector<Sample> samples(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    samples[i] = static_cast<Sample>(std::clamp(values[i] * scale + offset, 0.f, most) + .5f);
  std::memcpy(bytes.data() + begin, samples.data(), values.size() * sizeof(Sample));
}

}  // namespace y4m

/// A frame of a film with this header, its first line included, of a colour picture of 3 channels. Throws ShapeError
/// where size or channels differ.
inline std::vector<std::byte> format_y4m_frame(const Image& picture, const Y4mHeader& header,
                                               const LumaWeights& weights = bt601) {
  if (picture.width() != header.width || picture.height() != header.height || picture.channels() != 3)
    throw ShapeError(concat("format_y4m_frame: the picture is ", picture.width(), " x ", picture.height(), " x ",
                            picture.channels(), ", expected ", header.width, " x ", header.height, " x 3"));
  const auto pixels = static_cast<std::size_t>(header.width * header.height);
  std::vector<float> luma(pixels), blue(pixels), red(pixels);
  visit_samples(picture, [&](auto samples) {
    const float unit = 1 / static_cast<float>(picture.max_value());
    const float green = 1 - weights.red - weights.blue;
    const float to_blue = .5f / (1 - weights.blue), to_red = .5f / (1 - weights.red);
    const auto* const data = samples.data();
    for (std::size_t i = 0; i < pixels; ++i) {
      const float r = static_cast<float>(data[3 * i]) * unit, g = static_cast<float>(data[3 * i + 1]) * unit;
      const float b = static_cast<float>(data[3 * i + 2]) * unit;
      luma[i] = weights.red * r + green * g + weights.blue * b;
      blue[i] = (b - luma[i]) * to_blue;
      red[i] = (r - luma[i]) * to_red;
    }
  });
  const y4m::SampleRange range(header);
  const auto most = static_cast<float>((1 << header.bits) - 1);
  constexpr std::string_view head = "FRAME\n";
  std::vector<std::byte> bytes(head.size());
  std::memcpy(bytes.data(), head.data(), head.size());
  bytes.reserve(head.size() + static_cast<std::size_t>(header.luma_bytes() + header.chroma_bytes()));
  const auto append = [&](const std::vector<float>& plane, float scale, float offset) {
    if (header.bits > 8)
      y4m::append_plane<std::uint16_t>(bytes, plane, scale, offset, most);
    else
      y4m::append_plane<std::uint8_t>(bytes, plane, scale, offset, most);
  };
  append(luma, range.white - range.black, range.black);
  if (header.chroma == Y4mChroma::mono) return bytes;
  append(y4m::reduced_chroma(blue, header), range.swing, range.zero);
  append(y4m::reduced_chroma(red, header), range.swing, range.zero);
  return bytes;
}

}  // namespace icolorit
