// Colour profiles through Little CMS: from any profile's samples to linear sRGB light, and from sRGB to a profile.
#pragma once

#include <lcms2.h>
#include <lcms2_plugin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/image/color_space.hpp"
#include "icolorit/io/codecs/codec.hpp"

namespace icolorit {

/// What the samples of a pixel mean. As floats: grey, red, green and blue in [0,1]; cyan, magenta, yellow and black in
/// [0,100] percent of ink; L in [0,100], a and b as they are.
enum class ColorModel { grey, rgb, cmyk, lab };

constexpr int channels_of(ColorModel model) {
  return model == ColorModel::grey ? 1 : model == ColorModel::cmyk ? 4 : 3;
}

namespace codec {

/// The note on a colour profile that cannot be used, and what is done without it.
inline std::string unusable_profile(ColorModel model, std::string_view reason) {
  return concat("the colour profile in the file cannot be used, ",
                model == ColorModel::cmyk ? "its inks are mixed plainly" : "its samples count as sRGB", ": ", reason);
}

/// A context of Little CMS that prints nothing, remembers the library's last complaint, and refuses single requests
/// for more memory than any honest profile needs.
class LcmsContext {
 public:
  LcmsContext() : context_(cmsCreateContext(&memory_plugin(), &message_)) {
    if (context_ == nullptr) throw std::bad_alloc();
    cmsSetLogErrorHandlerTHR(context_, [](cmsContext context, cmsUInt32Number, const char* text) {
      auto& message = *static_cast<std::array<char, 200>*>(cmsGetContextUserData(context));
      const std::string_view whole(text);
      *std::copy_n(whole.data(), std::min(whole.size(), message.size() - 1), message.data()) = '\0';
    });
  }
  ~LcmsContext() { cmsDeleteContext(context_); }
  LcmsContext(const LcmsContext&) = delete;
  LcmsContext& operator=(const LcmsContext&) = delete;

  cmsContext get() const { return context_; }
  std::string complaint(const char* otherwise) const { return message_[0] != '\0' ? message_.data() : otherwise; }

 private:
  static cmsPluginMemHandler& memory_plugin() {
    static constexpr cmsUInt32Number cap = 1u << 26;
    static cmsPluginMemHandler plugin{
        {cmsPluginMagicNumber, 2000, cmsPluginMemHandlerSig, nullptr},
        [](cmsContext, cmsUInt32Number size) -> void* { return size > cap ? nullptr : std::malloc(size); },
        [](cmsContext, void* memory) { std::free(memory); },
        [](cmsContext, void* memory, cmsUInt32Number size) -> void* {
          return size > cap ? nullptr : std::realloc(memory, size);
        },
        nullptr,
        nullptr,
        nullptr};
    return plugin;
  }

  std::array<char, 200> message_{};
  cmsContext context_;
};

struct LcmsDelete {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using LcmsProfile = std::unique_ptr<void, LcmsDelete>;

struct LcmsTransformDelete {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
using LcmsTransform = std::unique_ptr<void, LcmsTransformDelete>;

struct LcmsCurveDelete {
  void operator()(cmsToneCurve* curve) const { cmsFreeToneCurve(curve); }
};
using LcmsCurve = std::unique_ptr<cmsToneCurve, LcmsCurveDelete>;

/// Chromaticities and white point of sRGB (ITU-R BT.709).
inline constexpr cmsCIExyYTRIPLE srgb_primaries{{.64, .33, 1}, {.30, .60, 1}, {.15, .06, 1}};
inline constexpr cmsCIExyY srgb_white{.3127, .3290, 1};

/// A profile of a grey axis or of three primaries, all with one curve. `curve` may be null where memory is exhausted.
inline LcmsProfile grey_profile(const LcmsContext& context, const LcmsCurve& curve) {
  return LcmsProfile(curve ? cmsCreateGrayProfileTHR(context.get(), cmsD50_xyY(), curve.get()) : nullptr);
}
inline LcmsProfile rgb_profile(const LcmsContext& context, const LcmsCurve& curve, const cmsCIExyY& white,
                               const cmsCIExyYTRIPLE& primaries) {
  cmsToneCurve* const curves[] = {curve.get(), curve.get(), curve.get()};
  return LcmsProfile(curve ? cmsCreateRGBProfileTHR(context.get(), &white, &primaries, curves) : nullptr);
}
inline LcmsCurve power_curve(const LcmsContext& context, double gamma) {
  return LcmsCurve(cmsBuildGamma(context.get(), gamma));
}

/// The bytes of a profile, dated with a fixed day so that the same picture gives the same file.
inline std::vector<std::byte> profile_bytes(const LcmsProfile& profile) {
  cmsUInt32Number size = 0;
  if (!profile || cmsSaveProfileToMem(profile.get(), nullptr, &size) == 0) throw std::bad_alloc();
  std::vector<std::byte> bytes(size);
  if (cmsSaveProfileToMem(profile.get(), bytes.data(), &size) == 0) throw std::bad_alloc();
  constexpr std::array<std::uint8_t, 12> day{0x07, 0xea, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0};  // ICC.1:2010, 7.2.8
  std::ranges::copy(std::as_bytes(std::span(day)), bytes.begin() + 24);
  return bytes;
}

}  // namespace codec

/// The sRGB profile that files get, of about 600 bytes (ICC version 4).
inline const std::vector<std::byte>& srgb_profile() {
  static const std::vector<std::byte> bytes = [] {
    const codec::LcmsContext context;
    return codec::profile_bytes(codec::LcmsProfile(cmsCreate_sRGBProfileTHR(context.get())));
  }();
  return bytes;
}

/// A colour space that needs no tables: three primaries, and light = (a v + b)^g where the sample v >= d, else c v.
struct CurveSpace {
  struct Curve {
    double g = 1, a = 1, b = 0, c = 0, d = 0;
  };
  static constexpr Curve srgb_curve{2.4, 1 / 1.055, .055 / 1.055, 1 / 12.92, .04045};

