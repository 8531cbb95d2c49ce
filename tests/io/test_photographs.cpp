// Photographs as scanners, telephones and archives make them: odd depths and colour spaces, files cut short behind the
// last row, pages and thumbnails, and metadata that go from file to file.
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "icolorit/image/lightness.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/provenance.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/picture_files.hpp"
#include "support/raw_tiff.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

constexpr Index width = RawTiff::width, height = RawTiff::height;

/// A ramp of grey in [0,1].
double level(Index x, Index y) { return static_cast<double>(y * width + x) / static_cast<double>(width * height - 1); }
Image ramp(int bits) {
  const auto code = [&](Index x, Index y, Index) { return std::lround(level(x, y) * (bits == 8 ? 255 : 65535)); };
  return bits == 8 ? drawn<std::uint8_t>(width, height, 1, code) : drawn<std::uint16_t>(width, height, 1, code);
}

/// Whole numbers of any width, the highest bit first, rows padded to bytes.
Bytes packed(Index y, int bits) {
  Bytes row(static_cast<std::size_t>((width * bits + 7) / 8));
  for (Index x = 0; x < width; ++x) {
    const auto code = static_cast<std::uint64_t>(std::llround(level(x, y) * (std::ldexp(1, bits) - 1)));
    for (int bit = 0; bit < bits; ++bit)
      if (code >> (bits - 1 - bit) & 1)
        row[static_cast<std::size_t>((x * bits + bit) / 8)] |= std::byte{0x80} >> ((x * bits + bit) % 8);
  }
  return row;
}

std::uint16_t half(double value) {  // positive and normal, or 0
  if (value < 1e-4) return 0;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return static_cast<std::uint16_t>((exponent + 14) << 10 | (std::lround(fraction * 2048) - 1024));
}

}  // namespace

TEST_CASE("TIFF of every depth of whole numbers and floats is read", "[photographs]") {
  for (const int bits : {9, 10, 12, 14, 15}) {
    CAPTURE(bits);
    const Image read = decode_image(RawTiff{.bits = bits}.file([&](Index y) { return packed(y, bits); }));
    CHECK(largest_difference(read, ramp(16)) <= std::ldexp(1, 16 - bits) / 2 + 1);
  }
  const auto grey = [](double scale) { return [scale](Index x, Index y, int) { return level(x, y) * scale; }; };
  const auto is_ramp = [&](const Bytes& file) { return largest_difference(decode_image(file), ramp(16)) <= 1; };
  CHECK(is_ramp(RawTiff{.bits = 32}.numbers<std::uint32_t>(grey(4294967295.0))));
  CHECK(is_ramp(RawTiff{.bits = 32, .format = SAMPLEFORMAT_IEEEFP}.numbers<float>(grey(1))));
  CHECK(is_ramp(RawTiff{.bits = 64, .format = SAMPLEFORMAT_IEEEFP}.numbers<double>(grey(1))));
  CHECK(is_ramp(RawTiff{.bits = 16, .format = SAMPLEFORMAT_INT}.numbers<std::int16_t>(
      [](Index x, Index y, int) { return std::lround(level(x, y) * 65535) - 32768; })));
  CHECK(is_ramp(RawTiff{.bits = 32, .photometric = PHOTOMETRIC_MINISWHITE}.numbers<std::uint32_t>(
      [](Index x, Index y, int) { return (1 - level(x, y)) * 4294967295.0; })));
  const Image by_half = decode_image(RawTiff{.bits = 16, .format = SAMPLEFORMAT_IEEEFP}.numbers<std::uint16_t>(
      [](Index x, Index y, int) { return half(level(x, y)); }));
  CHECK(largest_difference(by_half, ramp(16)) <= 33);  // 11 bits of precision
  const Image odd =
      decode_image(RawTiff{.bits = 32, .format = SAMPLEFORMAT_IEEEFP}.numbers<float>([](Index x, Index, int) {
        return x == 0 ? std::nan("") : x == 1 ? INFINITY : x == 2 ? -5. : 7.;
      }));
  CHECK(odd.samples<std::uint16_t>()(0, 0, 0) == 0);
  CHECK(odd.samples<std::uint16_t>()(0, 1, 0) == 65535);
  CHECK(odd.samples<std::uint16_t>()(0, 2, 0) == 0);
}

