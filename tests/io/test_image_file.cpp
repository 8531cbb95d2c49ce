// Picture files: what is written comes back, unusual encodings are understood, and damage becomes a typed error.
#include "icolorit/io/image_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "icolorit/core/random.hpp"
#include "support/catch.hpp"
#include "support/picture_files.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

/// Noise, which no wrong stride, swapped channel or lost byte survives.
Image noise(Index width, Index height, int channels, int bits, std::uint64_t seed = 1) {
  Image image(width, height, channels, bits);
  Random random(seed);
  visit_samples(image, [&]<class S>(TensorView<S, 3> samples) {
    for (Index i = 0; i < samples.elements(); ++i)
      samples.data()[i] = static_cast<S>(random.below(Index{image.max_value()} + 1));
  });
  return image;
}

/// Smooth colours, which lossy formats keep well.
Image smooth(Index width, Index height, int channels) {
  Image image(width, height, channels, 8);
  const auto samples = image.samples<std::uint8_t>();
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x)
      for (Index c = 0; c < channels; ++c)
        samples(y, x, c) = static_cast<std::uint8_t>(20 + 200 * (c == 1 ? y : x) / (c == 1 ? height : width) + c);
  return image;
}

/// The largest difference of two 8-bit pictures of one shape.
int difference(const Image& a, const Image& b) {
  const auto p = a.samples<std::uint8_t>();
  const auto q = b.samples<std::uint8_t>();
  REQUIRE(p.shape() == q.shape());
  int largest = 0;
  for (Index i = 0; i < p.elements(); ++i) largest = std::max(largest, std::abs(p.data()[i] - q.data()[i]));
  return largest;
}

/// The scene of make_images.py.
Index scene(Index x, Index y, Index c) { return c == 0 ? 20 * x + 10 : c == 1 ? 40 * y + 5 : 12 * (x + y); }
Image scene_rgb() { return drawn<std::uint8_t>(10, 6, 3, scene); }
Image golden(const std::string& name) { return read_image(ICOLORIT_GOLDEN_DIR "/images/" + name); }

/// The SHORT value, at most 255, of a tag in a little-endian TIFF file's last directory (TIFF 6.0, section 2).
/// `tag_byte` is the tag's lower byte, the upper is 1.
std::byte* tiff_tag(Bytes& tiff, int tag_byte) {
  const std::array<std::byte, 8> entry{static_cast<std::byte>(tag_byte), std::byte{1}, std::byte{3}, {}, std::byte{1}};
  const auto found = std::find_end(tiff.begin(), tiff.end(), entry.begin(), entry.end());
  REQUIRE(found != tiff.end());
  return &*found;
}

/// One small file of every format.
std::vector<Bytes> samples_of_all_formats() {
  WriteOptions lossless;
  lossless.lossless = true;
  return {encode_png(noise(9, 7, 4, 16)),
          encode_png(noise(9, 7, 1, 8)),
          encode_jpeg(smooth(19, 17, 3)),
          encode_cmyk(smooth(9, 7, 4), true, true),
          encode_webp(smooth(19, 17, 3)),
          encode_webp(noise(9, 7, 4, 8), lossless),
          encode_tiff(noise(9, 7, 3, 16)),
          encode_tiff(noise(9, 7, 2, 8)),
          read_file(ICOLORIT_GOLDEN_DIR "/images/palette.tif"),
          read_file(ICOLORIT_GOLDEN_DIR "/images/progressive.jpg")};
}

}  // namespace

TEST_CASE("lossless formats give back every sample of every depth and channel count", "[image_file]") {
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::tiff})
    for (int channels = 1; channels <= 4; ++channels)
      for (int bits : {8, 16})
        for (const auto& [width, height] : std::vector<std::array<Index, 2>>{{1, 1}, {1, 50}, {131, 67}, {400, 300}}) {
          CAPTURE(static_cast<int>(format), channels, bits, width, height);
          const Image image = noise(width, height, channels, bits);
          REQUIRE(decode_image(encode_image(image, format)) == image);
        }
  WriteOptions lossless;
  lossless.lossless = true;
  for (int channels : {3, 4}) {
    const Image image = noise(61, 40, channels, 8);
    REQUIRE(decode_image(encode_webp(image, lossless)) == image);
  }
  const Image grey = noise(61, 40, 2, 16);
  REQUIRE(decode_image(encode_webp(grey, lossless)) == converted(grey, 4, 8));
}

