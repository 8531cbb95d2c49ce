// icolorit film, and the flicker that icolorit evaluate measures.
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "icolorit/io/image_file.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/io/y4m.hpp"
#include "support/catch.hpp"
#include "support/sandbox.hpp"
#include "support/tool_inputs.hpp"

using namespace icolorit;
using namespace icolorit::test;
namespace fs = std::filesystem;

namespace {

const std::string network = " --no-provenance --flow blocks --threads 1 --weights " + quoted(checkpoint);
constexpr Index width = 48, height = 36;
constexpr const char* red = R"({"hints":[{"x":20,"y":20,"color":"#c03020"}]})";

std::string name_of(Index frame) { return concat("frame_", std::to_string(1000 + frame).substr(1)); }

/// A pattern that moves by a pixel a frame; another pattern from `cut` on.
Image moving(Index frame, Index cut) {
  static const Image first = noise(12, 12, 1, 1), second = noise(12, 12, 1, 2);
  const Image& pattern = frame < cut ? first : second;
  Image image(width, height, 1, 8);
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) {
      const std::uint8_t value = pattern.samples<std::uint8_t>()(y / 4 % 12, (x + frame) / 4 % 12, 0);
      image.samples<std::uint8_t>()(y, x, 0) = static_cast<std::uint8_t>(frame < cut ? value / 2 : 128 + value / 2);
    }
  return image;
}

/// A film in a folder, and the same as Y4M, with hints for its first frame.
struct Reel : Sandbox {
  explicit Reel(Index frames, Index cut = 1000) {
    fs::create_directory(*this / "reel");
    fs::create_directory(*this / "keys");
    write_file(*this / ("keys/" + name_of(0) + ".hints.json"), red);
    std::string film =
        format_y4m_header({.width = width, .height = height, .chroma = Y4mChroma::mono, .full_range = true});
    for (Index t = 0; t < frames; ++t) {
      const Image image = moving(t, cut);
      write_image(image, *this / ("reel/" + name_of(t) + ".png"));
      film += "FRAME\n";
      film.append(reinterpret_cast<const char*>(image.samples<std::uint8_t>().data()),
                  static_cast<std::size_t>(width * height));
    }
    write_file(*this / "reel.y4m", film);
  }
};

std::vector<json::Value> lines(const std::string& text) {
  std::vector<json::Value> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(json::parse(line));
  return all;
}

}  // namespace

TEST_CASE("a film from a pipe and from pictures has the same colours", "[tool][film]") {
  Reel box(5);
  write_file(box / "keys.json", concat(R"({"frames":[{"frame":0,)", std::string_view(red).substr(1), "]}"));
  box.good("film 'reel/frame_%03d.png' -o pictures.y4m --quiet --keys keys" + network);
  const std::string piped = box.good("film - -o - --quiet --keys keys.json --chroma 444" + network + " <reel.y4m");
  const std::string pictures = text_of(box / "pictures.y4m");
  // The one is written in limited range, the other in that of its input.
  CHECK(pictures.starts_with("YUV4MPEG2 W48 H36 F25:1 Ip A0:0 C444 XCOLORRANGE=LIMITED\n"));
  CHECK(piped.starts_with("YUV4MPEG2 W48 H36 F25:1 Ip A0:0 C444 XCOLORRANGE=FULL\n"));
  box.good("film reel.y4m -o colored --quiet --keys keys.json" + network);
  box.good("film reel -o frames --quiet --keys keys" + network);
  for (Index t = 0; t < 5; ++t)
    CHECK(read_image(box / ("frames/" + name_of(t) + ".png")) ==
          read_image(box / concat("colored/frame_00000", t, ".png")));
  const Image first = read_image(box / ("frames/" + name_of(0) + ".png"));
  const auto pixel = first.samples<std::uint8_t>()[20][20];
  CHECK(pixel(0) > pixel(2));  // red, as the hint says
}