TEST_CASE("CIELab and 16-bit CMYK TIFF are read in their several encodings", "[photographs]") {
  const auto l_is = [](const Bytes& file, double precision) {
    const Image read = decode_image(file);
    double most = 0;
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x)
        most = std::max(most, std::abs(100 * level(x, y) - static_cast<double>(pixel_lightness(read, y, x))));
    CHECK(most < precision);
  };
  const auto lab = [](double white, double zero) {
    return [=](Index x, Index y, int c) { return c == 0 ? std::lround(level(x, y) * white) : std::lround(zero); };
  };
  // 8 bits of L are steps of 0.39, and of sRGB up to 0.48
  l_is(RawTiff{.bits = 8, .channels = 3, .photometric = PHOTOMETRIC_CIELAB}.numbers<std::uint8_t>(lab(255, 0)), .45);
  l_is(RawTiff{.bits = 8, .channels = 3, .photometric = PHOTOMETRIC_ICCLAB}.numbers<std::uint8_t>(lab(255, 128)), .45);
  l_is(RawTiff{.bits = 16, .channels = 3, .photometric = PHOTOMETRIC_CIELAB}.numbers<std::uint16_t>(lab(65535, 0)),
       .02);
  l_is(RawTiff{.bits = 16, .channels = 3, .photometric = PHOTOMETRIC_ICCLAB}.numbers<std::uint16_t>(lab(65280, 32768)),
       .02);
  const Image red =
      decode_image(RawTiff{.bits = 8, .channels = 3, .photometric = PHOTOMETRIC_CIELAB}.numbers<std::int8_t>(
          [](Index, Index, int c) { return c == 0   ? 127
                                           : c == 1 ? 40
                                                    : -30; }));
  const auto pixel = red.samples<std::uint8_t>();
  CHECK(pixel(0, 0, 0) > pixel(0, 0, 1) + 40);  // positive a is red, negative b is blue
  CHECK(pixel(0, 0, 2) > pixel(0, 0, 1) + 40);

  const auto inks = [](Index x, Index y, int c) { return std::lround((c == 3 ? 1 - level(x, y) : 0.) * 65535); };
  const Image cmyk = decode_image(
      RawTiff{.bits = 16, .channels = 4, .photometric = PHOTOMETRIC_SEPARATED}.numbers<std::uint16_t>(inks));
  CHECK(cmyk.bits() == 16);
  CHECK(largest_difference(cmyk, converted(ramp(16), 3, 16)) <= 1);
}

TEST_CASE("extra samples are passed over until one is alpha", "[photographs]") {
  const auto value = [](Index x, Index y, int c) { return c == 0 ? std::lround(level(x, y) * 255) : 60 * c; };
  const RawTiff odd{.channels = 3, .extra = {EXTRASAMPLE_UNSPECIFIED, EXTRASAMPLE_UNASSALPHA}};
  const Image read = decode_image(odd.numbers<std::uint8_t>(value));
  REQUIRE(read.channels() == 2);
  CHECK(read.samples<std::uint8_t>()(5, 7, 0) == std::lround(level(7, 5) * 255));
  CHECK(read.samples<std::uint8_t>()(5, 7, 1) == 120);
  CHECK(decode_image(RawTiff{.channels = 2, .extra = {EXTRASAMPLE_UNSPECIFIED}}.numbers<std::uint8_t>(value)) ==
        ramp(8));
}