TEST_CASE("lossy formats keep the picture", "[image_file]") {
  // quality 95 quantises a smooth gradient by a few levels at most
  for (int channels : {1, 3})
    REQUIRE(difference(decode_image(encode_jpeg(smooth(65, 47, channels))), smooth(65, 47, channels)) <= 4);
  REQUIRE(difference(decode_image(encode_webp(smooth(65, 47, 3))), smooth(65, 47, 3)) <= 12);

  const Image with_alpha = smooth(65, 47, 4);
  const Image on_white = on_background(with_alpha, {255, 255, 255});
  REQUIRE(difference(decode_image(encode_jpeg(with_alpha)), on_white) <= 4);
  REQUIRE(difference(decode_image(encode_jpeg(converted(with_alpha, 4, 16))), on_white) <= 4);
  const Image webp = decode_image(encode_webp(with_alpha));
  REQUIRE(webp.channels() == 4);
  REQUIRE(difference(webp, with_alpha) <= 12);
}

TEST_CASE("JPEG options reach the file", "[image_file]") {
  const Image image = noise(64, 64, 3, 8);
  WriteOptions rough, subsampled;
  rough.quality = 20;
  subsampled.subsample_chroma = true;
  REQUIRE(encode_jpeg(image, rough).size() < encode_jpeg(image).size() / 2);
  REQUIRE(encode_jpeg(image, subsampled).size() < encode_jpeg(image).size() * 3 / 4);
  REQUIRE(encode_webp(image, rough).size() < encode_webp(image).size() / 2);
  rough.quality = 0;
  REQUIRE(contains(message_of<ArgumentError>([&] { encode_jpeg(image, rough); }), "quality 0, expected 1 to 100"));
  REQUIRE_THROWS_AS(encode_webp(image, rough), ArgumentError);
}

TEST_CASE("unusual PNG encodings", "[image_file][golden]") {
  const auto steps = [](Index x, Index y) { return x + y; };
  for (int bits : {1, 2, 4}) {
    const Index top = (Index{1} << bits) - 1;
    REQUIRE(
        golden("grey" + std::to_string(bits) + ".png") ==
        drawn<std::uint8_t>(10, 6, 1, [&](Index x, Index y, Index) { return steps(x, y) % (top + 1) * 255 / top; }));
  }
  REQUIRE(golden("grey16.png") ==
          drawn<std::uint16_t>(10, 6, 1, [&](Index x, Index y, Index) { return 4000 * steps(x, y); }));
  REQUIRE(golden("grey_key.png") == drawn<std::uint8_t>(10, 6, 2, [&](Index x, Index y, Index c) {
            return c == 0 ? steps(x, y) : steps(x, y) == 3 ? 0 : 255;
          }));
  REQUIRE(golden("rgb_key.png") == drawn<std::uint8_t>(10, 6, 4, [](Index x, Index y, Index c) {
            return c < 3 ? scene(x, y, c) : x == 1 && y == 2 ? 0 : 255;
          }));
  REQUIRE(golden("rgb_interlaced.png") == scene_rgb());
  REQUIRE(golden("grey_alpha16_interlaced.png") == drawn<std::uint16_t>(10, 6, 2, [&](Index x, Index y, Index c) {
            return c == 0 ? 4000 * steps(x, y) : 65535 - 6000 * y;
          }));
  REQUIRE(golden("palette8.png") == scene_rgb());
  REQUIRE(golden("palette4.png") == drawn<std::uint8_t>(10, 6, 4, [&](Index x, Index y, Index c) {
            const Index entry = steps(x, y);  // of a palette that begins like the scene; alpha for the first ten
            return c < 3 ? scene(entry % 10, entry / 10, c) : entry < 10 ? 25 * entry : 255;
          }));
}

TEST_CASE("JPEG and WebP files of other programs", "[image_file][golden]") {
  const Image rgb = scene_rgb();
  // quality 50 on a picture of two blocks: what libjpeg's own command-line tools give is as far off
  REQUIRE(difference(golden("progressive.jpg"), rgb) <= 60);
  REQUIRE(difference(golden("exif6.jpg"), upright(rgb, 6)) <= 60);
  REQUIRE(difference(golden("cmyk.jpg"), rgb) <= 60);
  REQUIRE(difference(golden("lossy.webp"), upright(rgb, 6)) <= 60);
  REQUIRE(golden("lossless.webp") == drawn<std::uint8_t>(10, 6, 4, [](Index x, Index y, Index c) {
            return c < 3 ? scene(x, y, c) : 255 - 40 * y;
          }));
}