TEST_CASE("a film that is taken up again has the frames of one that never stopped", "[tool][film]") {
  Reel box(40);
  box.good("film reel -o whole --quiet --window 4 --keys keys" + network);
  box.good("film reel -o stopped --quiet --window 4 --keys keys" + network);
  for (Index t = 33; t < 40; ++t) fs::remove(box / ("stopped/" + name_of(t) + ".png"));
  CHECK_THAT(box.bad(2, "film reel -o stopped --keys keys" + network),
             ContainsSubstring("33 frames of before are there"));
  const auto told = lines(box.good("film reel -o stopped --resume --json --window 4 --keys keys" + network));
  REQUIRE(told.size() == 9);  // from the state at frame 31 on, and the summary
  CHECK(json::as_integer(told.front().at("frame")) == 32);
  for (Index t = 32; t < 40; ++t)
    CHECK(text_of(box / ("stopped/" + name_of(t) + ".png")) == text_of(box / ("whole/" + name_of(t) + ".png")));
  CHECK_THAT(box.bad(2, "film reel -o stopped --resume --smoothing 0 --window 4 --keys keys" + network),
             ContainsSubstring("it had smoothing 0.85, now smoothing 0;"));
  CHECK_THAT(box.run("film reel -o stopped --resume --window 4 --keys keys" + network).err,
             ContainsSubstring("all 40 frames are there already: there is nothing to do"));
  write_file(box / ("keys/" + name_of(9) + ".hints.json"), red);
  CHECK_THAT(box.bad(2, "film reel -o stopped --resume --window 4 --keys keys" + network),
             ContainsSubstring("the key frames of the film in \"stopped\" have changed"));
}

TEST_CASE("a cut ends the hints, with a note where the new shot has no key frame", "[tool][film]") {
  Reel box(8, 4);
  const Outcome outcome = box.run("film reel -o colored --json --keys keys" + network);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.err, ContainsSubstring("note: 1 shot has no key frame near its beginning, the first at frame 4"));
  const auto told = lines(outcome.out);
  REQUIRE(told.size() == 9);
  for (std::size_t t = 0; t < 8; ++t) {
    CHECK(json::as_bool(told[t].at("cut")) == (t == 4));
    CHECK(json::as_integer(told[t].at("hints")) == (t < 4 ? 1 : 0));
    CHECK(told[t].at("flicker").is_null() == (t == 0 || t == 4));
  }
  CHECK(json::as_integer(told[8].at("cuts")) == 1);
  write_file(box / "keys/4.hints.json", red);  // by its number
  CHECK(lines(box.good("film reel -o colored --overwrite --json --keys keys" + network))[4].at("hints") == 1);
}

TEST_CASE("key frames that are none of the film's, or are found by a number, are named", "[tool][film]") {
  Reel box(2);
  fs::create_directory(box / "late");
  for (const Index t : {0, 1})
    fs::copy(box / ("reel/" + name_of(t) + ".png"), box / ("late/" + name_of(t + 1) + ".png"));
  for (const char* const name : {"keys/frame_01", "keys/1"}) write_file(box / concat(name, ".hints.json"), red);
  const std::string said = box.run("film late -o colored --keys keys" + network).err;
  CHECK_THAT(said, ContainsSubstring("frame_000.hints.json, frame_01.hints.json are no key frames of this film"));
  CHECK_THAT(said, ContainsSubstring("its first frame is frame_001"));
  CHECK_THAT(said, ContainsSubstring("1.hints.json was taken for frame_002, because numbers count from 0"));
  CHECK_THAT(box.run("film late/frame_002.png late/frame_001.png -o other --keys keys" + network).err,
             ContainsSubstring("the numbers in their names do not ascend"));
}

