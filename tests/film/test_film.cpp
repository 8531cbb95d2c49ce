// Films: hints that travel, colours that stay, cuts, and films that are taken up again.
#include <algorithm>
#include <cmath>
#include <vector>

#include "icolorit/core/random.hpp"
#include "icolorit/film/film_colorizer.hpp"
#include "icolorit/film/film_window.hpp"
#include "icolorit/image/block_matching.hpp"
#include "support/catch.hpp"

using namespace icolorit;

namespace {

constexpr Index width = 160, height = 120;

/// Smooth noise without an end: another texture for each seed.
float texture(Index x, Index y, std::uint64_t seed) {
  const auto corner = [&](Index column, Index row) {
    return static_cast<float>(Random(static_cast<std::uint64_t>(column * 7919 + row + 100000), seed).uniform());
  };
  constexpr Index cell = 6;
  const Index column = x / cell, row = y / cell;
  const float u = static_cast<float>(x % cell) / cell, v = static_cast<float>(y % cell) / cell;
  return std::lerp(std::lerp(corner(column, row), corner(column + 1, row), u),
                   std::lerp(corner(column, row + 1), corner(column + 1, row + 1), u), v);
}

/// The part of the texture whose top left corner is at (x,y), which is not negative.
Image textured(Index x, Index y, std::uint64_t seed = 1) {
  Image image(width, height, 1, 8);
  for (Index row = 0; row < height; ++row)
    for (Index column = 0; column < width; ++column)
      image.samples<std::uint8_t>()(row, column, 0) =
          static_cast<std::uint8_t>(60 + 100 * texture(x + column, y + row, seed));
  return image;
}

void paint_square(Image& image, Index left, Index top, Index side, std::uint8_t value) {
  for (Index y = std::max(top, Index{0}); y < std::min(top + side, height); ++y)
    for (Index x = std::max(left, Index{0}); x < std::min(left + side, width); ++x)
      image.samples<std::uint8_t>()(y, x, 0) = static_cast<std::uint8_t>(value + (x + y) % 3);
}

std::vector<Hint> one_hint(Index x, Index y) { return {make_hint(x, y, {200, 60, 40})}; }

/// Colours that waver from frame to frame: at each a constant, and noise that is another one each time.
struct WaveringEngine {
  static constexpr bool keeps_hints = false;

  std::pair<Index, Index> working_size(Index w, Index h) const { return {w / 2, h / 2}; }
  void set_picture(const ImageView&) {}
  void predict(TensorView<float, 3> ab, std::span<const Hint> hints, const ImageView&, const ProgressCallback&) {
    Random random(++frame);
    const auto offset = static_cast<float>(3 * random.normal());
    for (Index i = 0; i < ab.elements(); ++i) ab.data()[i] = 20 + offset;
    seen = {hints.begin(), hints.end()};
    if (told != nullptr) *told = seen;
  }
  Index lost_hints() const { return 0; }
  std::pair<double, double> hint_cell(Index, Index) const { return {1, 1}; }
  template <class F>
  void for_each(Index count, F&& f) {
    for (Index i = 0; i < count; ++i) f(i);
  }

  std::vector<Hint>* told = nullptr;
  std::uint64_t frame = 0;
  std::vector<Hint> seen;
};

}  // namespace

TEST_CASE("hints follow a known translation to the pixel, and one that leaves the picture is counted", "[film]") {
  FilmMotion motion{BlockMatching()};
  HintTracks tracks(width, height);
  std::vector<Hint> hints{make_hint(50, 60, {200, 60, 40}), make_hint(100, 90, {40, 60, 200}),
                          make_hint(8, 30, {40, 200, 60})};
  for (Index t = 0; t < 9; ++t) {
    tracks.advance(motion.add(textured(200 + 3 * t, 100 - 2 * t), t == 0 ? std::optional(hints) : std::nullopt));
    for (std::size_t i = 0; i < 2; ++i) {
      const Hint now = tracks.hints()[i].at_place();
      CHECK(now.x == hints[i].x - 3 * t);
      CHECK(now.y == hints[i].y + 2 * t);
      CHECK(now.color == hints[i].color);
      CHECK(tracks.hints()[i].strength == 1);
    }
    if (t < 3) CHECK(tracks.lost() == 0);  // 8 - 3 t is negative from then on
  }
  CHECK(tracks.lost() == 1);
}

TEST_CASE("a hint whose place is hidden fades within four frames, and its neighbour stays", "[film]") {
  FilmMotion motion{BlockMatching()};
  HintTracks tracks(width, height);
  std::vector<Hint> hints = one_hint(100, 60);
  hints.push_back(make_hint(30, 100, {40, 60, 200}));
  std::vector<float> strengths;
  for (Index t = 0; t < 14; ++t) {
    Image frame = textured(10, 10);
    paint_square(frame, 20 + 6 * t, 40, 40, 235);  // its right edge passes the hint at t = 7
    tracks.advance(motion.add(std::move(frame), t == 0 ? std::optional(hints) : std::nullopt));
    strengths.push_back(tracks.hints().front().strength);
    REQUIRE(tracks.hints().back().at_place().x == 30);
  }
  CHECK(strengths[5] == 1);
  CHECK(tracks.lost() == 1);
  CHECK(tracks.hints().size() == 1);
  CHECK(tracks.hints().front().strength == 1);
}

