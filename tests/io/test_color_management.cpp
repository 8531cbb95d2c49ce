// Colour profiles: what a file's samples mean becomes sRGB, what is sRGB stays bit for bit, and what cannot be used is
// said.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/image/lightness.hpp"
#include "icolorit/io/image_file.hpp"
#include "support/catch.hpp"
#include "support/picture_files.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

/// Every level of grey at least once.
template <Sample S>
Image ramp() {
  return drawn<S>(64, 32, 1,
                  [](Index x, Index y, Index) { return (y * 64 + x) * std::numeric_limits<S>::max() / (64 * 32 - 1); });
}

const std::vector<std::byte>& linear_grey() {
  static const std::vector<std::byte> profile = icc_profile(CurveSpace{}, ColorModel::grey);
  return profile;
}
/// Display P3: the curve of sRGB with other primaries (SMPTE EG 432-1).
const std::vector<std::byte>& display_p3() {
  static const std::vector<std::byte> profile =
      icc_profile({CurveSpace::srgb_curve, codec::srgb_white, {{.680, .320, 1}, {.265, .690, 1}, {.150, .060, 1}}},
                  ColorModel::rgb);
  return profile;
}

Bytes tiff_with_profile(Bytes tiff, const Bytes& profile) {
  codec::TiffEditor(tiff).add_to_first({codec::bytes_field(codec::tiff_tag::profile, 7, profile)});
  return tiff;
}
/// In several APP2 segments of `part` bytes.
Bytes jpeg_with_profile(Bytes jpeg, const Bytes& profile, std::size_t part) {
  const std::size_t parts = (profile.size() + part - 1) / part;
  for (std::size_t i = 0; i < parts; ++i) {
    std::string header(codec::jpeg_profile_header);
    header += static_cast<char>(i + 1);
    header += static_cast<char>(parts);
    const auto first = profile.begin() + static_cast<std::ptrdiff_t>(i * part);
    const auto size = static_cast<std::ptrdiff_t>(std::min(part, profile.size() - i * part));
    jpeg = jpeg_with_segment(jpeg, 0xe2, header, Bytes(first, first + size));
  }
  return jpeg;
}
/// A PNG file in which `set(png, info)` sets what it likes.
template <class F>
Bytes png_with(const Image& image, F set) {
  codec::PngSession session;
  session.run([&] {
    png_set_IHDR(session.png(), session.info(), static_cast<png_uint_32>(image.width()),
                 static_cast<png_uint_32>(image.height()), image.bits(),
                 image.has_color() ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, 0, 0);
    set(session.png(), session.info());
    png_write_info(session.png(), session.info());
    png_set_swap(session.png());
    for (Index y = 0; y < image.height(); ++y)
      png_write_row(session.png(),
                    reinterpret_cast<png_const_bytep>(codec::bytes_of(image) + y * codec::bytes_per_row(image)));
    png_write_end(session.png(), session.info());
  });
  return session.written();
}
Bytes png_with_profile(const Image& image, const Bytes& profile) {
  return png_with(image, [&](png_structp png, png_infop info) {
    png_set_iCCP(png, info, "p", 0, reinterpret_cast<png_const_bytep>(profile.data()),
                 static_cast<png_uint_32>(profile.size()));
  });
}

double lightness_of_light(double light) { return light > .008856 ? 116 * std::cbrt(light) - 16 : 903.3 * light; }

/// The mean and largest difference in L* of a grey picture from one of which light(sample in [0,1]) is known.
template <class F>
std::pair<double, double> lightness_errors(const Image& read, const Image& stored, F light) {
  REQUIRE(read.channels() == 1);
  REQUIRE(read.bits() == stored.bits());
  double sum = 0, most = 0;
  for (Index y = 0; y < read.height(); ++y)
    for (Index x = 0; x < read.width(); ++x) {
      const double sample =
          visit_samples(stored, [&](auto samples) { return samples(y, x, 0) / double(stored.max_value()); });
      const double error =
          std::abs(static_cast<double>(pixel_lightness(read, y, x)) - lightness_of_light(light(sample)));
      sum += error;
      most = std::max(most, error);
    }
  return {sum / static_cast<double>(read.width() * read.height()), most};
}