  Curve curve;
  cmsCIExyY white = codec::srgb_white;
  cmsCIExyYTRIPLE primaries = codec::srgb_primaries;
};

/// The ICC profile of such a space, for grey or RGB samples. Throws FormatError for impossible numbers.
inline std::vector<std::byte> icc_profile(const CurveSpace& space, ColorModel model) {
  const codec::LcmsContext context;
  const double parameters[] = {space.curve.g, space.curve.a, space.curve.b, space.curve.c, space.curve.d};
  const codec::LcmsCurve curve(cmsBuildParametricToneCurve(context.get(), 4, parameters));
  const codec::LcmsProfile profile = model == ColorModel::grey
                                         ? codec::grey_profile(context, curve)
                                         : codec::rgb_profile(context, curve, space.white, space.primaries);
  if (!profile) throw FormatError(context.complaint("the primaries or the curve make no sense"));
  return codec::profile_bytes(profile);
}

/// The way from samples of one colour model to linear sRGB light, unbounded: colours that sRGB lacks leave [0,1].
class ColorTransform {
 public:
  /// By an ICC profile; grey samples may have one of RGB. Throws FormatError with the reason where it does not serve.
  ColorTransform(std::span<const std::byte> icc, ColorModel model) : model_(model) {
    constexpr std::size_t largest = std::size_t{1} << 25;
    if (icc.size() > largest) throw FormatError(concat("it has ", icc.size(), " bytes, more than ", largest));
    codec::LcmsProfile profile(
        cmsOpenProfileFromMemTHR(context_->get(), icc.data(), static_cast<cmsUInt32Number>(icc.size())));
    if (!profile) throw FormatError(context_->complaint("it is damaged"));
    // read here and not by Little CMS, whose enumerations do not have every value that a file can hold
    const auto states = [&](std::size_t at, std::string_view text) { return codec::has_text_at(icc, at, text); };
    if (states(12, "link") || states(12, "abst") || states(12, "nmcl"))  // ICC.1:2010, 7.2.5
      throw FormatError("it is none of a device or a colour space");
    tripled_ = model == ColorModel::grey && states(16, signature(ColorModel::rgb));
    if (!states(16, signature(tripled_ ? ColorModel::rgb : model)))
      throw FormatError(concat("it is made for another kind of picture than ", name(model)));
    open(profile);
  }

  /// L*a*b* of the profile connection space (white D50), as TIFF files hold it.
  static ColorTransform from_lab() { return ColorTransform(Lab4{}); }

  ColorModel model() const { return model_; }
  /// Channels of the result: 1 for grey samples, else 3.
  int channels() const { return model_ == ColorModel::grey ? 1 : 3; }

