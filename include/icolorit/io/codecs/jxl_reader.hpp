// Reading JPEG XL through libjxl (ISO 18181), where CMake found it.
#pragma once

#if defined(ICOLORIT_JXL)

#include <jxl/decode.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/color_profile.hpp"

namespace icolorit::codec {

struct JxlDecoderDelete {
  void operator()(JxlDecoder* decoder) const { JxlDecoderDestroy(decoder); }
};

/// A function of libjxl that asks for the colours of the decoded pixels. Before version 0.9 these took a format that
/// meant nothing.
template <class Get, class... Rest>
JxlDecoderStatus ask_for_colors(Get get, JxlDecoder* decoder, Rest... rest) {
  if constexpr (std::is_invocable_v<Get, JxlDecoder*, JxlColorProfileTarget, Rest...>)
    return get(decoder, JXL_COLOR_PROFILE_TARGET_DATA, rest...);
  else
    return get(decoder, nullptr, JXL_COLOR_PROFILE_TARGET_DATA, rest...);
}

/// Decodes a whole file; what came out are its members.
class JxlReader {
 public:
  /// Throws FormatError, for animations too.
  JxlReader(std::span<const std::byte> bytes, const DecodeLimits& limits)
      : limits_(limits), decoder_(JxlDecoderCreate(nullptr)) {
    if (decoder_ == nullptr) throw std::bad_alloc();
    constexpr int events = JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE | JXL_DEC_BOX;
    expect(JxlDecoderSubscribeEvents(decoder_.get(), events));
    expect(JxlDecoderSetUnpremultiplyAlpha(decoder_.get(), JXL_TRUE));
    expect(JxlDecoderSetKeepOrientation(decoder_.get(), JXL_TRUE));  // else it turns the picture and does not say so
    // a library without Brotli refuses, and hands compressed boxes on under another name, which nobody asks for
    static_cast<void>(JxlDecoderSetDecompressBoxes(decoder_.get(), JXL_TRUE));
    expect(JxlDecoderSetInput(decoder_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    // Without JxlDecoderCloseInput: libjxl 0.7 would print a complaint about a short file.
    while (step()) continue;
    finish_box();
    if (!complete_) throw FormatError("damaged JPEG XL data: the file ends too early");
  }

  Image image;                      ///< as it is stored
  int orientation = 1;              ///< of the header, as EXIF counts
  std::vector<std::byte> profile;   ///< of the samples
  std::string unknown_colors;       ///< why there is none, for colours of high dynamic range
  std::vector<std::byte> exif_box;  ///< the place of the TIFF structure in four bytes, then EXIF
  std::vector<std::byte> xmp_box;

 private:
  [[noreturn]] static void fail() { throw FormatError("damaged or unsupported JPEG XL data"); }
  static void expect(JxlDecoderStatus status) {
    if (status != JXL_DEC_SUCCESS) fail();
  }

  /// Returns false at the end.
  bool step() {
    switch (JxlDecoderProcessInput(decoder_.get())) {
      case JXL_DEC_BASIC_INFO: return read_header(), true;
      case JXL_DEC_COLOR_ENCODING: return read_colors(), true;
      case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
        expect(JxlDecoderSetImageOutBuffer(decoder_.get(), &format_, bytes_of(image),
                                           static_cast<std::size_t>(bytes_per_row(image) * image.height())));
        return true;
      case JXL_DEC_FULL_IMAGE: return complete_ = true;
      case JXL_DEC_BOX: return begin_box(), true;
      case JXL_DEC_BOX_NEED_MORE_OUTPUT: return grow_box(), true;
      case JXL_DEC_SUCCESS:
      case JXL_DEC_NEED_MORE_INPUT: return false;
      default:
        if (complete_) return false;  // what is broken behind the picture is not the picture
        fail();
    }
  }

  void read_header() {
    JxlBasicInfo info;
    expect(JxlDecoderGetBasicInfo(decoder_.get(), &info));
    if (info.have_animation != JXL_FALSE)
      throw FormatError("the JPEG XL file is an animation, expected a single picture");
    for (std::uint32_t i = 0; i < info.num_extra_channels; ++i) {
      JxlExtraChannelInfo extra;
      expect(JxlDecoderGetExtraChannelInfo(decoder_.get(), i, &extra));
      if (extra.type == JXL_CHANNEL_BLACK)
        throw FormatError("the JPEG XL picture is one of inks (CMYK), convert it to RGB");
    }
    const bool eight = info.bits_per_sample <= 8 && info.exponent_bits_per_sample == 0;
    const int channels = (info.num_color_channels == 1 ? 1 : 3) + (info.alpha_bits > 0 ? 1 : 0);
    image = blank_picture("JPEG XL", static_cast<Index>(info.xsize), static_cast<Index>(info.ysize), channels,
                          eight ? 8 : 16, limits_);
    format_ = {static_cast<std::uint32_t>(channels), eight ? JXL_TYPE_UINT8 : JXL_TYPE_UINT16, JXL_NATIVE_ENDIAN, 0};
    orientation = static_cast<int>(info.orientation);
  }

  void read_colors() {
    JxlDecoder* const decoder = decoder_.get();
    JxlColorEncoding named;
    if (ask_for_colors(JxlDecoderGetColorAsEncodedProfile, decoder, &named) == JXL_DEC_SUCCESS &&
        (named.transfer_function == JXL_TRANSFER_FUNCTION_PQ || named.transfer_function == JXL_TRANSFER_FUNCTION_HLG)) {
      unknown_colors = named.transfer_function == JXL_TRANSFER_FUNCTION_PQ ? "PQ" : "HLG";
      return;
    }
    std::size_t size = 0;
    if (ask_for_colors(JxlDecoderGetICCProfileSize, decoder, &size) != JXL_DEC_SUCCESS) return;
    profile.resize(size);
    expect(
        ask_for_colors(JxlDecoderGetColorAsICCProfile, decoder, reinterpret_cast<std::uint8_t*>(profile.data()), size));
  }

  void begin_box() {
    finish_box();
    JxlBoxType type;
    expect(JxlDecoderGetBoxType(decoder_.get(), type, JXL_TRUE));
    const std::string_view name(type, sizeof type);
    if (name == "Exif" && exif_box.empty()) box_ = &exif_box;
    if (name == "xml " && xmp_box.empty()) box_ = &xmp_box;
    if (box_ != nullptr) grow_box();
  }

  /// Gives the decoder more room for the box that it reads.
  void grow_box() {
    constexpr std::size_t first = 1 << 14, most = 1 << 26;
    const std::size_t used = box_->size() - JxlDecoderReleaseBoxBuffer(decoder_.get());
    if (box_->size() >= most) throw FormatError("damaged JPEG XL data: its metadata are larger than any");
    box_->resize(std::max(first, 2 * box_->size()));
    expect(JxlDecoderSetBoxBuffer(decoder_.get(), reinterpret_cast<std::uint8_t*>(box_->data()) + used,
                                  box_->size() - used));
  }

  void finish_box() {
    if (box_ == nullptr) return;
    box_->resize(box_->size() - JxlDecoderReleaseBoxBuffer(decoder_.get()));
    box_ = nullptr;
  }

  DecodeLimits limits_;
  std::unique_ptr<JxlDecoder, JxlDecoderDelete> decoder_;
  JxlPixelFormat format_{};
  std::vector<std::byte>* box_ = nullptr;  // which is read now
  bool complete_ = false;
};

}  // namespace icolorit::codec

#endif