TEST_CASE("a JPEG without its end marker is whole when all rows are there", "[photographs]") {
  for (const char* kind : {"baseline", "progressive"}) {
    CAPTURE(kind);
    const Bytes whole = kind[0] == 'b' ? encode_jpeg(gradient_picture(40, 30))
                                       : read_file(ICOLORIT_GOLDEN_DIR "/images/progressive.jpg");
    const Image picture = decode_image(whole);
    const Bytes open(whole.begin(), whole.end() - 2);
    CHECK(decode_image(open) == picture);
    Bytes with_trailer = open;
    put(with_trailer, "SEFH made by a telephone");
    CHECK(decode_image(with_trailer) == picture);
    Bytes with_second = open;
    with_second.insert(with_second.end(), whole.begin(), whole.end());
    CHECK(decode_image(with_second) == picture);
    with_second = whole;
    with_second.insert(with_second.end(), whole.begin(), whole.end());
    CHECK(decode_image(with_second) == picture);
  }
}

TEST_CASE("a PNG without its end is whole when all rows are there", "[photographs]") {
  const Image picture = gradient_picture(40, 30);
  Bytes file = encode_png(picture);
  file.resize(file.size() - 12);
  CHECK(decode_image(file) == picture);
}

TEST_CASE("EXIF orientation counts in any whole type, with or without a header", "[photographs]") {
  const Image stored = gradient_picture(20, 12);
  const Bytes png = encode_png(stored);
  for (const std::uint32_t type : {1u, 3u, 4u, 6u, 8u, 9u})
    for (const bool big_endian : {false, true}) {
      CAPTURE(type, big_endian);
      CHECK(decode_image(png_with_exif(png, exif_block(6, big_endian, type))) == upright(stored, 6));
    }
  Bytes headed = to_bytes(codec::exif_header);
  const Bytes block = exif_block(6, false);
  headed.insert(headed.end(), block.begin(), block.end());
  CHECK(decode_image(png_with_exif(png, headed)) == upright(stored, 6));
}

TEST_CASE("of a TIFF file the full pictures are the pages", "[photographs]") {
  const auto grey = [](int level) {
    return [level](Index) { return Bytes(static_cast<std::size_t>(width), static_cast<std::byte>(level)); };
  };
  codec::TiffFile tiff(false);
  RawTiff{.subfile_type = FILETYPE_REDUCEDIMAGE}.put_into(tiff, grey(10));
  RawTiff{}.put_into(tiff, grey(20));
  RawTiff{.subfile_type = FILETYPE_PAGE}.put_into(tiff, grey(30));
  const Bytes file = tiff.finish();
  const auto level_of = [](const OpenedImage& opened) {
    return int{opened.decode(1).samples<std::uint8_t>()(0, 0, 0)};
  };
  CHECK(int{decode_image(file).samples<std::uint8_t>()(0, 0, 0)} == 20);
  CHECK(open_image(file).pages == 2);
  CHECK(level_of(open_image(file, {}, 2)) == 30);
  CHECK(message_of<ArgumentError>([&] { open_image(file, {}, 3); }) == "there is no page 3: the file has 2 of them");
  CHECK_THROWS_AS(open_image(encode_png(ramp(8)), {}, 2), ArgumentError);

  // only reduced pictures in the chain: the full one is below
  codec::TiffFile parts(false);
  RawTiff{.subfile_type = FILETYPE_REDUCEDIMAGE}.put_into(parts, grey(10));
  RawTiff{}.put_into(parts, grey(20));
  Bytes nested = parts.finish();
  const auto block = codec::TiffBlock::open(nested);
  const auto first = block->directory(block->first());
  const auto second = static_cast<std::size_t>(first.next);
  codec::TiffEditor edit(nested);
  edit.put(first.next_position, 0, 4);
  Bytes raw = nested;
  edit.add_to_first({codec::offset_field(codec::tiff_tag::sub_directories, second)});
  CHECK(int{decode_image(nested).samples<std::uint8_t>()(0, 0, 0)} == 20);

  codec::TiffEditor(raw).add_to_first({{codec::tiff_tag::dng_version, 1, Bytes(4, std::byte{1})}});
  CHECK(message_of<FormatError>([&] { decode_image(raw); }).find("develop it first") != std::string::npos);
  CHECK(message_of<FormatError>([] { decode_image(to_bytes("IIRO....")); }).find("develop it first") !=
        std::string::npos);
}