TEST_CASE("TIFF files of other programs", "[image_file][golden]") {
  for (const char* name : {"rgb_raw.tif", "rgb_packbits.tif", "rgb_tiff_lzw.tif", "rgb_tiff_adobe_deflate.tif",
                           "cmyk.tif", "palette.tif"}) {
    CAPTURE(name);
    REQUIRE(golden(name) == scene_rgb());
  }
  REQUIRE(difference(golden("rgb_jpeg.tif"), scene_rgb()) <= 60);
  REQUIRE(golden("rgba.tif") == golden("lossless.webp"));
  REQUIRE(golden("bilevel.tif") ==
          drawn<std::uint8_t>(10, 6, 1, [](Index x, Index y, Index) { return (x + y) % 2 * 255; }));
  REQUIRE(golden("grey16.tif") == golden("grey16.png"));
}

TEST_CASE("TIFF in tiles, in planes, in either byte order, inverted and premultiplied", "[image_file]") {
  const TemporaryFolder folder;
  const std::string path = folder / "odd.tif";
  // every combination of these is written by libtiff itself, sample by sample from the same picture
  for (int channels = 1; channels <= 4; ++channels)
    for (int bits : {8, 16})
      for (const bool tiled : {false, true})
        for (const bool separate : {false, true})
          for (const char* mode : {"wl", "wb8"}) {
            CAPTURE(channels, bits, tiled, separate, mode);
            const Image image = noise(50, 37, channels, bits);
            const bool inverted = channels == 1 && tiled;
            TIFF* const tiff = TIFFOpen(path.c_str(), mode);
            REQUIRE(tiff != nullptr);
            TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 50);
            TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 37);
            TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
            TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, channels);
            TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
                         channels > 2 ? PHOTOMETRIC_RGB
                         : inverted   ? PHOTOMETRIC_MINISWHITE
                                      : PHOTOMETRIC_MINISBLACK);
            TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
            TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
            const std::uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
            if (image.has_alpha()) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
            const Index block_width = tiled ? 32 : 50;
            const Index block_height = tiled ? 16 : 10;
            if (tiled) {
              TIFFSetField(tiff, TIFFTAG_TILEWIDTH, 32);
              TIFFSetField(tiff, TIFFTAG_TILELENGTH, 16);
            } else {
              TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 10);
            }
            std::uint32_t number = 0;
            visit_samples(image, [&]<class S>(TensorView<const S, 3> in) {
              for (Index plane = 0; plane < (separate ? channels : 1); ++plane)
                for (Index top = 0; top < 37; top += block_height)
                  for (Index left = 0; left < 50; left += block_width, ++number) {
                    std::vector<S> block;
                    for (Index y = top; y < (tiled ? top + block_height : std::min<Index>(37, top + block_height)); ++y)
                      for (Index x = left; x < left + block_width; ++x)
                        for (Index c = 0; c < (separate ? 1 : channels); ++c) {
                          const S value = x < 50 && y < 37 ? in(y, x, separate ? plane : c) : S{0};
                          block.push_back(static_cast<S>(inverted ? image.max_value() - value : value));
                        }
                    const auto size = static_cast<tmsize_t>(block.size() * sizeof(S));
                    REQUIRE((tiled ? TIFFWriteEncodedTile(tiff, number, block.data(), size)
                                   : TIFFWriteEncodedStrip(tiff, number, block.data(), size)) == size);
                  }
            });
            TIFFClose(tiff);
            REQUIRE(read_image(path) == image);
          }

  Bytes premultiplied = encode_tiff(
      drawn<std::uint8_t>(2, 1, 4, [](Index x, Index, Index c) { return x == 0 ? (c == 3 ? 100 : 50 * c) : 0; }));
  tiff_tag(premultiplied, 0x52)[8] = std::byte{EXTRASAMPLE_ASSOCALPHA};
  REQUIRE(decode_image(premultiplied) == drawn<std::uint8_t>(2, 1, 4, [](Index x, Index, Index c) {
            return x == 0 ? (c == 3 ? 100 : std::min<Index>(255, (50 * c * 255 + 50) / 100)) : 0;
          }));
}

