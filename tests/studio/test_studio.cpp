// The studio with a small network: what is rendered, when, and what a front end sees of it.
#include <atomic>
#include <chrono>
#include <thread>

#include "icolorit/models/colorizer.hpp"
#include "icolorit/studio/studio.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/small_model.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::studio;

AnyColorizer small_colorizer(const EngineSettings&, Quality) { return Colorizer(test::small_model()); }

Session new_session(const Image& picture) {
  Session session;
  session.picture = {"photo.png", "crc32:00000000:1", picture.width(), picture.height()};
  session.history = History(picture.width(), picture.height());
  return session;
}

/// A studio with one picture, and the commands of one tab.
struct OnePicture {
  Studio studio;
  std::string id;
  std::int64_t number = 0;

  explicit OnePicture(const Image& picture, const std::string& fast_model = "small")
      : studio(small_colorizer, {.model = "small", .fast_model = fast_model}, 2),
        id(studio.open("photo.png", picture, new_session(picture), std::make_unique<NoSessionStore>())) {}

  std::int64_t version() { return studio.find(id)->version(); }
  void execute(Json commands, bool transient = false) {
    studio.execute(id, {"tab", ++number, transient, std::move(commands)});
  }
  void add_hint(const std::string& name, double x, double y, const char* color) {
    execute(Json::array({{{"do", "add_hint"}, {"id", name}, {"x", x}, {"y", y}, {"color", color}}}));
  }
  ViewAnswer view(ViewPart part, Quality quality = Quality::fast, ViewLayer layer = ViewLayer::result) {
    return studio.view(id, {part, layer, quality, version(), "tab", "main"});
  }
};

ViewPart whole(Index width, Index height) {
  return {0, 0, static_cast<double>(width), static_cast<double>(height), width, height};
}

Lab<float> color_at(const Image& image, Index x, Index y) { return pixel_color(image, y, x); }

}  // namespace

TEST_CASE("a picture of 16 bits is rounded to 8, and one of 8 is rendered for 16") {
  const Image grey = test::grey_picture(96, 64, 1);
  OnePicture deep(converted(grey, 1, 16)), shallow(grey);
  deep.add_hint("h", 48, 32, "#a06040");
  shallow.add_hint("h", 48, 32, "#a06040");
  CHECK(*deep.studio.best(deep.id, 8) == converted(*deep.studio.best(deep.id), 3, 8));
  CHECK(*shallow.studio.best(shallow.id, 16) == *deep.studio.best(deep.id));
}

TEST_CASE("a hint decides the colour at its place, in the view and at full size") {
  OnePicture one(test::grey_picture(96, 64, 1));
  one.add_hint("h", 48, 32, "#a06040");
  const std::shared_ptr<const Image> best = one.studio.best(one.id);
  const Lab<float> wanted = parse_color("#a06040"), got = color_at(*best, 48, 32);
  CHECK(got.a == Approx(wanted.a).margin(1.5));
  CHECK(got.b == Approx(wanted.b).margin(1.5));

  const ViewAnswer view = one.view(whole(96, 64), Quality::best);
  const auto samples = best->samples<std::uint8_t>();
  REQUIRE(view.rgb.size() == 96 * 64 * 3);
  bool same = true;
  for (Index y = 0; y < 64; ++y)
    for (Index x = 0; x < 96; ++x)
      for (Index c = 0; c < 3; ++c)
        same = same && view.rgb[static_cast<std::size_t>((y * 96 + x) * 3 + c)] == samples(y, x, c);
  CHECK(same);
}

TEST_CASE("the studio renders the pixels that a Colorizer alone gives") {
  const Image picture = test::gradient_picture(80, 60, 3, 1);
  OnePicture one(picture);
  one.add_hint("h1", 20.5, 30.2, "#3060a0");
  one.add_hint("h2", 60, 10, "#a03030");
  const std::vector<Hint> hints{{20, 30, Lab<float>(parse_color("#3060a0"))},
                                {60, 10, Lab<float>(parse_color("#a03030"))}};
  Colorizer colorizer(test::small_model());
  CHECK(*one.studio.best(one.id) == colorizer.colorize(picture, hints));
}

