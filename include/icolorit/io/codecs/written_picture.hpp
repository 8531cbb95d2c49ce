// What all encoders do first: the picture in the colours, and with the profile, that the file shall have.
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "icolorit/image/convert.hpp"
#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/color_profile.hpp"
#include "icolorit/io/codecs/srgb_conversion.hpp"

namespace icolorit {

/// Whether these bytes are an ICC profile of RGB samples (ICC.1:2010, 7.2.6).
inline bool is_rgb_profile(std::span<const std::byte> icc) { return codec::has_text_at(icc, 16, "RGB "); }

/// The way from sRGB pictures to the samples of an RGB profile.
class ProfileWriter {
 public:
  /// Throws FormatError where the profile is damaged or has no way back from colours to samples.
  explicit ProfileWriter(std::span<const std::byte> icc) {
    if (is_srgb(icc)) return;
    const codec::LcmsProfile from(cmsCreate_sRGBProfileTHR(context_->get()));
    const codec::LcmsProfile to(
        cmsOpenProfileFromMemTHR(context_->get(), icc.data(), static_cast<cmsUInt32Number>(icc.size())));
    if (from && to)
      transform_.reset(cmsCreateTransformTHR(context_->get(), from.get(), TYPE_RGB_FLT, to.get(), TYPE_RGB_FLT,
                                             INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOCACHE));
    if (!transform_) refuse(context_->complaint("it lacks the tables for that").c_str());
  }

  /// Whether sRGB samples are samples of the profile as they stand.
  bool is_srgb() const { return !transform_; }

  /// The picture in the colours of the profile; grey and alpha stay.
  Image operator()(const Image& image) const {
    Image result = image;
    if (is_srgb() || !image.has_color()) return result;
    visit_samples(result, [&]<class S>(TensorView<S, 3> samples) {
      constexpr auto largest = static_cast<float>(std::numeric_limits<S>::max());
      std::vector<float> row(static_cast<std::size_t>(3 * image.width()));
      for (Index y = 0; y < image.height(); ++y) {
        for (Index i = 0; i < std::ssize(row); ++i)
          row[static_cast<std::size_t>(i)] = samples(y, i / 3, i % 3) / largest;
        cmsDoTransform(transform_.get(), row.data(), row.data(), static_cast<cmsUInt32Number>(image.width()));
        for (Index i = 0; i < std::ssize(row); ++i)
          samples(y, i / 3, i % 3) = codec::quantised<S>(row[static_cast<std::size_t>(i)]);
      }
    });
    return result;
  }

 private:
  [[noreturn]] static void refuse(const char* reason) {
    throw FormatError(concat("the colour profile cannot be written to: ", reason));
  }
  static bool is_srgb(std::span<const std::byte> icc) {
    try {
      return ColorTransform(icc, ColorModel::rgb).is_srgb();
    } catch (const FormatError& error) {
      refuse(error.what());
    }
  }

  std::unique_ptr<codec::LcmsContext> context_ = std::make_unique<codec::LcmsContext>();
  codec::LcmsTransform transform_;
};

namespace codec {

/// The picture in these channels and bits: itself where it has them, for large pictures are not copied in vain, else a
/// copy that `room` holds.
inline const Image& in_layout(const Image& image, int channels, int bits, Image& room) {
  if (image.channels() == channels && image.bits() == bits) return image;
  return room = converted(image, channels, bits);
}

/// The samples and the profile that go into a file.
class WrittenPicture {
 public:
  /// `image` must outlive this.
  WrittenPicture(const Image& image, const WriteOptions& options) : image_(&image) {
    if (!image.has_color()) return;
    if (options.keep_profile && is_rgb_profile(options.metadata.profile)) {
      const ProfileWriter in_profile(options.metadata.profile);
      profile_ = options.metadata.profile;
      is_srgb_ = in_profile.is_srgb();
      if (is_srgb_) return;
      converted_ = in_profile(image);
      image_ = &converted_;
    } else if (options.embed_profile) {
      profile_ = srgb_profile();
    }
  }
  WrittenPicture(const WrittenPicture&) = delete;
  WrittenPicture& operator=(const WrittenPicture&) = delete;

  const Image& image() const { return *image_; }
  std::span<const std::byte> profile() const { return profile_; }
  /// Whether the samples are sRGB, by whatever profile, or none, says so.
  bool is_srgb() const { return is_srgb_; }

 private:
  const Image* image_;
  Image converted_;
  std::span<const std::byte> profile_;
  bool is_srgb_ = true;
};

}  // namespace codec
}  // namespace icolorit