/// A small CMYK profile by a table: every ink takes from L, nothing else.
Bytes ink_profile() {
  const codec::LcmsContext context;
  const codec::LcmsProfile profile(cmsCreateProfilePlaceholder(context.get()));
  cmsSetDeviceClass(profile.get(), cmsSigOutputClass);
  cmsSetColorSpace(profile.get(), cmsSigCmykData);
  cmsSetPCS(profile.get(), cmsSigLabData);
  cmsSetProfileVersion(profile.get(), 4.2);
  cmsPipeline* const pipeline = cmsPipelineAlloc(context.get(), 4, 3);
  cmsStage* const table = cmsStageAllocCLut16bit(context.get(), 5, 4, 3, nullptr);
  cmsStageSampleCLut16bit(
      table,
      [](const cmsUInt16Number in[], cmsUInt16Number out[], void*) {
        const double ink = (in[0] + in[1] + in[2]) / 3. / 65535, black = in[3] / 65535.;
        const cmsCIELab lab{100 * (1 - ink) * (1 - black), 0, 0};
        cmsFloat2LabEncoded(out, &lab);
        return 1;
      },
      nullptr, 0);
  cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocToneCurves(context.get(), 4, nullptr));
  cmsPipelineInsertStage(pipeline, cmsAT_END, table);
  cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocToneCurves(context.get(), 3, nullptr));
  cmsWriteTag(profile.get(), cmsSigAToB0Tag, pipeline);
  cmsPipelineFree(pipeline);
  return codec::profile_bytes(profile);
}

std::vector<std::string> notes_of(Bytes bytes) { return open_image(std::move(bytes)).notes; }

}  // namespace

TEST_CASE("grey profiles become the curve of sRGB at the depth of the file", "[color_management]") {
  const auto line = [](double v) { return v; };
  const Image narrow = ramp<std::uint8_t>(), wide = ramp<std::uint16_t>();
  // by definition 8 bits of sRGB hold L* to half a code: 0.24 where it is steepest
  const auto png = lightness_errors(decode_image(png_with_profile(narrow, linear_grey())), narrow, line);
  CHECK(png.first < .1);
  CHECK(png.second < .6);
  for (const Bytes& file : {png_with_profile(wide, linear_grey()), tiff_with_profile(encode_tiff(wide), linear_grey())})
    CHECK(lightness_errors(decode_image(file), wide, line).second < .01);

  const auto lstar = [](double v) { return v > .08 ? std::pow((v + .16) / 1.16, 3) : v / 9.033; };
  const Bytes lstar_profile = icc_profile({.curve = {3, 1 / 1.16, .16 / 1.16, 1 / 9.033, .08}}, ColorModel::grey);
  const Bytes jpeg = encode_jpeg(narrow, {.quality = 100});
  const Image plain = decode_image(jpeg);
  for (const std::size_t part : {std::size_t{64}, std::size_t{60000}}) {
    const auto errors = lightness_errors(decode_image(jpeg_with_profile(jpeg, lstar_profile, part)), plain, lstar);
    CHECK(errors.first < .12);  // a quarter of a code, and codes are up to 0.48
    CHECK(errors.second < .6);
  }
  // a black-and-white picture of a telephone: grey samples, and the profile of the camera
  const Image by_rgb = decode_image(jpeg_with_profile(jpeg, display_p3(), 60000));
  CHECK(by_rgb == plain);
}

