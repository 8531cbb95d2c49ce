// What all encoders do first: the picture in the colours, and with the profile, that the file shall have.
#pragma once

#include <span>
#include <vector>

#include "icolorit/io/codecs/codec.hpp"
#include "icolorit/io/codecs/color_profile.hpp"
#include "icolorit/io/codecs/srgb_conversion.hpp"

namespace icolorit {

/// Whether these bytes are an ICC profile of RGB samples (ICC.1:2010, 7.2.6).
inline bool is_rgb_profile(std::span<const std::byte> icc) { return codec::has_text_at(icc, 16, "RGB "); }

/// The sRGB picture in the colours of an RGB profile; alpha stays. Throws FormatError where the profile is damaged or
/// has no way back from colours to samples.
inline Image in_profile(const Image& image, std::span<const std::byte> icc) {
  if (!image.has_color()) return image;
  std::vector<std::string> unusable;
  const bool same = !codec::transform_of(icc, ColorModel::rgb, unusable);
  if (!unusable.empty()) throw FormatError(unusable.front());
  if (same) return image;
  const codec::LcmsContext context;
  const codec::LcmsProfile from(cmsCreate_sRGBProfileTHR(context.get()));
  const codec::LcmsProfile to(
      cmsOpenProfileFromMemTHR(context.get(), icc.data(), static_cast<cmsUInt32Number>(icc.size())));
  const codec::LcmsTransform transform(
      from && to ? cmsCreateTransformTHR(context.get(), from.get(), TYPE_RGB_FLT, to.get(), TYPE_RGB_FLT,
                                         INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOCACHE)
                 : nullptr);
  if (!transform)
    throw FormatError(concat("the colour profile cannot be written to: ", context.complaint("it lacks the tables")));
  Image result = image;
  visit_samples(result, [&]<class S>(TensorView<S, 3> samples) {
    constexpr auto largest = static_cast<float>(std::numeric_limits<S>::max());
    std::vector<float> row(static_cast<std::size_t>(3 * image.width()));
    for (Index y = 0; y < image.height(); ++y) {
      for (Index i = 0; i < std::ssize(row); ++i) row[static_cast<std::size_t>(i)] = samples(y, i / 3, i % 3) / largest;
      cmsDoTransform(transform.get(), row.data(), row.data(), static_cast<cmsUInt32Number>(image.width()));
      for (Index i = 0; i < std::ssize(row); ++i)
        samples(y, i / 3, i % 3) = codec::quantised<S>(row[static_cast<std::size_t>(i)]);
    }
  });
  return result;
}

namespace codec {

/// The samples and the profile that go into a file.
class WrittenPicture {
 public:
  /// `image` must outlive this.
  WrittenPicture(const Image& image, const WriteOptions& options) : image_(&image) {
    if (!image.has_color()) return;
    if (options.keep_profile && is_rgb_profile(options.metadata.profile)) {
      converted_ = in_profile(image, options.metadata.profile);
      image_ = &converted_;
      profile_ = options.metadata.profile;
    } else if (options.embed_profile) {
      profile_ = srgb_profile();
    }
  }
  WrittenPicture(const WrittenPicture&) = delete;
  WrittenPicture& operator=(const WrittenPicture&) = delete;

  const Image& image() const { return *image_; }
  std::span<const std::byte> profile() const { return profile_; }

 private:
  const Image* image_;
  Image converted_;
  std::span<const std::byte> profile_;
};

}  // namespace codec
}  // namespace icolorit
