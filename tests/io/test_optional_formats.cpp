// JPEG XL and AVIF, which the library has where their codecs were found; and what it says of them where it has not.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/picture_files.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

std::vector<ImageFormat> available() {
  std::vector<ImageFormat> formats;
  if (has_jxl) formats.push_back(ImageFormat::jxl);
  if (has_avif) formats.push_back(ImageFormat::avif);
  return formats;
}

/// Whether a file with loss holds transparency as it was: libjxl does not before version 0.8.
constexpr bool alpha_is_exact([[maybe_unused]] ImageFormat format) {
#if defined(ICOLORIT_JXL)
  if (format == ImageFormat::jxl) return JPEGXL_NUMERIC_VERSION >= JPEGXL_COMPUTE_NUMERIC_VERSION(0, 8, 0);
#endif
  return true;
}

Image noise(Index width, Index height, int channels, int bits) {
  Image image(width, height, channels, bits);
  Random random(1);
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    for (S& sample : std::span(samples.data(), static_cast<std::size_t>(samples.elements())))
      sample = static_cast<S>(random.below(image.max_value() + 1));
  });
  return image;
}

double mean_difference(const Image& a, const Image& b) {
  const auto one = a.samples<std::uint8_t>(), other = b.samples<std::uint8_t>();
  REQUIRE(one.elements() == other.elements());
  double sum = 0;
  for (Index i = 0; i < one.elements(); ++i) sum += std::abs(one.data()[i] - other.data()[i]);
  return sum / static_cast<double>(one.elements());
}

/// A dark picture of 6 x 4 pixels with one bright one at the top left.
[[maybe_unused]] Image marked() {
  Image image(6, 4, 1, 8);
  image.samples<std::uint8_t>()(0, 0, 0) = 255;
  return image;
}

/// Where the bright pixel is.
[[maybe_unused]] std::pair<Index, Index> mark_of(const Image& image) {
  const auto samples = image.samples<std::uint8_t>();
  for (Index y = 0; y < image.height(); ++y)
    for (Index x = 0; x < image.width(); ++x)
      if (samples(y, x, 0) > 127) return {x, y};
  return {-1, -1};
}

}  // namespace

TEST_CASE("JPEG XL and AVIF without loss keep every sample that they can hold", "[optional_formats]") {
  if (available().empty()) WARN("SKIPPED: there is neither libjxl nor libavif");
  for (const ImageFormat format : available())
    for (const int channels : {1, 2, 3, 4})
      for (const int bits : {8, 16}) {
        CAPTURE(title_of(format), channels, bits);
        const Image picture = noise(20, 15, channels, bits);
        const Bytes file = encode_image(picture, format, {.lossless = true});
        CHECK(image_format_of(file) == format);
        // AVIF has 12 bits: half a step of 65535 / 4095, and rounding
        CHECK(largest_difference(decode_image(file), picture) <= (format == ImageFormat::avif && bits == 16 ? 9 : 0));
      }
}

TEST_CASE("JPEG XL and AVIF lose little at high quality, and their files shrink with it", "[optional_formats]") {
  const Image picture = gradient_picture(96, 64);
  for (const ImageFormat format : available()) {
    CAPTURE(title_of(format));
    const Bytes good = encode_image(picture, format, {.quality = 95}),
                poor = encode_image(picture, format, {.quality = 30});
    CHECK(poor.size() < good.size());
    CHECK(mean_difference(decode_image(good), picture) < 2);  // codes of 255
    CHECK(decode_image(poor) != picture);
    CHECK_THROWS_AS(encode_image(picture, format, {.quality = 0}), ArgumentError);
  }
}