TEST_CASE("a large picture is shown from its preview at once and from full size when that is done") {
  const Image picture = test::grey_picture(2000, 1500, 1);
  OnePicture one(picture);
  const std::shared_ptr<PictureSession> session = one.studio.find(one.id);
  CHECK(static_cast<double>(session->preview()->width() * session->preview()->height()) <
        1.01 * PictureSession::preview_pixels);
  CHECK(one.view({0, 0, 2000, 1500, 500, 375}).rgb.size() == 500 * 375 * 3);
  // At the scale of single pixels even a fast view has the original's detail.
  const ViewPart part{1000, 700, 64, 32, 64, 32};
  const ViewAnswer fast = one.view(part), grey = one.view(part, Quality::fast, ViewLayer::grey);
  for (std::size_t i = 0; i < 64 * 32; ++i) {
    const auto lightness = [](const std::vector<std::uint8_t>& rgb, std::size_t at) {
      return Lab<float>(Rgb<std::uint8_t>{rgb[3 * at], rgb[3 * at + 1], rgb[3 * at + 2]}).l;
    };
    REQUIRE(lightness(fast.rgb, i) == Approx(lightness(grey.rgb, i)).margin(.5));
  }
  CHECK(one.view(part, Quality::best).quality == Quality::best);
}

TEST_CASE("while something is dragged the fast engine renders, and once it is let go the best one at once") {
  std::atomic<int> fast = 0;
  Studio studio(
      [&](const EngineSettings&, Quality quality) {
        fast += quality == Quality::fast ? 1 : 0;
        return AnyColorizer(Colorizer(test::small_model()));
      },
      {.model = "small", .fast_model = "small"}, 1);
  const Image picture = test::grey_picture(96, 64, 1);
  const std::string id = studio.open("photo.png", picture, new_session(picture), std::make_unique<NoSessionStore>());
  std::int64_t number = 0;
  const auto quality_after = [&](bool transient) {
    const Json hint{{"do", "add_hint"}, {"id", concat("h", ++number)}, {"x", 48}, {"y", 32}, {"color", "#a06040"}};
    studio.execute(id, {"tab", number, transient, Json::array({hint})});
    return studio.view(id, {whole(96, 64), ViewLayer::result, Quality::fast, studio.find(id)->version(), "tab", "main"})
        .quality;
  };
  CHECK(quality_after(false) == Quality::best);
  CHECK(fast == 0);
  CHECK(quality_after(true) == Quality::fast);
  CHECK(fast == 1);
  CHECK(quality_after(false) == Quality::best);
}

