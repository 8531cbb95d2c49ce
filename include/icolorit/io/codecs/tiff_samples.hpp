// The samples of a TIFF file: their layout, and their way into a picture, from strips or tiles of any depth.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "icolorit/io/codecs/srgb_conversion.hpp"
#include "icolorit/io/codecs/tiff_file.hpp"

namespace icolorit::codec {

/// What the tags say about the samples (TIFF 6.0, sections 8, 16, 18, 19 and 23; Adobe's ICCLab in TIFF Technical Note
/// 4).
struct TiffLayout {
  Index width, height;
  int bits, channels, photometric, orientation, format, ink_set;
  bool separate;           ///< planes one after the other instead of interleaved
  int alpha_channel = -1;  ///< the first extra channel that is one, or -1
  bool premultiplied = false;

  explicit TiffLayout(const TiffFile& file)
      : width(file.tag<std::uint32_t>(TIFFTAG_IMAGEWIDTH)),
        height(file.tag<std::uint32_t>(TIFFTAG_IMAGELENGTH)),
        bits(file.tag<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1)),
        channels(file.tag<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1)),
        photometric(file.tag<std::uint16_t>(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)),
        orientation(file.tag<std::uint16_t>(TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT)),
        format(file.tag<std::uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT)),
        ink_set(file.tag<std::uint16_t>(TIFFTAG_INKSET, INKSET_CMYK)),
        separate(file.tag<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE) {
    if (format == SAMPLEFORMAT_VOID) format = SAMPLEFORMAT_UINT;
    std::uint16_t count = 0;
    std::uint16_t* kinds = nullptr;
    if (TIFFGetFieldDefaulted(file.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) != 1) return;
    for (int i = 0; i < count && alpha_channel < 0; ++i)
      if (kinds[i] == EXTRASAMPLE_ASSOCALPHA || kinds[i] == EXTRASAMPLE_UNASSALPHA) {
        alpha_channel = channels - count + i;
        premultiplied = kinds[i] == EXTRASAMPLE_ASSOCALPHA;
      }
    if (alpha_channel >= channels || alpha_channel < channels_of(model())) alpha_channel = -1;
  }

  bool is_lab() const { return photometric == PHOTOMETRIC_CIELAB || photometric == PHOTOMETRIC_ICCLAB; }
  bool is_grey() const {
    return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE ||
           (photometric == PHOTOMETRIC_CIELAB && channels < 3);
  }
  /// RGB for those that libtiff makes RGB of.
  ColorModel model() const {
    if (is_grey() && !is_lab()) return ColorModel::grey;
    return is_lab() ? ColorModel::lab : photometric == PHOTOMETRIC_SEPARATED ? ColorModel::cmyk : ColorModel::rgb;
  }
  bool has_alpha() const { return alpha_channel >= 0; }
  /// Samples of a pixel that are colour, in the file.
  int colors() const { return is_lab() && channels < 3 ? 1 : channels_of(model()); }
  int picture_channels() const { return (model() == ColorModel::grey ? 1 : 3) + (has_alpha() ? 1 : 0); }

  /// Samples that are pixels as they stand.
  bool is_direct() const {
    return format == SAMPLEFORMAT_UINT && (bits == 8 || bits == 16) && channels >= colors() &&
           channels <= TiffFile::max_channels && (is_grey() || photometric == PHOTOMETRIC_RGB) && !is_lab();
  }
  /// Samples that this header can turn into pixels one by one: integers up to 32 bits, floats of 16, 32 and 64.
  bool is_readable() const {
    const bool number = format == SAMPLEFORMAT_IEEEFP
                            ? bits == 16 || bits == 32 || bits == 64
                            : (format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_INT) && bits >= 1 && bits <= 32;
    const bool lab = is_lab() && (format == SAMPLEFORMAT_IEEEFP || bits == 8 || bits == 16);
    const bool model = (is_grey() && !is_lab()) || photometric == PHOTOMETRIC_RGB || lab ||
                       (photometric == PHOTOMETRIC_SEPARATED && ink_set == INKSET_CMYK);
    return number && model && channels >= colors() && channels <= TiffFile::max_channels;
  }
  int picture_bits() const { return bits <= 8 ? 8 : 16; }
};

/// The strips or tiles of a file, of a size that makes sense. Throws FormatError for tricks that make us take memory.
struct TiffBlocks {
  bool tiled;
  Index width, height, planes;

  TiffBlocks(const TiffFile& file, const TiffLayout& layout)
      : tiled(TIFFIsTiled(file.get()) != 0),
        width(tiled ? file.tag<std::uint32_t>(TIFFTAG_TILEWIDTH) : layout.width),
        height(tiled ? file.tag<std::uint32_t>(TIFFTAG_TILELENGTH)
                     : std::min<Index>(file.tag<std::uint32_t>(TIFFTAG_ROWSPERSTRIP), layout.height)),
        planes(layout.separate ? layout.channels : 1) {
    // a tile may reach beyond the picture, but not far
    if (width < 1 || height < 1 || width > 2 * layout.width + 4096 || height > 2 * layout.height + 4096)
      file.fail("strips or tiles of a senseless size");
    const Index picture = layout.width * layout.height * layout.channels * ((layout.bits + 7) / 8);
    const Index all_planes = bytes(file) * planes;
    if (all_planes < 1 || all_planes > 4 * picture + (Index{1} << 26) || !file.may_unpack_to(all_planes))
      file.fail("strips or tiles of an odd size");
  }