TEST_CASE("RGB profiles become sRGB in all four formats", "[color_management]") {
  const Image stored =
      drawn<std::uint8_t>(20, 10, 3, [](Index, Index, Index c) { return c == 0 ? 206 : 106 - 10 * c; });
  const Image wanted = drawn<std::uint8_t>(20, 10, 3, [](Index, Index, Index c) { return c == 0 ? 222 : 94 - 7 * c; });
  WriteOptions kept{.quality = 100, .lossless = true};
  kept.keep_profile = true;
  kept.metadata.profile = display_p3();
  CHECK(largest_difference(decode_image(png_with_profile(stored, display_p3())), wanted) <= 1);
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::tiff}) {
    CAPTURE(static_cast<int>(format));
    // written in the profile, the samples are those of the profile, and read they are sRGB again
    const Bytes file = encode_image(wanted, format, kept);
    CHECK(open_image(file).metadata.profile == display_p3());
    CHECK(largest_difference(decode_image(file), wanted) <= (format == ImageFormat::jpeg ? 3 : 1));
    CHECK(open_image(encode_image(wanted, format)).metadata.profile == srgb_profile());
  }
  const Image wide = gradient_picture(40, 30, 1, 4, 16);
  CHECK(largest_difference(decode_image(encode_image(wide, ImageFormat::tiff, kept)), wide) <= 8);

  // the background is an sRGB colour, whatever the profile of the file
  kept.background = {200, 64, 46};
  const Image clear = drawn<std::uint8_t>(8, 8, 4, [](Index, Index, Index) { return 0; });
  const Image laid = drawn<std::uint8_t>(8, 8, 3, [&](Index, Index, Index c) {
    return c == 0 ? 200 : c == 1 ? 64 : 46;
  });
  CHECK(largest_difference(decode_image(encode_image(clear, ImageFormat::jpeg, kept)), laid) <= 3);

  // a picture of many pixels goes by tables, one of few does not: the same result
  const Image large = gradient_picture(300, 10);
  const Image small = drawn<std::uint8_t>(
      20, 10, 3, [&](Index x, Index y, Index c) { return large.samples<std::uint8_t>()(y, 15 * x, c); });
  const Image by_tables = decode_image(png_with_profile(large, display_p3()));
  const Image directly = decode_image(png_with_profile(small, display_p3()));
  int most = 0;
  for (Index i = 0; i < 3 * 200; ++i)
    most = std::max(most, std::abs(by_tables.samples<std::uint8_t>()(i / 3 / 20, 15 * (i / 3 % 20), i % 3) -
                                   directly.samples<std::uint8_t>()(i / 3 / 20, i / 3 % 20, i % 3)));
  CHECK(most <= 1);

  // what sRGB lacks is made paler at its own lightness: P3's red is of L* 54.4 by its colorants
  const Bytes red = png_with_profile(
      drawn<std::uint8_t>(2, 1, 3, [](Index, Index, Index c) { return c == 0 ? 255 : 0; }), display_p3());
  CHECK(pixel_lightness(decode_image(red), 0, 0) == Approx(lightness_of_light(.2289746)).margin(.4));
}

TEST_CASE("what is sRGB stays bit for bit", "[color_management]") {
  const Image picture = gradient_picture(60, 50, 3, 3, 16);
  const codec::LcmsContext context;
  std::vector<std::uint16_t> table(1024);  // as in the profile that most cameras write
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = static_cast<std::uint16_t>(std::lround(65535 * srgb_to_linear(static_cast<double>(i) / 1023)));
  const codec::LcmsCurve curve(cmsBuildTabulatedToneCurve16(context.get(), 1024, table.data()));
  const codec::LcmsProfile tabulated = codec::rgb_profile(context, curve, codec::srgb_white, codec::srgb_primaries);
  CHECK(decode_image(tiff_with_profile(encode_tiff(picture), codec::profile_bytes(tabulated))) == picture);
  WriteOptions kept{.keep_profile = true};
  kept.metadata.profile = codec::profile_bytes(tabulated);
  const codec::WrittenPicture written(picture, kept);
  CHECK(written.is_srgb());  // as EXIF then says
  CHECK(written.image() == picture);
  CHECK(decode_image(encode_tiff(picture)) == picture);
  CHECK(srgb_profile().size() < 700);
  CHECK(notes_of(encode_png(picture)).empty());
}