TEST_CASE("JPEG XL and AVIF with loss keep transparency", "[optional_formats]") {
  Image picture = noise(40, 30, 4, 8);
  for (Index y = 0; y < 30; ++y)
    for (Index x = 0; x < 40; ++x) picture.samples<std::uint8_t>()(y, x, 3) = x < 20 ? 0 : 255;
  for (const ImageFormat format : available()) {
    CAPTURE(title_of(format));
    const Image read = decode_image(encode_image(picture, format, {.quality = 30}));
    REQUIRE(read.channels() == 4);
    CHECK(read != picture);
    Index changed = 0, exchanged = 0;
    for (Index y = 0; y < 30; ++y)
      for (Index x = 0; x < 40; ++x) {
        const int before = picture.samples<std::uint8_t>()(y, x, 3), after = read.samples<std::uint8_t>()(y, x, 3);
        changed += before != after;
        exchanged += (before > 127) != (after > 127);
      }
    CHECK(exchanged == 0);
    if (alpha_is_exact(format)) CHECK(changed == 0);
  }
}

TEST_CASE("JPEG XL and AVIF hold pictures of more than 32768 pixels a side", "[optional_formats]") {
  const Image picture = noise(33000, 1, 1, 8);
  for (const ImageFormat format : available()) {
    CAPTURE(title_of(format));
    CHECK(decode_image(encode_image(picture, format, {.lossless = true})) == picture);
  }
}

TEST_CASE("metadata and profile go through JPEG XL and AVIF", "[optional_formats]") {
  WriteOptions options{.lossless = true, .keep_profile = true};
  PictureMetadata& metadata = options.metadata;
  metadata.exif = exif_block(6, true);
  metadata.xmp = xmp::with_description("", " xmlns:own=\"urn:own\"", "<own:word>attic</own:word>");
  metadata.iptc = to_bytes("\x1c\x02\x78 caption");
  metadata.texts = {{"Title", "Grandma & \xc3\x84nne"}};
  metadata.resolution = Resolution{600, 300};
  metadata.profile =
      icc_profile({CurveSpace::srgb_curve, codec::srgb_white, {{.680, .320, 1}, {.265, .690, 1}, {.150, .060, 1}}},
                  ColorModel::rgb);
  const Image picture = gradient_picture(40, 30);
  const Image by_png = decode_image(encode_image(picture, ImageFormat::png, options));  // rounded twice
  for (const ImageFormat format : available()) {
    CAPTURE(title_of(format));
    const OpenedImage opened = open_image(encode_image(picture, format, options));
    CHECK(opened.notes.empty());
    CHECK(opened.width == 40);
    CHECK(opened.metadata.resolution == metadata.resolution);
    CHECK(opened.metadata.iptc == metadata.iptc);
    CHECK(codec::exif_orientation(opened.metadata.exif) == 1);
    CHECK(contains(opened.metadata.xmp, "<own:word>attic</own:word>"));
    CHECK(contains(opened.metadata.xmp, "Grandma &amp; \xc3\x84nne"));
    CHECK(opened.metadata.profile == metadata.profile);
    CHECK(opened.decode(1) == by_png);
    // and from there into the other formats
    const PictureMetadata in_png =
        open_image(encode_image(picture, ImageFormat::png, {.metadata = opened.metadata})).metadata;
    CHECK(in_png.resolution->x == Approx(600).epsilon(1e-4));
    CHECK(in_png.iptc == metadata.iptc);
    CHECK(contains(in_png.xmp, "attic"));
  }
}

TEST_CASE("JPEG XL and AVIF that are cut, damaged or too large are errors", "[optional_formats][hostile]") {
  const Image picture = gradient_picture(24, 16);
  for (const ImageFormat format : available()) {
    const Bytes whole = encode_image(picture, format, {.lossless = true});
    for (std::size_t size = 1; size < whole.size(); size += 7) {
      CAPTURE(title_of(format), size, whole.size());
      CHECK_THROWS_AS(decode_image(std::span(whole).first(size)), FormatError);
    }
    CHECK(contains(message_of<FormatError>([&] { decode_image(std::span(whole).first(whole.size() - 20)); }),
                   "ends too early"));
    CHECK(contains(message_of<FormatError>([&] { decode_image(whole, {.max_pixels = 100}); }), "24 x 16 pixels"));
  }
}