TEST_CASE("all eight orientations of all four formats are applied", "[image_file]") {
  const Image stored = smooth(19, 12, 3);
  WriteOptions lossless;
  lossless.lossless = true;
  const Bytes jpeg = encode_jpeg(stored), png = encode_png(stored), webp = encode_webp(stored, lossless);
  const Image from_jpeg = decode_image(jpeg);
  for (std::uint32_t orientation = 0; orientation <= 9; ++orientation) {
    CAPTURE(orientation);
    const Image wanted = upright(stored, static_cast<int>(orientation));
    for (const bool big_endian : {false, true}) {
      const Bytes exif = exif_block(orientation, big_endian);
      REQUIRE(decode_image(jpeg_with_exif(jpeg, exif)) == upright(from_jpeg, static_cast<int>(orientation)));
      REQUIRE(decode_image(png_with_exif(png, exif)) == wanted);
      REQUIRE(decode_image(webp_with_exif(webp, 19, 12, exif)) == wanted);
    }
    Bytes tiff = encode_tiff(stored);
    tiff_tag(tiff, 0x12)[8] = static_cast<std::byte>(orientation);
    REQUIRE(decode_image(tiff) == wanted);

    Bytes palette = read_file(ICOLORIT_GOLDEN_DIR "/images/palette.tif");  // by way of libtiff's own RGBA conversion
    std::byte* const planar = tiff_tag(palette, 0x1c);
    planar[0] = std::byte{0x12};  // PlanarConfiguration 1, which is the default, becomes Orientation
    planar[8] = static_cast<std::byte>(orientation);
    REQUIRE(decode_image(palette) == upright(scene_rgb(), static_cast<int>(orientation)));
  }
}

TEST_CASE("a broken EXIF block does not cost the picture", "[image_file]") {
  const Image stored = smooth(19, 12, 3);
  const Bytes jpeg = encode_jpeg(stored);
  const Image plain = decode_image(jpeg);
  const Bytes whole = exif_block(6, false);
  for (std::size_t size = 0; size < 20; ++size)
    REQUIRE(decode_image(jpeg_with_exif(
                jpeg, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) == plain);
  REQUIRE(codec::exif_orientation({}) == 1);
}

TEST_CASE("CMYK and YCCK JPEG files become RGB", "[image_file]") {
  const Image cmyk = smooth(48, 40, 4);
  const auto rgb = [&](bool inverted) {
    return drawn<std::uint8_t>(48, 40, 3, [&](Index x, Index y, Index c) {
      const int ink = cmyk.samples<std::uint8_t>()(y, x, c), key = cmyk.samples<std::uint8_t>()(y, x, 3);
      return std::lround((inverted ? ink * key : (255 - ink) * (255 - key)) / 255.0);
    });
  };
  REQUIRE(difference(decode_image(encode_cmyk(cmyk, false, true)), rgb(true)) <= 3);
  REQUIRE(difference(decode_image(encode_cmyk(cmyk, true, true)), rgb(true)) <= 4);
  REQUIRE(difference(decode_image(encode_cmyk(cmyk, false, false)), rgb(false)) <= 3);
}

TEST_CASE("a file that ends too early is an error in every format", "[image_file][hostile]") {
  for (const Bytes& whole : samples_of_all_formats()) {
    REQUIRE_NOTHROW(decode_image(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(static_cast<int>(whole[0]), size, whole.size());
      const auto part = std::span(whole).first(size);
      try {
        const Image picture = decode_image(part);
        // end markers and checksums may be missing, the directory of a TIFF file not need its last bytes, and a RIFF
        // end in padding; but no row is made up
        REQUIRE(size + 20 >= whole.size());
        REQUIRE(picture == decode_image(whole));
      } catch (const FormatError& error) {
        REQUIRE(std::string(error.what()).size() > 10);
      }
    }
  }
}

TEST_CASE("damaged bytes give a picture or a typed error", "[image_file][hostile]") {
  Random random(99);
  DecodeLimits limits;
  limits.max_pixels = 1 << 16;
  int failures = 0;
  for (const Bytes& whole : samples_of_all_formats())
    for (std::size_t at = 0; at < whole.size(); ++at) {
      Bytes damaged = whole;
      damaged[at] = static_cast<std::byte>(random.below(256));
      if (at % 3 == 0) damaged[static_cast<std::size_t>(random.below(std::ssize(damaged)))] = std::byte{0xff};
      try {
        decode_image(damaged, limits);
      } catch (const Error&) {
        ++failures;
      }
    }
  REQUIRE(failures > 100);
}

TEST_CASE("a picture beyond the limits is refused before memory is taken", "[image_file][hostile]") {
  DecodeLimits limits;
  limits.max_pixels = 99;
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::tiff}) {
    const Bytes file = encode_image(smooth(10, 10, 3), format);
    REQUIRE(contains(message_of<FormatError>([&] { decode_image(file, limits); }),
                     "claims 10 x 10 pixels, at most 99 are allowed"));
    REQUIRE_NOTHROW(decode_image(file, {.max_pixels = 100}));
  }

  Bytes bomb = encode_png(noise(2, 2, 1, 8));  // now 65535 x 4096, which is allowed but cannot be in 70 bytes
  bomb[18] = bomb[19] = std::byte{0xff};
  bomb[22] = std::byte{0x10};
  bomb[23] = std::byte{0};
  REQUIRE_THROWS_AS(decode_image(bomb), FormatError);

  Bytes chunk = encode_png(noise(2, 2, 1, 8));
  chunk.resize(33);  // up to the header's end; then a chunk that claims half a gigabyte
  put(chunk, 0x20000000, 4, true);
  put(chunk, "eXIf");
  REQUIRE_THROWS_AS(decode_image(chunk), FormatError);
  REQUIRE(codec::png_whole_chunks(chunk).size() == 33);
  const Bytes whole = encode_png(noise(2, 2, 1, 8));
  REQUIRE(codec::png_whole_chunks(whole).size() == whole.size());
}

