// What picture files say beside their pixels, as it must change, or be cut, on its way into another file.
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/provenance.hpp"
#include "support/bytes.hpp"
#include "support/catch.hpp"
#include "support/picture_files.hpp"

using namespace icolorit;
using namespace icolorit::test;

namespace {

constexpr ImageFormat formats[] = {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp, ImageFormat::tiff};

/// A packet with these elements, each in a description of its own.
std::string packet_of(std::initializer_list<std::string> elements) {
  std::string packet;
  for (const std::string& element : elements)
    packet = xmp::with_description(std::move(packet), " xmlns:own=\"urn:own\"", element);
  return packet;
}

Bytes encoded(ImageFormat format, const PictureMetadata& metadata, Index width = 20, Index height = 12) {
  WriteOptions options{.lossless = true};
  options.metadata = metadata;
  return encode_image(gradient_picture(width, height), format, options);
}

}  // namespace

TEST_CASE("a picture that is turned upright exchanges what is said of its sides", "[metadata]") {
  PictureMetadata metadata;
  metadata.exif = exif_block(6, true);
  std::vector<codec::TiffField> fields = codec::resolution_fields({600, 300});
  fields.push_back(codec::short_field(codec::tiff_tag::width, 20));
  fields.push_back(codec::short_field(codec::tiff_tag::height, 12));
  codec::TiffEditor(metadata.exif).add_to_first(fields);
  metadata.xmp =
      packet_of({"<tiff:Orientation>6</tiff:Orientation><tiff:XResolution>600/1</tiff:XResolution>"
                 "<tiff:YResolution>300/1</tiff:YResolution><exif:PixelXDimension>20</exif:PixelXDimension>"
                 "<exif:PixelYDimension>12</exif:PixelYDimension>"});

  Bytes turned = png_with_exif(encode_png(gradient_picture(20, 12)), metadata.exif);
  for (const OpenedImage& opened :
       {open_image(turned), open_image(jpeg_with_exif(encode_jpeg(gradient_picture(20, 12)), metadata.exif))}) {
    CHECK(opened.width == 12);
    CHECK(opened.metadata.resolution == Resolution{300, 600});
  }
  PictureMetadata lying;
  lying.resolution = Resolution{600, 300};
  Bytes tiff = encoded(ImageFormat::tiff, lying);
  codec::TiffEditor(tiff).add_to_first({codec::short_field(codec::tiff_tag::orientation, 8)});
  CHECK(open_image(tiff).metadata.resolution == Resolution{300, 600});

  metadata.resolution = Resolution{300, 600};
  for (const ImageFormat format : formats) {
    CAPTURE(static_cast<int>(format));
    const PictureMetadata got = open_image(encoded(format, metadata, 12, 20)).metadata;
    CHECK(got.resolution->x == Approx(300).margin(.01));
    CHECK(got.resolution->y == Approx(600).margin(.01));
    for (const auto& [name, value] : {std::pair("tiff:XResolution", "300/1"),
                                      {"tiff:YResolution", "600/1"},
                                      {"exif:PixelXDimension", "12"},
                                      {"exif:PixelYDimension", "20"},
                                      {"tiff:Orientation", "1"}})
      CHECK(xmp::value_of(got.xmp, name) == value);
    const auto block = codec::TiffBlock::open(got.exif);
    if (!block) continue;  // TIFF says these in its own tags
    const auto first = block->directory(block->first());
    if (format != ImageFormat::tiff) {
      CHECK(codec::exif_resolution(got.exif) == Resolution{300, 600});
      CHECK(block->whole(first.find(codec::tiff_tag::width)) == 12u);
      CHECK(block->whole(first.find(codec::tiff_tag::height)) == 20u);
    }
  }
}

TEST_CASE("a file states one resolution: that of its container where EXIF has another", "[metadata]") {
  PictureMetadata metadata;
  for (const bool big_endian : {true, false}) {
    metadata.exif = exif_block(1, big_endian);
    codec::TiffEditor(metadata.exif).add_to_first(codec::resolution_fields({72, 72}));
    metadata.resolution = Resolution{300, 300};
    for (const ImageFormat format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp}) {
      CAPTURE(static_cast<int>(format), big_endian);
      const PictureMetadata got = open_image(encoded(format, metadata)).metadata;
      CHECK(codec::exif_resolution(got.exif) == Resolution{300, 300});
      CHECK(got.resolution->x == Approx(300).margin(.01));
    }
  }
}