TEST_CASE("metadata go from every format to every format", "[photographs]") {
  PictureMetadata metadata;
  metadata.exif = exif_block(6, true);
  codec::TiffEditor edit(metadata.exif);
  const auto ascii = [](std::uint16_t tag, std::string_view text) {
    Bytes value = to_bytes(text);
    value.push_back(std::byte{0});
    return codec::bytes_field(tag, codec::tiff_type::ascii, value);
  };
  const std::size_t inner = edit.append_directory({ascii(36867, "1943:05:06 07:08:09")});
  edit.add_to_first(
      {ascii(271, "ScanCo"), ascii(33432, "(c) family"), codec::offset_field(codec::tiff_tag::exif, inner)});
  metadata.xmp =
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
      "<rdf:Description rdf:about=\"\" xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" tiff:Orientation=\"6\"/></rdf:RDF>"
      "</x:xmpmeta>";
  metadata.iptc = to_bytes("\x1c\x02\x78 caption");
  metadata.texts = {{"Comment", "found in an attic"}, {"Title", "Grandma & \xc3\x84nne"}};
  metadata.resolution = Resolution{600, 300};

  const Image picture = gradient_picture(20, 12);
  constexpr ImageFormat formats[] = {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::tiff};
  for (const ImageFormat from : formats)
    for (const ImageFormat to : formats) {
      CAPTURE(static_cast<int>(from), static_cast<int>(to));
      const auto written = [&](const PictureMetadata& blocks, ImageFormat format) {
        WriteOptions options{.lossless = true};
        options.metadata = blocks;
        return open_image(encode_image(picture, format, options));
      };
      const OpenedImage second = written(written(metadata, from).metadata, to);
      CHECK(second.notes.empty());
      CHECK(second.width == 20);  // upright already
      const PictureMetadata& got = second.metadata;
      CHECK(got.iptc == metadata.iptc);
      REQUIRE(got.resolution);
      CHECK(got.resolution->x == Approx(600).margin(.01));
      CHECK(got.resolution->y == Approx(300).margin(.01));
      CHECK(codec::exif_orientation(got.exif) == 1);
      const std::string exif(as_text(got.exif));
      for (const char* text : {"ScanCo", "(c) family", "1943:05:06 07:08:09"}) CHECK(exif.find(text) != exif.npos);
      CHECK(got.xmp.find("tiff:Orientation=\"1\"") != got.xmp.npos);
      std::string texts = got.xmp;
      for (const TextEntry& entry : got.texts) texts += entry.keyword + ": " + entry.text + "\n";
      CHECK(texts.find("found in an attic") != texts.npos);
      CHECK(texts.find("nne") != texts.npos);
      CHECK(texts.find("\xc3\x84") != texts.npos);
    }
}

TEST_CASE("EXIF keeps its bytes and places but for orientation, sizes and the thumbnail", "[photographs]") {
  Bytes block = exif_block(8, false);
  const std::size_t thumbnail = block.size();
  put(block, "a thumbnail");
  codec::TiffEditor edit(block);
  const std::size_t second = edit.append_directory({codec::offset_field(codec::tiff_tag::thumbnail, thumbnail),
                                                    codec::offset_field(codec::tiff_tag::thumbnail_size, 11)});
  edit.put(22, second, 4);
  const Bytes cleaned = codec::exif_for(block, Image(20, 12, 3, 8), true);
  REQUIRE(cleaned.size() == block.size());
  CHECK(codec::exif_orientation(cleaned) == 1);
  CHECK(as_text(cleaned).find("a thumbnail") == std::string_view::npos);
  CHECK(codec::TiffBlock::open(cleaned)->directory(8).next == 0);
  for (std::size_t size = 0; size < block.size(); ++size)  // cut anywhere: no crash
    codec::exif_for(Bytes(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size)), Image(2, 2, 1, 8), true);
}