TEST_CASE("what is not a picture is named in one sentence", "[image_file]") {
  const TemporaryFolder folder;
  const auto text = folder / "notes.png";
  write_file(text, std::string_view("Dear diary"));
  write_file(folder / "empty.jpg", std::string_view());
  const auto message = message_of<FormatError>([&] { read_image(text); });
  REQUIRE(contains(message, "notes.png"));
  REQUIRE(contains(message, "not a PNG, JPEG, WebP or TIFF picture"));
  REQUIRE(contains(message_of<FormatError>([&] { read_image(folder / "empty.jpg"); }), "the file is empty"));
  REQUIRE(contains(message_of<FileError>([&] { read_image(folder.path()); }), "it is a folder"));
  REQUIRE(contains(message_of<FileError>([&] { read_image(folder / "none.png"); }), "none.png"));
}

TEST_CASE("files are written by extension and replaced as a whole", "[image_file]") {
  const TemporaryFolder folder;
  const Image image = noise(12, 10, 3, 8);
  for (const char* name : {"a.png", "a.PNG", "a.jpg", "a.jpeg", "a.webp", "a.tif", "a.TIFF"}) {
    CAPTURE(name);
    const auto path = folder / name;
    write_image(image, path);
    REQUIRE(image_format_of(read_file(path)) == image_format_of(path));
    REQUIRE(read_image(path).samples<std::uint8_t>().shape() == Shape{10, 12, 3});
  }
  REQUIRE(contains(message_of<ArgumentError>([&] { write_image(image, folder / "a.gif"); }),
                   "a.gif\": its name must end in .png, .jpg, .jpeg, .webp, .tif"));
  REQUIRE_THROWS_AS(write_image(image, folder.path() / "nowhere" / "a.png"), FileError);

  const auto kept = folder / "a.png";
  REQUIRE_THROWS_AS(write_image(Image(), kept), ArgumentError);
  REQUIRE(read_image(kept) == image);
  REQUIRE(contains(message_of<ArgumentError>([] { encode_webp(Image(16384, 1, 1, 8)); }), "16383 a side"));
  REQUIRE(contains(message_of<ArgumentError>([] { encode_jpeg(Image(1, 65501, 1, 8)); }), "65500 a side"));
}

TEST_CASE("a picture that a format can hold as it is, is not copied for it", "[image_file]") {
  const Image image = noise(12, 10, 3, 8);
  Image room;
  CHECK(&codec::in_layout(image, 3, 8, room) == &image);
  CHECK(codec::in_layout(image, 4, 8, room).channels() == 4);
  CHECK(codec::WrittenPicture(image, {}).image().samples<std::uint8_t>().data() ==
        image.samples<std::uint8_t>().data());
}