TEST_CASE("a HEIC picture is named, and a format whose library is missing with that", "[optional_formats]") {
  constexpr std::string_view heic(
      "\0\0\0\x18"
      "ftypheic\0\0\0\0mif1heic",
      24);
  CHECK(contains(message_of<FormatError>([&] { decode_image(to_bytes(heic)); }), "HEIC"));
  CHECK(contains(std::string(codec::reason_left_out("a.txt")), "no ending of a picture"));
  CHECK((image_format_named("a.JXL") == ImageFormat::jxl) == has_jxl);
  CHECK((image_format_named("a.avif") == ImageFormat::avif) == has_avif);
  if constexpr (!has_jxl) {
    CHECK(contains(message_of<FormatError>([] { decode_image(to_bytes("\xff\x0a rest")); }), "without libjxl"));
    CHECK(contains(message_of<ArgumentError>([] { image_format_of("a.jxl"); }), "without libjxl"));
    CHECK(contains(std::string(codec::reason_left_out("a.jxl")), "built without its library"));
  }
  if constexpr (!has_avif)
    CHECK(contains(message_of<ArgumentError>([] { image_format_of("a.avif"); }), "without libavif"));
}

#if defined(ICOLORIT_JXL)

TEST_CASE("a JPEG XL picture is turned upright by its own orientation, not by EXIF", "[optional_formats]") {
  const Image picture = marked();
  for (const int orientation : {1, 2, 3, 4, 5, 6, 7, 8}) {
    CAPTURE(orientation);
    const std::unique_ptr<JxlEncoder, codec::JxlEncoderDelete> encoder(JxlEncoderCreate(nullptr));
    JxlBasicInfo info;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = 6;
    info.ysize = 4;
    info.bits_per_sample = 8;
    info.num_color_channels = 1;
    info.uses_original_profile = JXL_TRUE;
    info.orientation = static_cast<JxlOrientation>(orientation);
    JxlColorEncoding grey;
    JxlColorEncodingSetToSRGB(&grey, JXL_TRUE);
    Bytes exif = exif_block(3, false);
    codec::TiffEditor(exif).add_to_first(codec::resolution_fields({600, 300}));
    exif.insert(exif.begin(), 4, std::byte{0});
    JxlEncoderUseBoxes(encoder.get());
    REQUIRE(JxlEncoderSetBasicInfo(encoder.get(), &info) == JXL_ENC_SUCCESS);
    REQUIRE(JxlEncoderSetColorEncoding(encoder.get(), &grey) == JXL_ENC_SUCCESS);
    JxlEncoderAddBox(encoder.get(), "Exif", reinterpret_cast<const std::uint8_t*>(exif.data()), exif.size(), JXL_FALSE);
    JxlEncoderFrameSettings* const settings = JxlEncoderFrameSettingsCreate(encoder.get(), nullptr);
    JxlEncoderSetFrameLossless(settings, JXL_TRUE);
    const JxlPixelFormat pixels{1, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
    REQUIRE(JxlEncoderAddImageFrame(settings, &pixels, codec::bytes_of(picture), 24) == JXL_ENC_SUCCESS);
    JxlEncoderCloseInput(encoder.get());
    Bytes file(1 << 16);
    auto* next = reinterpret_cast<std::uint8_t*>(file.data());
    std::size_t room = file.size();
    REQUIRE(JxlEncoderProcessOutput(encoder.get(), &next, &room) == JXL_ENC_SUCCESS);
    file.resize(file.size() - room);
    const OpenedImage opened = open_image(file);
    CHECK(opened.decode(1) == upright(picture, orientation));
    CHECK(opened.metadata.resolution == (orientation < 5 ? Resolution{600, 300} : Resolution{300, 600}));
  }
}

#endif

#if defined(ICOLORIT_AVIF)

namespace {

/// A file of a grey picture, of 8 bits or of these, with properties to turn and mirror it, and with EXIF.
Bytes avif_file(const Image& picture, std::uint32_t depth, avifTransformFlags flags, std::uint8_t angle,
                std::uint8_t mirror, const Bytes& exif = {}) {
  const std::unique_ptr<avifImage, decltype(&avifImageDestroy)> file(
      avifImageCreate(static_cast<std::uint32_t>(picture.width()), static_cast<std::uint32_t>(picture.height()), depth,
                      AVIF_PIXEL_FORMAT_YUV400),
      avifImageDestroy);
  file->yuvRange = AVIF_RANGE_FULL;
  file->transformFlags = flags;
  file->irot.angle = angle;
  codec::mirror_of(file->imir) = mirror;
  // which is void before libavif 1.0; avifImageSetMetadataExif would turn what EXIF says into properties
  static_cast<void>(avifRWDataSet(&file->exif, reinterpret_cast<const std::uint8_t*>(exif.data()), exif.size()));
  const Image rgb = converted(picture, 3, picture.bits());
  const avifRGBImage pixels = codec::avif_pixels(*file, rgb);
  REQUIRE(avifImageRGBToYUV(file.get(), &pixels) == AVIF_RESULT_OK);
  const std::unique_ptr<avifEncoder, decltype(&avifEncoderDestroy)> encoder(avifEncoderCreate(), avifEncoderDestroy);
  encoder->minQuantizer = encoder->maxQuantizer = AVIF_QUANTIZER_LOSSLESS;
  avifRWData output{};
  REQUIRE(avifEncoderWrite(encoder.get(), file.get(), &output) == AVIF_RESULT_OK);
  const auto bytes = std::as_bytes(std::span(output.data, output.size));
  Bytes result(bytes.begin(), bytes.end());
  avifRWDataFree(&output);
  return result;
}

}  // namespace

TEST_CASE("an AVIF picture is turned, then mirrored, by its own properties", "[optional_formats]") {
  constexpr std::pair<Index, Index> turned[] = {{0, 0}, {0, 5}, {5, 3}, {3, 0}};  // counter-clockwise
  for (std::uint8_t angle = 0; angle < 4; ++angle) {
    CAPTURE(int{angle});
    const Image read = decode_image(avif_file(marked(), 8, AVIF_TRANSFORM_IROT, angle, 0));
    CHECK(read.width() == (angle % 2 == 1 ? 4 : 6));
    CHECK(mark_of(read) == turned[angle]);
  }
  CHECK(mark_of(decode_image(avif_file(marked(), 8, AVIF_TRANSFORM_IMIR, 0, 0))) == std::pair(Index{0}, Index{3}));
  CHECK(mark_of(decode_image(avif_file(marked(), 8, AVIF_TRANSFORM_IMIR, 0, 1))) == std::pair(Index{5}, Index{0}));
  const auto both = static_cast<avifTransformFlags>(AVIF_TRANSFORM_IROT | AVIF_TRANSFORM_IMIR);
  CHECK(mark_of(decode_image(avif_file(marked(), 8, both, 1, 0))) == std::pair(Index{0}, Index{0}));
}

TEST_CASE("EXIF does not turn an AVIF picture", "[optional_formats]") {
  const OpenedImage opened = open_image(avif_file(marked(), 8, AVIF_TRANSFORM_NONE, 0, 0, exif_block(6, false)));
  REQUIRE(!opened.metadata.exif.empty());
  CHECK(opened.decode(1) == marked());
}

TEST_CASE("an AVIF picture of 10 bits is read with 16", "[optional_formats]") {
  const Image picture = noise(20, 15, 1, 16);
  const Image read = decode_image(avif_file(picture, 10, AVIF_TRANSFORM_NONE, 0, 0));
  CHECK(largest_difference(read, picture) <= 33);  // half a step of 65535 / 1023, and rounding
}

#endif
