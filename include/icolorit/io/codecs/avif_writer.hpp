// Writing AVIF through libavif (AV1 Image File Format, Alliance for Open Media), where CMake found it.
#pragma once

#if defined(ICOLORIT_AVIF)

#include <avif/avif.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

#include "icolorit/io/codecs/avif_pixels.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/metadata_blocks.hpp"
#include "icolorit/io/codecs/written_picture.hpp"

namespace icolorit::codec {

/// One picture and what is written of it.
class AvifWriter {
 public:
  AvifWriter(const WrittenPicture& written, const MetadataBlocks& blocks, bool lossless)
      : file_(avifImageCreate(static_cast<std::uint32_t>(written.image().width()),
                              static_cast<std::uint32_t>(written.image().height()),
                              written.image().bits() == 8 ? 8 : 12,
                              written.image().has_color() ? AVIF_PIXEL_FORMAT_YUV444 : AVIF_PIXEL_FORMAT_YUV400)) {
    if (file_ == nullptr) throw std::bad_alloc();
    const Image& image = written.image();
    file_->yuvRange = AVIF_RANGE_FULL;
    file_->colorPrimaries = AVIF_COLOR_PRIMARIES_BT709;
    file_->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
    const bool exact = lossless && image.has_color();  // grey is one plane in any case
    file_->matrixCoefficients = exact ? AVIF_MATRIX_COEFFICIENTS_IDENTITY : AVIF_MATRIX_COEFFICIENTS_BT601;
    if (!written.is_srgb()) set_block(avifImageSetProfileICC, written.profile());
    set_block(avifImageSetMetadataExif, blocks.exif);
    set_block(avifImageSetMetadataXMP, blocks.xmp_bytes());
    Image room;
    const Image& rgb = in_layout(image, image.has_alpha() ? 4 : 3, image.bits(), room);
    const avifRGBImage pixels = avif_pixels(*file_, rgb);
    expect(avifImageRGBToYUV(file_.get(), &pixels));
  }

  /// The bytes of a file of this quality, 1 to 100; none is lost where `lossless`.
  std::vector<std::byte> encoded(int quality, bool lossless) const {
    const std::unique_ptr<avifEncoder, Delete> encoder(avifEncoderCreate());
    if (encoder == nullptr) throw std::bad_alloc();
    encoder->speed = 6;  // as libavif's own tool
    encoder->minQuantizer = encoder->maxQuantizer = lossless ? AVIF_QUANTIZER_LOSSLESS : quantizer(quality);
    encoder->minQuantizerAlpha = encoder->maxQuantizerAlpha = AVIF_QUANTIZER_LOSSLESS;
    Output output;
    expect(avifEncoderWrite(encoder.get(), file_.get(), &output.data));
    const auto bytes = std::as_bytes(std::span(output.data.data, output.data.size));
    return {bytes.begin(), bytes.end()};
  }

 private:
  struct Delete {
    void operator()(avifImage* image) const { avifImageDestroy(image); }
    void operator()(avifEncoder* encoder) const { avifEncoderDestroy(encoder); }
  };
  struct Output {
    avifRWData data{};
    Output() = default;
    ~Output() { avifRWDataFree(&data); }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
  };

  static void expect(avifResult result) {
    if (result != AVIF_RESULT_OK) throw Error(concat("cannot write an AVIF file: ", avifResultToString(result)));
  }
  /// Hands a block of metadata to a function of libavif, which returns a result from version 1.0 on.
  template <class Result>
  void set_block(Result (*set)(avifImage*, const std::uint8_t*, std::size_t), std::span<const std::byte> block) {
    if (block.empty()) return;
    const auto* const data = reinterpret_cast<const std::uint8_t*>(block.data());
    if constexpr (std::is_void_v<Result>)
      set(file_.get(), data, block.size());
    else
      expect(set(file_.get(), data, block.size()));
  }
  /// AV1's 63 (worst) to 0 for a quality of 0 to 100, evenly, as libavif's own tool has it.
  static int quantizer(int quality) { return ((100 - quality) * AVIF_QUANTIZER_WORST_QUALITY + 50) / 100; }

  std::unique_ptr<avifImage, Delete> file_;
};

}  // namespace icolorit::codec

#endif