TEST_CASE("hints of the next key frame travel back, and grow on the way from the key frame before", "[film]") {
  FilmMotion motion{BlockMatching()};
  FilmWindow window(6);
  HintTracks tracks(width, height);
  const std::vector<Hint> later{make_hint(60 - 2 * 4, 60, {40, 60, 200}), make_hint(120, 90, {10, 200, 10})};
  for (Index t = 0; t < 5; ++t) {
    std::optional<std::vector<Hint>> key;
    if (t == 0) key = one_hint(60, 60);
    if (t == 4) key = later;
    window.add(motion.add(textured(50 + 2 * t, 50), key));
  }
  for (Index t = 0; t < 5; ++t) {
    const FilmFrame frame = window.take();
    tracks.advance(frame);
    const auto acting = tracks.acting(frame);
    REQUIRE(acting.size() == (t == 0 ? 1 : 2));
    CHECK(acting[0].at_place().x == 60 - 2 * t);  // one spot, seen from both key frames
    const float share = static_cast<float>(t) / 4;
    CHECK(std::abs(acting[0].hint.color.a - std::lerp(one_hint(0, 0)[0].color.a, later[0].color.a, share)) < 1e-3f);
    CHECK(acting[0].strength == 1);
    if (t == 0) continue;
    CHECK(acting[1].at_place().x == 120 + 2 * (4 - t));  // a spot that only the later one knows
    CHECK(std::abs(acting[1].strength - share) < 1e-6f);
  }
}

TEST_CASE("a flash of light is no cut, and the hints outlive it", "[film]") {
  const Index last = GENERATE(3, 4);  // of the bright frames, the first of which is 3
  std::vector<Hint> told;
  WaveringEngine engine;
  engine.told = &told;
  FilmMotion motion{BlockMatching()};
  FilmColorizer film(engine, width, height);
  for (Index t = 0; t < 8; ++t) {
    CAPTURE(t);
    Image image = textured(50 + t, 50);
    if (t >= 3 && t <= last)  // so much brighter that the lightest parts are cut off
      for (std::uint8_t& sample : std::span(image.samples<std::uint8_t>().data(), std::size_t{width * height}))
        sample = static_cast<std::uint8_t>(std::min(255, sample + 120));
    const FilmFrame frame = motion.add(std::move(image), t == 0 ? std::optional(one_hint(50, 50)) : std::nullopt);
    CHECK(!frame.is_cut);
    film.color(frame);
  }
  CHECK(told.size() == 1);
}

TEST_CASE("colours are steady along the motion, and begin anew at a cut", "[film]") {
  const auto colored = [](float smoothing) {
    std::vector<Hint> told;
    WaveringEngine engine;
    engine.told = &told;
    FilmMotion motion{BlockMatching()};
    FilmColorizer film(engine, width, height, {.smoothing = smoothing});
    Flicker all;
    for (Index t = 0; t < 10; ++t) {
      const FilmFrame frame = motion.add(textured(50 + t, 50), t == 0 ? std::optional(one_hint(50, 50)) : std::nullopt);
      CHECK(!frame.is_cut);
      const ColoredFrame result = film.color(frame);
      CHECK(told.size() == 1);
      CHECK(result.flicker.has_value() == (t > 0));
      if (result.flicker) all += *result.flicker;
    }
    Image other = textured(300, 20, 9);
    for (std::uint8_t& sample : std::span(other.samples<std::uint8_t>().data(), std::size_t{width * height}))
      sample = static_cast<std::uint8_t>(255 - sample / 2);
    const FilmFrame cut = motion.add(std::move(other), std::nullopt);
    CHECK(cut.is_cut);
    CHECK(!film.color(cut).flicker);
    CHECK(told.empty());
    return all.mean();
  };
  const double alone = colored(0), steady = colored(SteadyColorsOptions().smoothing);
  CHECK(alone > 1);
  CHECK(steady < alone / 2);
}

TEST_CASE("a film that is taken up from its state goes on as if it had never stopped", "[film]") {
  FilmMotion motion{BlockMatching()};
  std::vector<FilmFrame> frames;
  for (Index t = 0; t < 6; ++t)
    frames.push_back(motion.add(textured(50 + t, 50), t == 0 ? std::optional(one_hint(50, 50)) : std::nullopt));
  FilmColorizer whole(WaveringEngine{}, width, height);
  std::vector<Image> expected;
  FilmState state;
  for (const FilmFrame& frame : frames) {
    expected.push_back(whole.color(frame).image);
    if (frame.number == 2) state = whole.state();
  }
  WaveringEngine engine;
  engine.frame = 3;
  FilmColorizer taken_up(engine, width, height);
  taken_up.restore(state);
  for (std::size_t t = 3; t < frames.size(); ++t) CHECK(taken_up.color(frames[t]).image == expected[t]);
  state.ab.pop_back();
  CHECK_THROWS_AS(taken_up.restore(state), ShapeError);
}
