// Y4M: uncompressed film with a header in plain text, as ffmpeg and mjpegtools write it into pipes (yuv4mpeg(5)).
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/image/image.hpp"

namespace icolorit {

/// How a chroma plane lies on the luma plane. The three of 4:2:0 differ in where a chroma sample sits.
enum class Y4mChroma { c420jpeg, c420mpeg2, c420paldv, c422, c444, mono };

struct Y4mHeader {
  Index width = 0, height = 0;
  std::string rate = "25:1", aspect = "0:0";  ///< frames a second, and the shape of a pixel, as the file has them
  char interlacing = 'p';                     ///< p progressive, t or b a field first, m mixed, ? unknown
  Y4mChroma chroma = Y4mChroma::c420jpeg;
  int bits = 8;  ///< 8, 10, 12 or 16 of a sample; more than 8 take two bytes, the lower one first
  bool full_range = false;

  Index chroma_width() const { return chroma == Y4mChroma::c444 ? width : (width + 1) / 2; }
  Index chroma_height() const {
    return chroma == Y4mChroma::c444 || chroma == Y4mChroma::c422 ? height : (height + 1) / 2;
  }
  Index sample_bytes() const { return bits > 8 ? 2 : 1; }
  Index luma_bytes() const { return width * height * sample_bytes(); }
  /// Of both chroma planes.
  Index chroma_bytes() const {
    return chroma == Y4mChroma::mono ? 0 : 2 * chroma_width() * chroma_height() * sample_bytes();
  }
};

namespace y4m {

struct ColorSpace {
  std::string_view name;
  Y4mChroma chroma;
  int bits;
};
/// The names that are read; of each kind the first is written.
inline constexpr std::array color_spaces{
    ColorSpace{"420jpeg", Y4mChroma::c420jpeg, 8},   ColorSpace{"420mpeg2", Y4mChroma::c420mpeg2, 8},
    ColorSpace{"420paldv", Y4mChroma::c420paldv, 8}, ColorSpace{"420", Y4mChroma::c420jpeg, 8},
    ColorSpace{"422", Y4mChroma::c422, 8},           ColorSpace{"444", Y4mChroma::c444, 8},
    ColorSpace{"mono", Y4mChroma::mono, 8},          ColorSpace{"420p10", Y4mChroma::c420mpeg2, 10},
    ColorSpace{"422p10", Y4mChroma::c422, 10},       ColorSpace{"444p10", Y4mChroma::c444, 10},
    ColorSpace{"mono10", Y4mChroma::mono, 10},       ColorSpace{"420p12", Y4mChroma::c420mpeg2, 12},
    ColorSpace{"422p12", Y4mChroma::c422, 12},       ColorSpace{"444p12", Y4mChroma::c444, 12},
    ColorSpace{"mono12", Y4mChroma::mono, 12},       ColorSpace{"420p16", Y4mChroma::c420mpeg2, 16},
    ColorSpace{"422p16", Y4mChroma::c422, 16},       ColorSpace{"444p16", Y4mChroma::c444, 16},
    ColorSpace{"mono16", Y4mChroma::mono, 16}};

inline constexpr std::string_view magic = "YUV4MPEG2";
inline constexpr std::size_t longest_line = 1024;

/// "25:1" and the like: two whole numbers, the second one positive unless both are 0, which means unknown.
inline bool is_ratio(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return false;
  std::array<std::uint32_t, 2> numbers{};
  for (const auto& [i, part] : {std::pair{0, text.substr(0, colon)}, std::pair{1, text.substr(colon + 1)}}) {
    const auto [end, error] =
        std::from_chars(part.data(), part.data() + part.size(), numbers[static_cast<std::size_t>(i)]);
    if (part.empty() || error != std::errc() || end != part.data() + part.size()) return false;
  }
  return numbers[1] > 0 || numbers[0] == 0;
}

}  // namespace y4m

/// The first line of a file, without its end. Frames whose size no Image has are refused before memory is asked for.
/// Throws FormatError.
inline Y4mHeader parse_y4m_header(std::string_view line) {
  const auto shown = [](std::string_view text) { return concat('"', text.substr(0, 30), '"'); };
  if (!line.starts_with(y4m::magic) || (line.size() > y4m::magic.size() && line[y4m::magic.size()] != ' '))
    throw FormatError(concat("y4m: the first line does not begin with ", y4m::magic,
                             ": let ffmpeg write into the pipe with -f yuv4mpegpipe"));
  line.remove_prefix(y4m::magic.size());
  Y4mHeader header;
  std::optional<Index> width, height;
  while (!line.empty()) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    if (word.empty()) continue;
    const std::string_view value = word.substr(1);
    const auto extent = [&](const char* name) {
      Index number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > Image::max_extent)
        throw FormatError(
            concat("y4m: the ", name, " is ", shown(value), ", expected a whole number from 1 to ", Image::max_extent));
      return number;
    };
    switch (word.front()) {
      case 'W': width = extent("width W"); break;
      case 'H': height = extent("height H"); break;
      case 'F':
      case 'A':
        if (!y4m::is_ratio(value))
          throw FormatError(concat("y4m: ", word.front() == 'F' ? "the frame rate F" : "the pixel aspect A", " is ",
                                   shown(value), ", expected two numbers like 25:1"));
        (word.front() == 'F' ? header.rate : header.aspect) = value;
        break;
      case 'I':
        if (value.size() != 1 || std::string_view("ptbm?").find(value) == std::string_view::npos)
          throw FormatError(concat("y4m: the interlacing I is ", shown(value), ", expected p, t, b, m or ?"));
        header.interlacing = value.front();
        break;
      case 'C': {
        const auto space = std::ranges::find(y4m::color_spaces, value, &y4m::ColorSpace::name);
        if (space == y4m::color_spaces.end())
          throw FormatError(
              concat("y4m: the colour space C is ", shown(value),
                     ", expected 420jpeg, 420mpeg2, 422, 444 or mono: let ffmpeg convert with -pix_fmt yuv420p"));
        header.chroma = space->chroma;
        header.bits = space->bits;
        break;
      }
      case 'X':
        if (value == "COLORRANGE=FULL") header.full_range = true;
        break;  // other comments mean nothing here
      default: throw FormatError(concat("y4m: the header has the unknown parameter ", shown(word)));
    }
  }
  if (!width || !height)
    throw FormatError(concat("y4m: the header has no ", width ? "height H" : "width W", ", expected e.g. W640 H360"));
  if (*width > Image::max_samples / 4 / *height)
    throw FormatError(concat("y4m: frames of ", *width, " x ", *height, " pixels are too large"));
  header.width = *width;
  header.height = *height;
  return header;
}