TEST_CASE("PNG's own colour chunks are obeyed in the order of the specification", "[color_management]") {
  const Image grey = ramp<std::uint16_t>();
  const auto gamma = [](double value) {
    return [value](png_structp png, png_infop info) { png_set_gAMA(png, info, value); };
  };
  const auto line = [](double v) { return v; };
  const Bytes linear = png_with(grey, gamma(1.0));
  CHECK(lightness_errors(decode_image(linear), grey, line).second < .01);
  CHECK(lightness_errors(decode_image(png_with(grey, gamma(1 / 1.8))), grey, [](double v) {
          return std::pow(v, 1.8);
        }).second < .01);
  CHECK(decode_image(png_with_chunk(linear, "sRGB", {std::byte{0}})) == grey);
  const auto code = [](int primaries, int transfer) {
    return Bytes{static_cast<std::byte>(primaries), static_cast<std::byte>(transfer), std::byte{0}, std::byte{1}};
  };
  CHECK(decode_image(png_with_chunk(linear, "cICP", code(1, 13))) == grey);
  CHECK(lightness_errors(decode_image(png_with_chunk(encode_png(grey), "cICP", code(1, 8))), grey, line).second < .01);
  CHECK(notes_of(png_with_chunk(encode_png(grey), "cICP", code(9, 16))).at(0).find("transfer function 16") !=
        std::string::npos);

  // of high dynamic range, but with a profile that serves
  const Bytes with_both = png_with_chunk(png_with_profile(gradient_picture(8, 8), display_p3()), "cICP", code(9, 16));
  CHECK(decode_image(with_both) == decode_image(png_with_profile(gradient_picture(8, 8), display_p3())));
  CHECK(notes_of(with_both).size() == 1);

  const Image color = drawn<std::uint8_t>(2, 2, 3, [](Index, Index, Index c) { return c == 0 ? 206 : 106 - 10 * c; });
  const Image by_chromaticities = decode_image(png_with(color, [](png_structp png, png_infop info) {
    png_set_gAMA(png, info, .45455);
    png_set_cHRM(png, info, .3127, .3290, .680, .320, .265, .690, .150, .060);
  }));
  CHECK(std::abs(by_chromaticities.samples<std::uint8_t>()(0, 0, 0) - 222) <= 3);
  CHECK(std::abs(by_chromaticities.samples<std::uint8_t>()(0, 0, 1) - 87) <= 3);
}

TEST_CASE("inks are mixed by their profile", "[color_management]") {
  const Bytes profile = ink_profile();
  const Image inks = drawn<std::uint8_t>(32, 16, 4, [](Index x, Index, Index c) { return c == 3 ? 8 * x : 0; });
  const Image plain = decode_image(encode_cmyk(inks, false, false));
  const Image by_profile = decode_image(jpeg_with_profile(encode_cmyk(inks, false, false), profile, 60000));
  for (const Index x : {0, 10, 20}) {
    // L = 100 (1 - K); without a profile light, not L, is in proportion to 1 - K in sRGB's codes
    CHECK(pixel_lightness(by_profile, 3, x) == Approx(100 - 100 * 8 * static_cast<double>(x) / 255).margin(1.5));
    CHECK(std::abs(plain.samples<std::uint8_t>()(3, x, 0) - (255 - 8 * x)) <= 2);
  }
}

TEST_CASE("a profile that cannot be used is said, and the picture read without", "[color_management]") {
  const Image picture = gradient_picture(20, 10);
  Bytes broken = display_p3();
  broken.resize(200);
  const Bytes tiff = encode_tiff(picture), jpeg = encode_jpeg(picture, {.embed_profile = false});
  for (const Bytes& file : {tiff_with_profile(tiff, broken), tiff_with_profile(tiff, linear_grey()),
                            tiff_with_profile(tiff, ink_profile())}) {
    const std::vector<std::string> notes = notes_of(file);
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].starts_with("the colour profile in the file cannot be used, its samples count as sRGB: "));
    CHECK(decode_image(file) == picture);
  }
  CHECK(notes_of(jpeg_with_profile(jpeg, broken, 60000)).size() == 1);
  Bytes part = jpeg_with_segment(jpeg, 0xe2, std::string("ICC_PROFILE\0\2\2", 14), display_p3());
  CHECK(notes_of(part).at(0).ends_with("parts of it are missing"));
  part = png_with_chunk(encode_png(picture, {.embed_profile = false}), "iCCP", Bytes(40, std::byte{7}));
  CHECK(notes_of(part).size() == 1);
}

TEST_CASE("damaged profiles give a picture", "[color_management][hostile]") {
  Random random(5);
  const Bytes tiff = encode_tiff(gradient_picture(6, 5, 1, 3, 8)), ramp_tiff = encode_tiff(ramp<std::uint8_t>());
  for (const Bytes& whole : {display_p3(), ink_profile(), linear_grey()})
    for (int i = 0; i < 60; ++i) {
      Bytes profile = whole;
      for (int k = 0; k < 3; ++k)
        profile[static_cast<std::size_t>(random.below(std::min<Index>(std::ssize(profile), 400)))] =
            static_cast<std::byte>(random.below(256));
      CHECK_NOTHROW(decode_image(tiff_with_profile(tiff, profile)));
      CHECK_NOTHROW(decode_image(tiff_with_profile(ramp_tiff, profile)));
    }
}