  /// linear (n, channels()) overwritten, from samples (n, channels_of(model())). At most color_tile pixels.
  void linearise(float* linear, const float* samples, Index pixels) const {
    if (!tripled_) return cmsDoTransform(transform_.get(), samples, linear, static_cast<cmsUInt32Number>(pixels));
    constexpr auto luminance = ColorConstants<float>::rgb_to_xyz()[1];
    for (Index i = 0; i < pixels; ++i) {
      const float equal[] = {samples[i], samples[i], samples[i]};
      float light[3];
      cmsDoTransform(transform_.get(), equal, light, 1);
      linear[i] = luminance[0] * light[0] + luminance[1] * light[1] + luminance[2] * light[2];
    }
  }

  /// Whether samples of grey or RGB mean the same in sRGB to within half a code of 8 bits, wherever one looks.
  bool is_srgb() const {
    constexpr int grey_steps = 64, cube_steps = 5;
    for (int i = 0; i <= grey_steps; ++i) {
      const float value = static_cast<float>(i) / grey_steps;
      if (!same_in_srgb({value, value, value})) return false;
    }
    if (model_ == ColorModel::rgb)
      for (int i = 0; i < cube_steps * cube_steps * cube_steps; ++i) {
        const auto step = [](int n) { return static_cast<float>(n % cube_steps) / (cube_steps - 1); };
        if (!same_in_srgb({step(i), step(i / cube_steps), step(i / cube_steps / cube_steps)})) return false;
      }
    return true;
  }

 private:
  struct Lab4 {};
  explicit ColorTransform(Lab4) : model_(ColorModel::lab) {
    open(codec::LcmsProfile(cmsCreateLab4ProfileTHR(context_->get(), nullptr)));
  }

  /// As profiles spell it (ICC.1:2010, 7.2.6).
  static std::string_view signature(ColorModel model) {
    switch (model) {
      case ColorModel::grey: return "GRAY";
      case ColorModel::rgb: return "RGB ";
      case ColorModel::cmyk: return "CMYK";
      case ColorModel::lab: break;
    }
    return "Lab ";
  }
  static const char* name(ColorModel model) {
    return model == ColorModel::grey   ? "a grey one"
           : model == ColorModel::cmyk ? "one of CMYK"
                                       : "one of three channels";
  }

  void open(const codec::LcmsProfile& in) {
    const codec::LcmsCurve line = codec::power_curve(*context_, 1);
    const bool grey = model_ == ColorModel::grey && !tripled_;
    const codec::LcmsProfile out = grey ? codec::grey_profile(*context_, line)
                                        : codec::rgb_profile(*context_, line, codec::srgb_white, codec::srgb_primaries);
    if (!in || !out) throw std::bad_alloc();
    const auto format = [&]() -> cmsUInt32Number {
      switch (tripled_ ? ColorModel::rgb : model_) {
        case ColorModel::grey: return TYPE_GRAY_FLT;
        case ColorModel::rgb: return TYPE_RGB_FLT;
        case ColorModel::cmyk: return TYPE_CMYK_FLT;
        case ColorModel::lab: break;
      }
      return TYPE_Lab_FLT;
    }();
    // paper is never as black as a screen: for ink the black points are made equal, as other programs do
    const cmsUInt32Number flags =
        cmsFLAGS_NOCACHE | (model_ == ColorModel::cmyk ? cmsUInt32Number{cmsFLAGS_BLACKPOINTCOMPENSATION} : 0);
    transform_.reset(cmsCreateTransformTHR(context_->get(), in.get(), format, out.get(),
                                           grey ? TYPE_GRAY_FLT : TYPE_RGB_FLT, INTENT_RELATIVE_COLORIMETRIC, flags));
    if (!transform_) throw FormatError(context_->complaint("it lacks the tables that are needed"));
  }

  bool same_in_srgb(std::array<float, 3> samples) const {
    std::array<float, 3> linear{};
    linearise(linear.data(), samples.data(), 1);
    for (std::size_t c = 0; c < static_cast<std::size_t>(channels()); ++c)
      if (!(std::abs(linear_to_srgb(linear[c]) - samples[c]) <= .5f / 255)) return false;
    return true;
  }

  std::unique_ptr<codec::LcmsContext> context_ = std::make_unique<codec::LcmsContext>();
  ColorModel model_;
  bool tripled_ = false;  // grey samples by a profile of RGB
  codec::LcmsTransform transform_;
};

}  // namespace icolorit
