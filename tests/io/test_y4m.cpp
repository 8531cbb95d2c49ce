// Y4M: headers, hostile ones too, frames, and colours on their way out.
#include <sstream>
#include <string>

#include "icolorit/io/y4m_pixels.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

std::string complaint(const std::string& text) {
  try {
    std::istringstream in(text);
    Y4mReader reader(in);
    while (reader.next()) continue;
  } catch (const FormatError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a Y4M header is read and written", "[io]") {
  const Y4mHeader header =
      parse_y4m_header("YUV4MPEG2 W640 H360 F30000:1001 It A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=FULL");
  CHECK(header.width == 640);
  CHECK(header.height == 360);
  CHECK(header.rate == "30000:1001");
  CHECK(header.interlacing == 't');
  CHECK(header.chroma == Y4mChroma::c420mpeg2);
  CHECK(header.full_range);
  CHECK(format_y4m_header(header) == "YUV4MPEG2 W640 H360 F30000:1001 It A1:1 C420mpeg2 XCOLORRANGE=FULL\n");
  for (const y4m::ColorSpace& space : y4m::color_spaces) {
    const Y4mHeader one = parse_y4m_header(concat("YUV4MPEG2 W5 H3 C", space.name));
    const Y4mHeader again = parse_y4m_header(format_y4m_header(one).substr(0, format_y4m_header(one).size() - 1));
    CHECK(again.chroma == space.chroma);
    CHECK(again.bits == space.bits);
  }
}

TEST_CASE("hostile Y4M is refused with a sentence", "[io][errors]") {
  const auto [text, wanted] = GENERATE(table<std::string, std::string>({
      {"", "ends within the header"},
      {"RIFF1234", "ends within the header"},
      {"hello\n", "does not begin with YUV4MPEG2"},
      {"YUV4MPEG2x W1 H1\n", "does not begin with YUV4MPEG2"},
      {"YUV4MPEG2 " + std::string(5000, 'X') + "\n", "longer than 1024"},
      {"YUV4MPEG2 W4\n", "no height H"},
      {"YUV4MPEG2 H4\n", "no width W"},
      {"YUV4MPEG2 W0 H4\n", "the width W is \"0\""},
      {"YUV4MPEG2 W-4 H4\n", "the width W is \"-4\""},
      {"YUV4MPEG2 W4x H4\n", "the width W is \"4x\""},
      {"YUV4MPEG2 W4 H99999999999999999999\n", "the height H is"},
      {"YUV4MPEG2 W1048576 H1048576\n", "too large"},
      {"YUV4MPEG2 W4 H4 C411\n", "the colour space C is \"411\""},
      {"YUV4MPEG2 W4 H4 C444alpha\n", "the colour space C is"},
      {"YUV4MPEG2 W4 H4 F25\n", "the frame rate F is"},
      {"YUV4MPEG2 W4 H4 F1:0\n", "the frame rate F is"},
      {"YUV4MPEG2 W4 H4 Iz\n", "the interlacing I is"},
      {"YUV4MPEG2 W4 H4 Q1\n", "unknown parameter \"Q1\""},
      {"YUV4MPEG2 W4 H4 Cmono\nFRAMe\n" + std::string(16, 'a'), "frame 0 does not begin"},
      {"YUV4MPEG2 W4 H4 Cmono\nFRAME", "ends within frame 0"},
      {"YUV4MPEG2 W4 H4 Cmono\nFRAME\nabc", "ends within frame 0"},
      {"YUV4MPEG2 W4 H4 C420\nFRAME\n" + std::string(20, 'a'), "ends within frame 0"},
      {"YUV4MPEG2 W4 H4 Cmono\nFRAME Ix\n" + std::string(16, 'a') + "FRAME\n", "ends within frame 1"},
  }));
  INFO(text.substr(0, 60));
  CHECK_THAT(complaint(text), ContainsSubstring(wanted));
  CHECK(complaint(text).size() < 260);
}

TEST_CASE("grey luma comes out as it came in, and chroma is neutral", "[io]") {
  const std::string space = GENERATE("420jpeg", "420mpeg2", "422", "444", "mono", "420p10", "444p16");
  const std::string range = GENERATE("LIMITED", "FULL");
  const Y4mHeader header = parse_y4m_header("YUV4MPEG2 W37 H5 C" + space + " XCOLORRANGE=" + range);
  const int unit = 1 << (header.bits - 8);
  std::string luma;
  for (int i = 0; i < 37 * 5; ++i) {
    const int value = (16 + i) * unit + (unit > 1 ? i % 3 : 0);
    luma += static_cast<char>(value & 255);
    if (unit > 1) luma += static_cast<char>(value >> 8);
  }
  const Image grey = picture_of_luma(std::as_bytes(std::span(luma)), header);
  Image rgb(37, 5, 3, grey.bits());
  visit_samples(rgb, [&]<class S>(TensorView<S, 3> out) {
    for (Index i = 0; i < out.elements(); ++i) out.data()[i] = grey.samples<S>().data()[i / 3];
  });
  const std::vector<std::byte> frame = format_y4m_frame(rgb, header);
  REQUIRE(std::ssize(frame) == 6 + header.luma_bytes() + header.chroma_bytes());
  CHECK(std::memcmp(frame.data() + 6, luma.data(), luma.size()) == 0);
  for (std::size_t i = 6 + luma.size(); i < frame.size(); i += unit > 1 ? 2 : 1) {
    int value = std::to_integer<int>(frame[i]);
    if (unit > 1) value += std::to_integer<int>(frame[i + 1]) << 8;
    REQUIRE(value == 128 * unit);
  }
}

TEST_CASE("red has the luma and chroma of ITU-R BT.601 in every layout", "[io]") {
  const std::string space = GENERATE("420jpeg", "420mpeg2", "422", "444");
  const Y4mHeader header = parse_y4m_header("YUV4MPEG2 W7 H5 C" + space);
  Image red(7, 5, 3, 8);
  for (Index i = 0; i < 35; ++i) red.samples<std::uint8_t>().data()[3 * i] = 255;
  const std::vector<std::byte> frame = format_y4m_frame(red, header);
  CHECK(std::to_integer<int>(frame[6]) == 81);  // 16 + 219 * .299, and so on: the red of color bars
  CHECK(std::to_integer<int>(frame[6 + 35]) == 90);
  CHECK(std::to_integer<int>(frame.back()) == 240);
}
