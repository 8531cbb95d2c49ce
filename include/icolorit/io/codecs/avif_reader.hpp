// Reading AVIF through libavif (AV1 Image File Format, Alliance for Open Media), where CMake found it.
#pragma once

#if defined(ICOLORIT_AVIF)

#include <avif/avif.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/image/orientation.hpp"
#include "icolorit/io/codecs/avif_pixels.hpp"
#include "icolorit/io/codecs/cicp.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/color_profile.hpp"

namespace icolorit::codec {

/// The profile of the samples: an ICC profile, or that of the space that the file names; empty where it is sRGB or, as
/// `notes` then say, not known.
inline std::vector<std::byte> avif_profile(const avifImage& file, ColorModel model, std::vector<std::string>& notes) {
  const auto icc = std::as_bytes(std::span(file.icc.data, file.icc.size));
  if (!icc.empty()) return {icc.begin(), icc.end()};
  constexpr int unspecified = 2;  // ITU-T H.273; sRGB by MIAF
  const int primaries = file.colorPrimaries == unspecified ? 1 : file.colorPrimaries;
  const int transfer = file.transferCharacteristics == unspecified ? 13 : file.transferCharacteristics;
  if (primaries == 1 && transfer == 13) return {};
  if (const auto space = code_point_space(primaries, transfer)) return icc_profile(*space, model);
  notes.push_back(unusable_profile(
      model, concat("colour primaries ", primaries, " and transfer function ", transfer, " are not known here")));
  return {};
}

/// Decodes a whole file. libavif's image, which it fills, has the metadata.
class AvifReader {
 public:
  /// Throws FormatError, for animations too.
  AvifReader(std::span<const std::byte> bytes, const DecodeLimits& limits) : decoder_(avifDecoderCreate()) {
    if (decoder_ == nullptr) throw std::bad_alloc();
    decoder_->strictFlags = AVIF_STRICT_DISABLED;
    const Index most = std::clamp<Index>(limits.max_pixels, 1, AVIF_DEFAULT_IMAGE_SIZE_LIMIT);
    decoder_->imageDimensionLimit = 0;  // none but expect_allowed below
    expect(avifDecoderSetIOMemory(decoder_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    expect(avifDecoderParse(decoder_.get()));
    if (decoder_->imageCount > 1) throw FormatError("the AVIF file is an animation, expected a single picture");
    expect_allowed("AVIF", width(), height(), 4, limits);
    decoder_->imageSizeLimit = static_cast<std::uint32_t>(most);  // only now, so that the sentence above names the size
    expect(avifDecoderNextImage(decoder_.get()));
    expect_allowed("AVIF", width(), height(), 4, limits);
  }

  const avifImage& file() const { return *decoder_->image; }
  bool is_grey() const { return file().yuvFormat == AVIF_PIXEL_FORMAT_YUV400; }
  /// Whether the file's turn makes its width a height.
  bool lays_on_its_side() const { return lies_on_its_side(turn()); }

  /// The samples as they are stored, but for the file's turn and mirroring (ISO 23008-12, 6.5.10 and 6.5.12).
  Image upright_samples() const {
    const bool alpha = file().alphaPlane != nullptr;
    Image image(width(), height(), alpha ? 4 : 3, file().depth > 8 ? 16 : 8);
    avifRGBImage pixels = avif_pixels(file(), image);
    expect(avifImageYUVToRGB(&file(), &pixels));
    if (is_grey()) image = first_of_three(image);
    image = upright(std::move(image), turn());
    constexpr int flipped = 4, mirrored = 2;  // as EXIF counts
    if ((file().transformFlags & AVIF_TRANSFORM_IMIR) != 0)
      image = upright(std::move(image), mirror_of(file().imir) == 0 ? flipped : mirrored);
    return image;
  }

 private:
  struct Delete {
    void operator()(avifDecoder* decoder) const { avifDecoderDestroy(decoder); }
  };

  static void expect(avifResult result) {
    if (result == AVIF_RESULT_TRUNCATED_DATA) throw FormatError("damaged AVIF data: the file ends too early");
    if (result != AVIF_RESULT_OK)
      throw FormatError(concat("damaged or unsupported AVIF data: ", avifResultToString(result)));
  }
  Index width() const { return static_cast<Index>(file().width); }
  Index height() const { return static_cast<Index>(file().height); }
  /// As EXIF counts; the file has quarters of a turn, counter-clockwise.
  int turn() const {
    constexpr int orientations[] = {1, 8, 3, 6};
    return (file().transformFlags & AVIF_TRANSFORM_IROT) != 0 ? orientations[file().irot.angle & 3] : 1;
  }

  std::unique_ptr<avifDecoder, Delete> decoder_;
};

}  // namespace icolorit::codec

#endif
