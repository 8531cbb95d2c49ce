// Writing JPEG XL through libjxl (ISO 18181), where CMake found it.
#pragma once

#if defined(ICOLORIT_JXL)

#include <jxl/encode.h>
#include <jxl/version.h>

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/metadata_blocks.hpp"
#include "icolorit/io/codecs/written_picture.hpp"

namespace icolorit::codec {

struct JxlEncoderDelete {
  void operator()(JxlEncoder* encoder) const { JxlEncoderDestroy(encoder); }
};

/// libjxl's measure of loss for a quality of JPEG's scale, as its own tool cjxl takes it.
inline float jxl_distance(int quality) {
  const auto q = static_cast<float>(quality);
  return quality >= 100 ? 0 : quality >= 30 ? .1f + (100 - q) * .09f : 53.f / 3000 * q * q - 23.f / 20 * q + 25;
}

/// Encodes one picture into the bytes of a file, by one call of each function, in their order.
class JxlWriter {
 public:
  JxlWriter() : encoder_(JxlEncoderCreate(nullptr)) {
    if (encoder_ == nullptr) throw std::bad_alloc();
  }

  void describe(const WrittenPicture& written, bool lossless) {
    const Image& image = written.image();
    JxlBasicInfo info;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = static_cast<std::uint32_t>(image.width());
    info.ysize = static_cast<std::uint32_t>(image.height());
    info.bits_per_sample = static_cast<std::uint32_t>(image.bits());
    info.num_color_channels = image.has_color() ? 3 : 1;
    info.num_extra_channels = image.has_alpha() ? 1 : 0;
    info.alpha_bits = image.has_alpha() ? info.bits_per_sample : 0;
    info.uses_original_profile = lossless ? JXL_TRUE : JXL_FALSE;
    expect(JxlEncoderUseBoxes(encoder_.get()));
    expect(JxlEncoderSetBasicInfo(encoder_.get(), &info));
    // Level 5, which every player knows, has neither more than 12 bits without loss nor very large pictures.
    if (JxlEncoderGetRequiredCodestreamLevel(encoder_.get()) == 10)
      expect(JxlEncoderSetCodestreamLevel(encoder_.get(), 10));
    if (written.is_srgb()) {
      JxlColorEncoding srgb;
      JxlColorEncodingSetToSRGB(&srgb, image.has_color() ? JXL_FALSE : JXL_TRUE);
      expect(JxlEncoderSetColorEncoding(encoder_.get(), &srgb));
    } else {
      expect(JxlEncoderSetICCProfile(encoder_.get(), data_of(written.profile()), written.profile().size()));
    }
  }

  void add_boxes(MetadataBlocks blocks) {
    if (!blocks.exif.empty()) blocks.exif.insert(blocks.exif.begin(), 4, std::byte{0});  // where TIFF begins
    add_box("Exif", blocks.exif);
    add_box("xml ", blocks.xmp_bytes());
    JxlEncoderCloseBoxes(encoder_.get());
  }

  void add_pixels(const Image& image, const WriteOptions& options) {
    JxlEncoderFrameSettings* const settings = JxlEncoderFrameSettingsCreate(encoder_.get(), nullptr);
    if (settings == nullptr) throw std::bad_alloc();
    if (options.lossless)
      expect(JxlEncoderSetFrameLossless(settings, JXL_TRUE));
    else
      expect(JxlEncoderSetFrameDistance(settings, jxl_distance(options.quality)));
#if JPEGXL_NUMERIC_VERSION >= JPEGXL_COMPUTE_NUMERIC_VERSION(0, 8, 0)  // before, transparency loses as colours do
    if (!options.lossless && image.has_alpha()) expect(JxlEncoderSetExtraChannelDistance(settings, 0, 0));
#endif
    const JxlPixelFormat format{static_cast<std::uint32_t>(image.channels()),
                                image.bits() == 8 ? JXL_TYPE_UINT8 : JXL_TYPE_UINT16, JXL_NATIVE_ENDIAN, 0};
    expect(JxlEncoderAddImageFrame(settings, &format, bytes_of(image),
                                   static_cast<std::size_t>(bytes_per_row(image) * image.height())));
    JxlEncoderCloseInput(encoder_.get());
  }

  std::vector<std::byte> file() {
    std::vector<std::byte> bytes(1 << 16);
    std::size_t used = 0;
    for (;;) {
      auto* next = reinterpret_cast<std::uint8_t*>(bytes.data()) + used;
      std::size_t room = bytes.size() - used;
      const JxlEncoderStatus status = JxlEncoderProcessOutput(encoder_.get(), &next, &room);
      used = bytes.size() - room;
      if (status == JXL_ENC_SUCCESS) break;
      if (status != JXL_ENC_NEED_MORE_OUTPUT) expect(status);
      bytes.resize(2 * bytes.size());
    }
    bytes.resize(used);
    return bytes;
  }

 private:
  void expect(JxlEncoderStatus status) const {
    if (status != JXL_ENC_SUCCESS)
      throw Error(
          concat("cannot write a JPEG XL file: libjxl's error ", static_cast<int>(JxlEncoderGetError(encoder_.get()))));
  }
  static const std::uint8_t* data_of(std::span<const std::byte> bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
  }
  void add_box(const char* type, std::span<const std::byte> content) {
    if (!content.empty()) expect(JxlEncoderAddBox(encoder_.get(), type, data_of(content), content.size(), JXL_FALSE));
  }

  std::unique_ptr<JxlEncoder, JxlEncoderDelete> encoder_;
};

}  // namespace icolorit::codec

#endif