  /// Of one plane of one strip or tile, unpacked.
  Index bytes(const TiffFile& file) const { return tiled ? TIFFTileSize(file.get()) : TIFFStripSize(file.get()); }
};

/// Calls f(top, left, rows, columns, block, plane_bytes, row_bytes) for every strip or tile: `block` holds its planes,
/// of plane_bytes each, one behind the other (one where samples are interleaved), in rows of row_bytes.
template <class F>
void for_each_tiff_block(const TiffFile& file, const TiffLayout& layout, F&& f) {
  TIFF* const tiff = file.get();
  const TiffBlocks blocks(file, layout);
  const auto [tiled, block_width, block_height, planes] = blocks;
  const Index row_bytes = (block_width * (layout.separate ? 1 : layout.channels) * layout.bits + 7) / 8;
  const Index plane_bytes = row_bytes * block_height;
  if (blocks.bytes(file) != plane_bytes) file.fail("strips or tiles of an odd size");
  std::vector<std::byte> block(static_cast<std::size_t>(plane_bytes * planes));

  const auto across = static_cast<std::uint32_t>((layout.width + block_width - 1) / block_width);
  const auto down = static_cast<std::uint32_t>((layout.height + block_height - 1) / block_height);
  std::uint32_t number = 0;
  for (Index top = 0; top < layout.height; top += block_height)
    for (Index left = 0; left < layout.width; left += block_width, ++number) {
      const Index rows = std::min(block_height, layout.height - top);
      const Index columns = std::min(block_width, layout.width - left);
      for (Index plane = 0; plane < planes; ++plane) {
        void* const to = block.data() + plane * plane_bytes;
        const std::uint32_t index = number + static_cast<std::uint32_t>(plane) * across * down;
        const tmsize_t wanted = tiled ? plane_bytes : row_bytes * rows;
        const tmsize_t got = tiled ? TIFFReadEncodedTile(tiff, index, to, plane_bytes)
                                   : TIFFReadEncodedStrip(tiff, index, to, plane_bytes);
        if (got < wanted) file.fail("the file ends too early");
      }
      f(top, left, rows, columns, std::span<const std::byte>(block), plane_bytes, row_bytes);
    }
}

/// Fills the picture with the samples of a file whose layout is direct.
template <Sample S>
void read_tiff_blocks(const TiffFile& file, const TiffLayout& layout, TensorView<S, 3> out) {
  for_each_tiff_block(file, layout,
                      [&](Index top, Index left, Index rows, Index columns, std::span<const std::byte> block,
                          Index plane_bytes, Index row_bytes) {
                        for (Index c = 0; c < out.extent(2); ++c) {
                          const Index channel = c < layout.colors() ? c : layout.alpha_channel;
                          const Index step = layout.separate ? 1 : layout.channels;
                          for (Index y = 0; y < rows; ++y) {
                            const auto* const in =
                                reinterpret_cast<const S*>(block.data() + y * row_bytes +
                                                           (layout.separate ? channel * plane_bytes : 0)) +
                                (layout.separate ? 0 : channel);
                            for (Index x = 0; x < columns; ++x) out(top + y, left + x, c) = in[x * step];
                          }
                        }
                      });

  const bool inverted = layout.photometric == PHOTOMETRIC_MINISWHITE;
  if (!inverted && !(layout.premultiplied && layout.has_alpha())) return;
  constexpr std::uint64_t one = std::numeric_limits<S>::max();
  const Index alpha = layout.colors();
  for (Index y = 0; y < layout.height; ++y)
    for (Index x = 0; x < layout.width; ++x)
      for (Index c = 0; c < alpha; ++c) {
        std::uint64_t value = out(y, x, c);
        if (inverted) value = one - value;
        const std::uint64_t weight = layout.premultiplied && layout.has_alpha() ? out(y, x, alpha) : one;
        if (weight > 0) value = std::min(one, (value * one + weight / 2) / weight);
        out(y, x, c) = static_cast<S>(value);
      }
}

/// A number of IEEE 754's 16-bit format.
inline float half_to_float(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float size = exponent == 0    ? std::ldexp(static_cast<float>(fraction), -24)
                     : exponent == 31 ? (fraction == 0 ? std::numeric_limits<float>::infinity() : 0)
                                      : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (half & 0x8000) != 0 ? -size : size;
}

/// Samples first, first + step, ... of a row of a plane, as the numbers they are: codes of integers from 0 up, signed
/// ones shifted up by half their range, and floats.
class TiffNumbers {
 public:
  TiffNumbers(const std::byte* row, const TiffLayout& layout) : row_(row), bits_(layout.bits), format_(layout.format) {}