TEST_CASE("texts beyond a JPEG segment go into several, without breaking a character", "[metadata]") {
  PictureMetadata metadata;
  std::string text(70001, 'x');
  for (std::size_t i = 1; i + 1 < text.size(); i += 2) text.replace(i, 2, "\xc3\xa4");
  metadata.texts = {{"Comment", text}};
  const PictureMetadata got = open_image(encoded(ImageFormat::jpeg, metadata)).metadata;
  REQUIRE(got.texts.size() == 2);
  CHECK(got.texts[0].text + got.texts[1].text == text);
}

TEST_CASE("XMP beyond a JPEG segment goes into an extension and comes back", "[metadata]") {
  const std::string large = "<own:large>" + std::string(150000, 'y') + "</own:large>";
  PictureMetadata metadata;
  metadata.xmp = packet_of({large, "<own:small>first</own:small>"});
  metadata.xmp.insert(metadata.xmp.find("<rdf:RDF") + 8, " xmlns:far=\"urn:far\"");
  metadata.xmp = with_provenance(metadata.xmp, {"icolorit", "none", 1, "2026"});
  CHECK(too_large_metadata(metadata, ImageFormat::jpeg).empty());
  const Bytes file = encoded(ImageFormat::jpeg, metadata);
  const std::string got = open_image(file).metadata.xmp;
  for (const std::string_view part : std::initializer_list<std::string_view>{
           large, "<own:small>first</own:small>", "xmlns:far=\"urn:far\"", "<icolorit:model>none</icolorit:model>"})
    CHECK(got.find(part) != got.npos);
  CHECK(got.find("HasExtendedXMP") == got.npos);

  const codec::SplitXmp split(metadata.xmp, codec::jpeg_xmp_size);
  CHECK(split.main.size() <= codec::jpeg_xmp_size);
  CHECK(split.main.find("DigitalSourceType") != split.main.npos);  // what is small stays where all programs look
  CHECK(split.name == codec::md5_of(split.extension));
  CHECK(codec::md5_of("abc") == "900150983CD24FB0D6963F7D28E17F72");  // RFC 1321, A.5

  codec::ExtendedXmp parts;
  const auto segments = split.parts();
  REQUIRE(segments.size() == 3);
  for (const std::size_t i : {2u, 0u}) parts.add(segments[i]);
  std::string packet = split.main;
  parts.join(packet);
  CHECK(packet == split.main);  // a part is missing
  codec::ExtendedXmp all;
  for (const std::size_t i : {2u, 0u, 1u}) all.add(segments[i]);
  all.join(packet);
  CHECK(packet.find(large) != packet.npos);

  metadata.xmp = std::string(70000, 'z');  // no packet: it cannot be split
  CHECK(too_large_metadata(metadata, ImageFormat::jpeg) == std::vector<std::string>{"XMP"});
  CHECK(open_image(encoded(ImageFormat::jpeg, metadata)).metadata.xmp.empty());
}

TEST_CASE("a history in XMP gets its event, however empty it is", "[metadata]") {
  for (const std::string history :
       {"<xmpMM:History><rdf:Seq/></xmpMM:History>", "<xmpMM:History> <rdf:Seq />\n</xmpMM:History>",
        "<xmpMM:History/>", "<xmpMM:History>\n</xmpMM:History>",
        "<xmpMM:History><rdf:Seq></rdf:Seq></xmpMM:History>"}) {
    CAPTURE(history);
    const std::string packet =
        with_provenance(packet_of({history, "<dc:creator><rdf:Seq><rdf:li>me</rdf:li></rdf:Seq></dc:creator>"}),
                        {"icolorit", "none", 1, "2026"});
    const std::size_t begin = packet.find("<xmpMM:History>"), end = packet.find("</xmpMM:History>");
    REQUIRE(begin < end);
    CHECK(packet.find("<xmpMM:History", begin + 1) == packet.npos);
    const std::string inside = packet.substr(begin, end - begin);
    CHECK(inside.find("<rdf:Seq>") < inside.find("<stEvt:action>edited<"));
    CHECK(inside.find("<stEvt:action>edited<") < inside.find("</rdf:Seq>"));
    CHECK(packet.find("<rdf:li>me</rdf:li></rdf:Seq>") != packet.npos);
  }
}