/// The same line with its end. Throws ArgumentError for a depth that no colour space has.
inline std::string format_y4m_header(const Y4mHeader& header) {
  const auto space = std::ranges::find_if(y4m::color_spaces, [&](const y4m::ColorSpace& one) {
    return one.chroma == header.chroma && one.bits == header.bits;
  });
  if (space == y4m::color_spaces.end())
    throw ArgumentError(concat("format_y4m_header: there is no such colour space of ", header.bits, " bits"));
  return concat(y4m::magic, " W", header.width, " H", header.height, " F", header.rate, " I", header.interlacing, " A",
                header.aspect, " C", space->name, header.full_range ? " XCOLORRANGE=FULL" : " XCOLORRANGE=LIMITED",
                '\n');
}

/// Reads the luma of one frame after the other; what colours the film has are skipped. One thread uses it.
class Y4mReader {
 public:
  /// Reads the header. The stream must outlive the reader. Throws FormatError.
  explicit Y4mReader(std::istream& in) : in_(in), header_(parse_y4m_header(line("the header"))) {}

  const Y4mHeader& header() const { return header_; }

  /// The luma samples of the next frame as the file has them, luma_bytes() of them; nothing at the film's end. Throws
  /// FormatError where the film ends within a frame or something else stands there.
  std::optional<std::vector<std::byte>> next() {
    if (in_.peek() == std::istream::traits_type::eof()) return std::nullopt;
    const std::string name = concat("frame ", number_);
    const std::string head = line(name);
    if (!head.starts_with("FRAME") || (head.size() > 5 && head[5] != ' '))
      throw FormatError(concat("y4m: ", name, " does not begin with the word FRAME"));
    std::vector<std::byte> luma(static_cast<std::size_t>(header_.luma_bytes()));
    in_.read(reinterpret_cast<char*>(luma.data()), header_.luma_bytes());
    if (in_.gcount() == header_.luma_bytes() && header_.chroma_bytes() > 0) {
      chroma_.resize(static_cast<std::size_t>(header_.chroma_bytes()));
      in_.read(chroma_.data(), header_.chroma_bytes());
    }
    if (!in_) throw FormatError(concat("y4m: the film ends within ", name));
    ++number_;
    return luma;
  }

 private:
  std::string line(const std::string& what) {
    std::string text;
    for (int c = in_.get(); c != '\n'; c = in_.get()) {
      if (c == std::istream::traits_type::eof()) throw FormatError(concat("y4m: the film ends within ", what));
      if (text.size() == y4m::longest_line)
        throw FormatError(concat("y4m: the first line of ", what, " is longer than ", y4m::longest_line, " bytes"));
      text.push_back(static_cast<char>(c));
    }
    return text;
  }

  std::istream& in_;
  Y4mHeader header_;
  std::vector<char> chroma_;
  Index number_ = 0;
};

}  // namespace icolorit