TEST_CASE("a film that makes no sense is refused", "[tool][film][errors]") {
  Reel box(2);
  write_file(box / "short.y4m", text_of(box / "reel.y4m").substr(0, 900));
  write_file(box / "odd.json", R"({"frames":[{"frame":-1,"hints":[]}]})");
  fs::create_directory(box / "none");
  CHECK_THAT(box.bad(1, "film short.y4m -o out.y4m" + network), ContainsSubstring("the film ends within frame 0"));
  CHECK_THAT(box.bad(1, "film none -o out" + network), ContainsSubstring("there are no frames"));
  CHECK_THAT(box.bad(1, "film reel -o out --keys none" + network), ContainsSubstring("no key frames in"));
  CHECK_THAT(box.bad(1, "film reel -o out --keys odd.json" + network), ContainsSubstring("frames[0].frame"));
  CHECK_THAT(box.bad(2, "film reel -o out.y4m --resume" + network), ContainsSubstring("--resume needs frames"));
  CHECK_THAT(box.bad(2, "film reel -o out.png" + network), ContainsSubstring("named like a picture"));
  CHECK_THAT(box.bad(2, "film reel -o reel.y4m" + network), ContainsSubstring("exists already"));
  CHECK_THAT(box.bad(2, "film reel -o out --rate 25:1" + network), ContainsSubstring("are about Y4M"));
  const auto refused = [&](const std::string& words) { return box.bad(2, "film reel " + words + network); };
  const std::string frame = text_of(box / "reel/frame_000.png");
  CHECK_THAT(refused("-o reel --overwrite"), ContainsSubstring("would replace what they are made from"));
  CHECK(text_of(box / "reel/frame_000.png") == frame);
  CHECK_THAT(refused("-o out.mp4"), ContainsSubstring("-o - | ffmpeg -i - \"out.mp4\""));
  CHECK_THAT(refused("-o out.y4m --profile keep"), ContainsSubstring("--profile is about picture files"));
  CHECK_THAT(refused("-o out.y4m --lossless"), ContainsSubstring("--lossless is about picture files"));
  CHECK_THAT(refused("-o out --engine icolorit --detail high"), ContainsSubstring("--detail high is of fusion"));
  write_file(box / "film.mkv", std::string_view("\x1a\x45"));
  CHECK_THAT(box.bad(1, "film film.mkv -o out" + network), ContainsSubstring("ffmpeg -i \"film.mkv\""));
  write_image(noise(20, 20, 1), box / "reel/frame_001.png");
  CHECK_THAT(box.bad(1, "film reel -o out.y4m --keys keys" + network), ContainsSubstring("has 20 x 20 pixels"));
  CHECK(!fs::exists(box / "out.y4m"));
}

TEST_CASE("frames become JPEG XL and AVIF where the program has them, and elsewhere the missing library is named",
          "[tool][film]") {
  Reel box(1);
  for (const ImageFormat format : {ImageFormat::jxl, ImageFormat::avif}) {
    const std::string word(word_for(format)), ending(ending_of(format));
    const std::string command = concat("film reel -o ", word, " --format ", word, network);
    if (image_format_named("frame" + ending)) {
      box.good(command);
      CHECK(read_image(box / (word + "/frame_000" + ending)).width() == width);
    } else {
      CHECK_THAT(box.bad(2, command), ContainsSubstring("was built without lib"));
      CHECK(!fs::exists(box / word));
    }
    CHECK_THAT(box.bad(2, "film reel -o out" + ending + network), ContainsSubstring("named like a picture"));
    CHECK_THAT(box.bad(2, "colorize reel -o out" + ending + " --engine optimization"),
               ContainsSubstring("named like a picture"));
  }
}

TEST_CASE("a film goes through ffmpeg and back", "[tool][film]") {
  if (std::system("ffmpeg -version >/dev/null 2>&1") != 0) {
    WARN("SKIPPED: there is no ffmpeg");
    return;
  }
  Sandbox box;
  const std::string ffmpeg = "ffmpeg -nostdin -v error ";
  const std::string make = ffmpeg +
                           "-f lavfi -i testsrc=size=64x48:rate=30000/1001 -frames:v 3 -pix_fmt yuv420p "
                           "-strict -1 -f yuv4mpegpipe - | ";
  write_file(box / "keys.json", std::string_view(R"({"hints":[{"x":20,"y":20,"color":"#c03020"}]})"));
  const std::string view = " | " + ffmpeg + "-i - -f rawvideo -pix_fmt rgb24 out.rgb";
  CHECK(box.run("film - -o - --quiet --keys keys.json" + network + view, make).code == 0);
  CHECK(fs::file_size(box / "out.rgb") == 3 * 64 * 48 * 3);
}

TEST_CASE("evaluate measures how much the colours of a film waver", "[tool][film]") {
  Sandbox box;
  for (const char* const folder : {"truth", "steady", "wavering"}) fs::create_directory(box / folder);
  Image still = noise(width, height, 3);
  Image other = still;
  for (Index i = 0; i < width * height; ++i) other.samples<std::uint8_t>().data()[3 * i] ^= 64;
  for (Index t = 0; t < 3; ++t) {
    const std::string name = name_of(t) + ".png";
    write_image(still, box / ("truth/" + name));
    write_image(still, box / ("steady/" + name));
    write_image(t % 2 == 0 ? still : other, box / ("wavering/" + name));
  }
  const auto measured = [&](const std::string& folder) {
    const auto rows = lines(box.good("evaluate --images truth --flicker --json --pred " + folder));
    return json::as_number(rows.at(0).at("flicker"));
  };
  CHECK(measured("steady") < .1);  // but for what an estimator of motion calls zero
  CHECK(measured("wavering") > 3);
}