TEST_CASE("parts that are not of the picture, and sizes without end, are refused") {
  OnePicture one(test::grey_picture(96, 64, 1));
  CHECK_THROWS_AS(one.view({-1, 0, 10, 10, 5, 5}), ArgumentError);
  CHECK_THROWS_AS(one.view({0, 0, 97, 64, 5, 5}), ArgumentError);
  CHECK_THROWS_AS(one.view({0, 0, 0, 64, 5, 5}), ArgumentError);
  CHECK_THROWS_AS(one.view({0, 0, 96, 64, 0, 5}), ArgumentError);
  CHECK_THROWS_AS(one.view({0, 0, 96, 64, 100'000, 5}), ArgumentError);
  CHECK_THROWS_AS(one.studio.find("p9"), UnknownPicture);
}

TEST_CASE("of two requests that wait for one view the older one is told that it is overtaken") {
  OnePicture one(test::grey_picture(96, 64, 1));
  one.view(whole(96, 64));
  const auto ask = [&](const char* client) {
    return one.studio.view(one.id,
                           {whole(96, 64), ViewLayer::result, Quality::fast, one.version() + 1, client, "main"});
  };
  bool overtaken = false, answered = false;
  std::jthread older([&] {
    try {
      ask("tab");
    } catch (const Overtaken&) {
      overtaken = true;
    }
  });
  std::jthread other([&] {
    ask("another");
    answered = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::jthread newer([&] { ask("tab"); });
  older.join();
  CHECK(overtaken);
  one.add_hint("h", 1, 1, "#808080");
  newer.join();
  other.join();
  CHECK(answered);
}

TEST_CASE("a transient change is rendered fast and not at best quality, the lasting one after it is") {
  OnePicture one(test::grey_picture(96, 64, 1), "another");
  one.execute(Json::array({{{"do", "add_hint"}, {"id", "h"}, {"x", 4}, {"y", 4}, {"color", "#c04040"}}}), true);
  const Rendition fast = one.studio.wait_for_news(one.id, {one.version() - 1, Quality::best}, std::chrono::seconds(20));
  CHECK(fast.version == one.version());
  CHECK(fast.quality == Quality::fast);
  const Rendition none =
      one.studio.wait_for_news(one.id, {fast.version, Quality::fast}, std::chrono::milliseconds(200));
  CHECK(none.quality == Quality::fast);
  one.add_hint("h", 4, 4, "#c04040");
  const Rendition best = one.studio.wait_for_news(one.id, {one.version(), Quality::fast}, std::chrono::seconds(20));
  CHECK(best.quality == Quality::best);
}

TEST_CASE("hints inside a region act inside only, and only they act there") {
  const Image picture = test::grey_picture(96, 64, 1);
  const auto region = Json{{"do", "add_region"},
                           {"id", "r"},
                           {"polygon", {{48, 0}, {96, 0}, {96, 64}, {48, 64}}},
                           {"snap", false},
                           {"feather", 0}};
  OnePicture outside(picture), inside(picture), both(picture);
  outside.add_hint("h1", 10, 32, "#c04040");
  inside.add_hint("h2", 80, 32, "#4040c0");
  both.execute(Json::array({region}));
  both.add_hint("h1", 10, 32, "#c04040");
  both.add_hint("h2", 80, 32, "#4040c0");
  const auto left = outside.studio.best(outside.id), right = inside.studio.best(inside.id),
             joined = both.studio.best(both.id);
  for (Index x : {2, 10, 30, 45}) {
    CHECK(color_at(*joined, x, 20).a == Approx(color_at(*left, x, 20).a).margin(1));
    CHECK(color_at(*joined, x, 20).b == Approx(color_at(*left, x, 20).b).margin(1));
  }
  for (Index x : {50, 70, 80, 94}) {
    CHECK(color_at(*joined, x, 20).a == Approx(color_at(*right, x, 20).a).margin(1));
    CHECK(color_at(*joined, x, 20).b == Approx(color_at(*right, x, 20).b).margin(1));
  }
}

TEST_CASE("a locked region keeps its colours whatever happens to the hints") {
  OnePicture one(test::grey_picture(96, 64, 1));
  one.execute(Json::array({{{"do", "add_region"},
                            {"id", "r"},
                            {"polygon", {{48, 0}, {96, 0}, {96, 64}, {48, 64}}},
                            {"snap", false},
                            {"feather", 0}}}));
  one.add_hint("h", 80, 32, "#4040c0");
  const auto before = one.studio.best(one.id);
  one.execute(Json::array({{{"do", "set_region"}, {"id", "r"}, {"locked", true}}}));
  one.execute(Json::array({{{"do", "set_hint"}, {"id", "h"}, {"color", "#c04040"}}}));
  one.execute(Json::array({{{"do", "adjust"}, {"saturation", 0}}}));
  const auto after = one.studio.best(one.id);
  CHECK(color_at(*after, 80, 32).b == Approx(color_at(*before, 80, 32).b).margin(.5));
  CHECK(color_at(*after, 10, 32).b == Approx(0).margin(.5));
}

TEST_CASE("adjustments change colours and leave the lightness alone") {
  OnePicture one(test::grey_picture(96, 64, 1));
  one.add_hint("h", 48, 32, "#908070");
  const auto before = one.studio.best(one.id);
  one.execute(Json::array({{{"do", "adjust"}, {"saturation", 2}, {"temperature", .25}}}));
  const auto after = one.studio.best(one.id);
  const Lab<float> was = color_at(*before, 48, 32), is = color_at(*after, 48, 32);
  CHECK(is.l == Approx(was.l).margin(.5));
  CHECK(is.a == Approx(2 * was.a + .25 * temperature_a).margin(1));
  CHECK(is.b == Approx(2 * was.b + .25 * temperature_b).margin(1));
}

TEST_CASE("a neutral hint makes grey, a hint that keeps takes the original's colour") {
  Image picture = test::gradient_picture(96, 64);
  OnePicture one(picture);
  one.execute(Json::array({{{"do", "add_hint"}, {"id", "n"}, {"x", 10}, {"y", 10}, {"kind", "neutral"}},
                           {{"do", "add_hint"}, {"id", "k"}, {"x", 80}, {"y", 50}, {"kind", "keep"}}}));
  const auto best = one.studio.best(one.id);
  CHECK(color_at(*best, 10, 10).a == Approx(0).margin(1.5));
  CHECK(color_at(*best, 10, 10).b == Approx(0).margin(1.5));
  CHECK(color_at(*best, 80, 50).a == Approx(color_at(picture, 80, 50).a).margin(1.5));
  CHECK(color_at(*best, 80, 50).b == Approx(color_at(picture, 80, 50).b).margin(1.5));
}

TEST_CASE("a flood takes what hangs together with its seed and stops at an edge") {
  Image picture(96, 64, 1, 8);
  const auto samples = picture.samples<std::uint8_t>();
  for (Index y = 0; y < 64; ++y)
    for (Index x = 0; x < 96; ++x) samples(y, x, 0) = x < 40 ? 60 : 200;
  RegionMasks masks(std::make_shared<const Image>(picture), 96, 64);
  Region region{.id = "r", .name = {}, .shape = FloodShape{{10, 10}, .2}, .feather = 0};
  CHECK(masks.contains(region, {30, 50}));
  CHECK_FALSE(masks.contains(region, {50, 50}));
  // A lasso that misses the edge by a few pixels snaps to it.
  region.shape = PolygonShape{{{-5, -5}, {43, -5}, {43, 70}, {-5, 70}}};
  region.snap = true;
  CHECK(masks.contains(region, {38, 30}));
  CHECK_FALSE(masks.contains(region, {42, 30}));
  region.snap = false;
  CHECK(masks.contains(region, {42, 30}));
  region.shape = BrushShape{{{{{10, 10}, {60, 10}}, 5, false}, {{{35, 10}}, 6, true}}};
  CHECK(masks.contains(region, {20, 12}));
  CHECK(masks.contains(region, {60, 10}));
  CHECK_FALSE(masks.contains(region, {35, 10}));
  CHECK_FALSE(masks.contains(region, {20, 30}));
  CHECK(masks.outline(region).size() == 2);
}

TEST_CASE("an engine that cannot be made is an error of the view, and the next one is tried after a change") {
  const Image picture = test::grey_picture(32, 32, 1);
  Studio studio(
      [](const EngineSettings& settings, Quality quality) {
        if (settings.model == "broken") throw WeightsError("these weights are broken");
        return small_colorizer(settings, quality);
      },
      {.model = "broken", .fast_model = "broken"}, 1);
  const std::string id = studio.open("photo.png", picture, new_session(picture), std::make_unique<NoSessionStore>());
  CHECK_THROWS_AS(studio.best(id), WeightsError);
  studio.set_settings({.model = "small", .fast_model = "small"});
  CHECK(studio.best(id)->width() == 32);
}