TEST_CASE("EXIF states the colour space and the size of what is written", "[photographs]") {
  Bytes block = exif_block(1, true);
  codec::TiffEditor edit(block);
  const std::size_t inner = edit.append_directory({codec::short_field(codec::tiff_tag::color_space, 0xffff),
                                                   codec::short_field(codec::tiff_tag::pixel_width, 4000)});
  edit.add_to_first({codec::offset_field(codec::tiff_tag::exif, inner)});
  for (const bool is_srgb : {true, false}) {
    const Bytes written = codec::exif_for(block, Image(20, 12, 3, 8), is_srgb);
    const auto exif = codec::TiffBlock::open(written)->directory(inner);
    const auto value = [&](std::uint16_t tag) { return codec::TiffBlock::open(written)->whole(exif.find(tag)); };
    CHECK(value(codec::tiff_tag::color_space) == (is_srgb ? 1u : 0xffffu));
    CHECK(value(codec::tiff_tag::pixel_width) == 20u);
  }
}

TEST_CASE("TIFF output has the tags that baseline TIFF requires", "[photographs]") {
  const Bytes file = encode_tiff(gradient_picture(20, 12));
  const auto block = codec::TiffBlock::open(file);
  const auto directory = block->directory(block->first());
  for (const int tag : {256, 257, 258, 259, 262, 273, 277, 278, 279, 282, 283, 296}) {
    CAPTURE(tag);
    CHECK(directory.find(static_cast<std::uint16_t>(tag)) != nullptr);
  }
}

TEST_CASE("the provenance of a coloured picture stands in its XMP once", "[photographs]") {
  const Provenance first{"icolorit 0.1", "a <model>", 1, "2026-11-28T12:00:00Z"};
  const std::string once = with_provenance("", first);
  for (const char* part : {"<stEvt:softwareAgent>icolorit 0.1<", "from 1 colour hint<", "2026-11-28T12:00:00Z",
                           "a &lt;model&gt;", "/algorithmicallyEnhanced<", "<icolorit:hints>1<"})
    CHECK(once.find(part) != once.npos);
  const std::string twice = with_provenance(once, {"icolorit 0.2", "another", 7, "2027-01-01T00:00:00Z"});
  const auto count = [&](std::string_view part) {
    int found = 0;
    for (std::size_t at = twice.find(part); at != twice.npos; at = twice.find(part, at + 1)) ++found;
    return found;
  };
  CHECK(count("<stEvt:action>") == 2);
  CHECK(count("<icolorit:hints>") == 1);
  CHECK(count("DigitalSourceType>http") == 1);
  CHECK(with_provenance("not a packet", first) == "not a packet");
}

TEST_CASE("what is transparent is laid on a background where a format has no alpha", "[photographs]") {
  const Image grey =
      drawn<std::uint8_t>(3, 1, 2, [](Index x, Index, Index c) { return c == 0 ? 100 : 51 * 5 * x / 2; });
  const Image on_white = on_background(grey, {255, 255, 255});
  REQUIRE(on_white.channels() == 1);
  CHECK(int{on_white.samples<std::uint8_t>()(0, 0, 0)} == 255);
  CHECK(int{on_white.samples<std::uint8_t>()(0, 1, 0)} == 178);  // (100 * 127 + 255 * 128) / 255
  CHECK(int{on_white.samples<std::uint8_t>()(0, 2, 0)} == 100);
  const Image on_red = on_background(converted(grey, 2, 16), {255, 0, 0});
  REQUIRE(on_red.channels() == 3);
  CHECK(int{on_red.samples<std::uint16_t>()(0, 0, 0)} == 65535);
  CHECK(int{on_red.samples<std::uint16_t>()(0, 0, 1)} == 0);
  CHECK(on_background(ramp(8), {1, 2, 3}) == ramp(8));
}