  float at(Index i) const {
    if (format_ == SAMPLEFORMAT_IEEEFP) {
      if (bits_ == 16) return half_to_float(read<std::uint16_t>(i));
      const double value = bits_ == 32 ? static_cast<double>(read<float>(i)) : read<double>(i);
      return std::isfinite(value) ? static_cast<float>(std::clamp(value, -1e6, 1e6)) : value > 0 ? 1e6f : 0;
    }
    const std::uint32_t half_range = format_ == SAMPLEFORMAT_INT ? 1u << (bits_ - 1) : 0;
    return static_cast<float>(code(i) ^ half_range);
  }

 private:
  template <class T>
  T read(Index i) const {
    T value;
    std::memcpy(&value, row_ + i * static_cast<Index>(sizeof(T)), sizeof(T));
    return value;
  }
  std::uint32_t code(Index i) const {
    if (bits_ == 8) return read<std::uint8_t>(i);
    if (bits_ == 16) return read<std::uint16_t>(i);
    if (bits_ == 32) return read<std::uint32_t>(i);
    if (bits_ == 24) {  // libtiff leaves them in the order of the processor
      const auto byte = [&](Index k) { return std::to_integer<std::uint32_t>(row_[3 * i + k]); };
      return std::endian::native == std::endian::little ? byte(0) | byte(1) << 8 | byte(2) << 16
                                                        : byte(2) | byte(1) << 8 | byte(0) << 16;
    }
    std::uint32_t value = 0;  // others are packed, the highest bit first
    for (Index bit = i * bits_; bit < (i + 1) * bits_; ++bit)
      value = value << 1 | (std::to_integer<std::uint32_t>(row_[bit / 8]) >> (7 - bit % 8) & 1);
    return value;
  }

  const std::byte* row_;
  int bits_, format_;
};

/// What a number means in the file's colour model, see ColorModel.
class TiffScale {
 public:
  explicit TiffScale(const TiffLayout& layout) : layout_(layout) {}

  float operator()(float number, int channel) const {
    const bool is_float = layout_.format == SAMPLEFORMAT_IEEEFP;
    const float unit = is_float ? number : number / largest_;
    if (channel >= layout_.colors()) return unit;  // alpha
    if (layout_.is_lab()) return is_float ? number : lab(number, channel);
    if (layout_.photometric == PHOTOMETRIC_SEPARATED) return 100 * unit;
    return layout_.photometric == PHOTOMETRIC_MINISWHITE ? 1 - unit : unit;
  }

 private:
  /// CIELab has signed a and b (TIFF 6.0, section 23), ICCLab the encoding of ICC version 2.
  float lab(float code, int channel) const {
    const bool icc = layout_.photometric == PHOTOMETRIC_ICCLAB, wide = layout_.bits == 16;
    if (channel == 0) return 100 * code / (icc && wide ? 65280.0f : largest_);
    const float value = wide ? code / 256 : code;
    if (icc) return value - 128;
    const bool shifted = layout_.format == SAMPLEFORMAT_INT;  // TiffNumbers did so already
    return shifted ? value - 128 : value < 128 ? value : value - 256;
  }

  const TiffLayout& layout_;
  float largest_ = static_cast<float>(std::ldexp(1.0, layout_.bits) - 1);
};

/// Fills the picture with the samples of any readable layout, and makes sRGB of them.
template <Sample S>
void read_tiff_samples(const TiffFile& file, const TiffLayout& layout, TensorView<S, 3> out,
                       const SrgbConversion& conversion) {
  const TiffScale scale(layout);
  const Index model_channels = channels_of(layout.model()), colors = layout.colors();
  std::vector<float> pixels(static_cast<std::size_t>(layout.width * model_channels));
  const Index step = layout.separate ? 1 : layout.channels;
  for_each_tiff_block(file, layout,
                      [&](Index top, Index left, Index rows, Index columns, std::span<const std::byte> block,
                          Index plane_bytes, Index row_bytes) {
                        for (Index y = 0; y < rows; ++y) {
                          const auto number = [&](Index x, Index channel) {
                            const std::byte* const row =
                                block.data() + y * row_bytes + (layout.separate ? channel * plane_bytes : 0);
                            const float value = TiffNumbers(row, layout).at(x * step + (layout.separate ? 0 : channel));
                            return scale(value, static_cast<int>(channel));
                          };
                          const TensorView<S, 2> target = out[top + y].narrowed(0, left, columns);
                          for (Index x = 0; x < columns; ++x) {
                            const float opacity = layout.has_alpha() ? number(x, layout.alpha_channel) : 1;
                            const bool divided = layout.premultiplied && opacity > 0 && !layout.is_lab();
                            for (Index c = 0; c < model_channels; ++c)
                              pixels[static_cast<std::size_t>(x * model_channels + c)] =
                                  c >= colors ? 0 : number(x, c) / (divided ? opacity : 1);
                            if (layout.has_alpha()) target(x, target.extent(1) - 1) = quantised<S>(opacity);
                          }
                          conversion.row(target, pixels.data());
                        }
                      });
}

}  // namespace icolorit::codec
