// The routes of the studio, good and bad.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <regex>
#include <set>

#include "icolorit/io/hint_file.hpp"
#include "icolorit/studio/palette_file.hpp"
#include "running_studio.hpp"
#include "support/catch.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::test;

}  // namespace

TEST_CASE("openapi.yaml lists the routes that are served, and no others") {
  std::ifstream file(ICOLORIT_OPENAPI);
  std::set<std::string> written;
  std::string line, path;
  while (std::getline(file, line)) {
    std::smatch match;
    if (std::regex_match(line, match, std::regex("  (/api/.*):"))) path = match[1];
    if (line == "components:") break;
    if (!std::regex_match(line, match, std::regex("    (get|put|post|delete|patch):"))) continue;
    std::string method = match[1];
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    written.insert(method + ' ' + path);
  }
  const auto served = studio::Api::routes();
  CHECK(written == std::set<std::string>(served.begin(), served.end()));
  CHECK(written.size() >= 16);
}

TEST_CASE("the state tells what is open, what can be chosen and what the limits are") {
  RunningStudio running;
  CHECK(running.get("/api/state")["pictures"].empty());
  const std::string picture = running.open(grey_picture(60, 40, 1), "caf%C3%A9.png");
  running.hint(picture, "h", 5, 5, "#ABCDEF");
  const Json state = running.get("/api/state");
  REQUIRE(state["pictures"].size() == 1);
  CHECK(state["pictures"][0]["name"] == "café.png");
  CHECK(state["pictures"][0]["width"] == 60);
  CHECK(state["settings"]["model"] == "small");
  CHECK(state["engines"]["models"].size() == 2);
  CHECK(state["recent_colors"] == Json::array({"#abcdef"}));
  CHECK(state["limits"]["hints"] == studio::DocumentLimits::hints);

  CHECK(running.put("/api/settings", {{"fusion", {{"trust", 2}}}})["settings"]["fusion"]["trust"] == 2);
  running.put("/api/settings", {{"model", "unknown"}}, 422);
  running.put("/api/settings", {{"fusion", {{"reach", 0}}}}, 422);
  running.put("/api/settings", Json::array(), 422);
  CHECK(running.remove(picture)["pictures"].empty());
  running.get(picture, 404);
  running.remove(picture, 404);
}

TEST_CASE("pictures of every kind are opened, and what is none is refused with a sentence") {
  RunningStudio running;
  for (const ImageFormat format : image_formats())
    CHECK(running.post("/api/pictures", bytes_of(gradient_picture(40, 30, 1, 3), format))["width"] == 40);
  const std::string good = bytes_of(gradient_picture(40, 30, 1, 3));
  CHECK(running.post("/api/pictures", good)["id"] == running.post("/api/pictures", good)["id"]);
  running.post("/api/pictures", "", 415);
  running.post("/api/pictures", "this is no picture", 415);
  const std::string heic(
      "\0\0\0\x18"
      "ftypheic\0\0\0\0mif1heic",
      24);
  CHECK(running.post("/api/pictures", heic, 415).dump().find("HEIC") != std::string::npos);
  running.post("/api/pictures", good.substr(0, good.size() / 2), 422);
  running.post("/api/pictures", "{\"hints\": []}", 422);
  running.post("/api/pictures", "{\"format\": \"icolorit session\"}", 422);
  running.post("/api/pictures?into=p99", "{\"hints\": []}", 404);
  running.post("/api/pictures", std::string("\x89PNG\r\n\x1a\n", 8), 422);
}

TEST_CASE("commands change the document, once, and bad ones change nothing") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  const Json document = running.hint(picture, "h1", 10.5, 20.5);
  REQUIRE(document["hints"].size() == 1);
  CHECK(document["hints"][0]["x"] == 10.5);
  CHECK(document["number"] == 1);
  CHECK(document["can_undo"] == true);
  const auto command =
      Json{{"client", "tab"},
           {"number", 1},
           {"commands", Json::array({{{"do", "add_hint"}, {"id", "h2"}, {"x", 1}, {"y", 1}, {"color", "#000000"}}})}};
  CHECK(running.post(picture + "/commands", command.dump())["hints"].size() == 1);  // number 1 again
  running.commands(picture, Json::array({{{"do", "add_hint"}, {"id", "h1"}, {"x", 1}, {"y", 1}, {"color", "#000000"}}}),
                   422);
  running.commands(picture, {{"do", "undo"}}, 422);
  running.commands(picture, Json::array({{{"do", "redo"}}}), 422);
  running.post(picture + "/commands", "{", 422);
  running.post(picture + "/commands", "[]", 422);
  running.post(picture + "/commands", "{\"client\":\"\\ud800\"}", 422);
  running.post(picture + "/commands", std::string(std::size_t{9} << 20, ' '), 413);
  running.post("/api/pictures/p77/commands", command.dump(), 404);
  CHECK(running.get(picture + "?client=tab")["number"] == 1);
  CHECK(running.commands(picture, Json::array({{{"do", "undo"}}}))["hints"].empty());
  CHECK(running.commands(picture, Json::array({{{"do", "redo"}}}))["hints"].size() == 1);
}

TEST_CASE("two tabs see each other's changes") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  running.hint(picture, "h1", 10, 10);
  Json other{{"client", "other"},
             {"number", 1},
             {"commands", Json::array({{{"do", "move_hint"}, {"id", "h1"}, {"x", 30}, {"y", 30}}})}};
  const Json moved = running.post(picture + "/commands", other.dump());
  CHECK(moved["number"] == 1);
  const Json seen = running.get(picture + "?client=tab");
  CHECK(seen["hints"][0]["x"] == 30);
  CHECK(seen["version"] == moved["version"]);
  const Json event = running.get(picture + "/events?version=0");
  CHECK(event["document"] == moved["version"]);
}

TEST_CASE("a view has the bytes that were asked for and says what they are") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  const Json document = running.hint(picture, "h1", 30, 20, "#a05040");
  const auto view = running.raw(concat(picture, "/view?width=60&height=40&version=", document["version"].get<int>()));
  REQUIRE(view);
  REQUIRE(view->status == 200);
  REQUIRE(view->body.size() == 60 * 40 * 3);
  CHECK(view->get_header_value("X-Version") == concat(document["version"].get<int>()));
  CHECK(view->get_header_value("X-Quality") == "best");
  CHECK_FALSE(view->get_header_value("X-Milliseconds").empty());
  CHECK(view->get_header_value("Content-Type") == "application/octet-stream");
  const auto at = [](const std::string& body, std::size_t i) { return static_cast<unsigned char>(body[i]); };
  const std::size_t middle = 3 * (20 * 60 + 30);
  CHECK(at(view->body, middle) > at(view->body, middle + 2) + 20);  // red over blue
  const auto grey = running.raw(picture + "/view?width=6&height=4&layer=grey&x=10&y=10&w=6&h=4");
  REQUIRE(grey->body.size() == 6 * 4 * 3);
  CHECK(std::abs(at(grey->body, 0) - at(grey->body, 2)) <= 1);
  for (const char* bad : {"", "?width=60", "?width=0&height=4", "?width=9000&height=4", "?width=6&height=4&x=70&w=5",
                          "?width=6&height=4&layer=no", "?width=6&height=4&quality=superb", "?width=6&height=4&w=nan",
                          "?width=6&height=4&version=-1", "?width=6x&height=4"})
    running.get(picture + "/view" + bad, 422);
  running.get("/api/pictures/p77/view?width=6&height=4", 404);
}

TEST_CASE("a preview shows commands that do not last, in one request") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  running.hint(picture, "h1", 30, 20, "#a05040");
  const auto preview = [&](int number, Json commands, const std::string& query = "?width=60&height=40") {
    const Json body{{"client", "drag"}, {"number", number}, {"commands", std::move(commands)}};
    return running.client().Post(picture + "/preview" + query, body.dump(), "application/json");
  };
  const Json blue = Json::array({{{"do", "set_hint"}, {"id", "h1"}, {"color", "#3050c0"}}});
  const auto first = preview(1, blue);
  REQUIRE(first->status == 200);
  REQUIRE(first->body.size() == 60 * 40 * 3);
  const std::size_t middle = 3 * (20 * 60 + 30);
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(first->body[i]); };
  CHECK(at(middle + 2) > at(middle) + 20);  // blue over red
  const int version = std::stoi(first->get_header_value("X-Version"));
  CHECK(running.get(picture)["version"] == version);
  CHECK(running.get(picture)["transient"] == true);
  CHECK(preview(2, {{{"do", "undo"}}})->status == 422);
  CHECK(preview(3, blue, "?width=60&height=40&x=70&w=5")->status == 422);
  CHECK(running.get(picture)["version"] == version);  // what is refused changes nothing
  const Json end{{"client", "drag"}, {"number", 4}, {"transient", true}, {"commands", Json::array()}};
  const Json ended = running.post(picture + "/commands", end.dump());
  CHECK(ended["hints"][0]["a"].get<double>() > 5);
  CHECK(ended["transient"] == false);
  CHECK(Json::parse(running.raw(picture)->body)["can_redo"] == false);
}

TEST_CASE("colours at a place, possible ones and suggested ones") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  running.hint(picture, "h1", 30, 20, "#a05040");
  const Json pixel = running.get(picture + "/pixel?x=30&y=20");
  CHECK(pixel["a"].get<double>() > 5);
  CHECK(pixel["network"].get<std::string>().size() == 7);
  const Json possible = running.get(picture + "/possible?x=58&y=20&color=%230000ff");
  CHECK(possible["delta_e"].get<double>() > 5);  // no strong blue is as light as this
  CHECK(running.get(picture + "/possible?x=30&y=20&color=grey")["delta_e"].get<double>() == Approx(0).margin(.01));
  CHECK(running.get(picture + "/possible?x=30&y=20&a=3.25&b=-2.5")["a"] == 3.25);
  running.get(picture + "/possible?x=30&y=20&a=3.25", 422);
  running.get(picture + "/possible?x=30&y=20&a=3.25&b=900", 422);
  const Json suggestions = running.get(picture + "/suggestions?x=40&y=20")["suggestions"];
  CHECK(suggestions.size() >= 6);
  CHECK(suggestions.size() <= 9);
  CHECK(suggestions[0]["why"] == "model");
  std::set<std::string> colors, reasons;
  for (const Json& suggestion : suggestions) {
    colors.insert(suggestion["color"].get<std::string>());
    reasons.insert(suggestion["why"].get<std::string>());
    CHECK_FALSE(suggestion["name"].get<std::string>().empty());
  }
  CHECK(colors.size() == suggestions.size());
  CHECK(reasons.contains("palette"));
  running.get(picture + "/possible?x=30&y=20&color=nothing", 422);
  running.get(picture + "/pixel?x=61&y=20", 422);
  const Json matched = running.get(picture + "/suggestions?x=40&y=20&reference=%23ff00ff,%232f6b2a")["suggestions"];
  const auto reference = std::ranges::find(matched, "reference", [](const Json& one) { return one["why"]; });
  REQUIRE(reference != matched.end());
  running.get(picture + "/suggestions?x=40&y=20&reference=%23ff00ff,nothing", 422);
  running.get(picture + "/suggestions?x=-1&y=20", 422);
}

TEST_CASE("a hint's influence is greatest at the hint, and next places are in the picture") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  running.hint(picture, "h1", 15, 20, "#e02010");
  running.hint(picture, "h2", 50, 20, "#2020e0");
  const auto map = running.raw(picture + "/influence?hint=h1&width=60&height=40");
  REQUIRE(map->status == 200);
  REQUIRE(map->body.size() == 60 * 40);
  const auto at = [&](std::size_t x, std::size_t y) { return static_cast<unsigned char>(map->body[y * 60 + x]); };
  CHECK(at(15, 20) > 40);
  CHECK(at(15, 20) > at(50, 20));
  for (const Json& place : running.get(picture + "/next")["places"]) {
    CHECK(place["x"].get<double>() <= 60);
    CHECK(place["y"].get<double>() <= 40);
    CHECK(place["weight"].get<double>() > 0);
  }
  running.get(picture + "/influence?hint=h9&width=60&height=40", 422);
  running.get(picture + "/influence?hint=h1&width=6000&height=40", 422);
}

TEST_CASE("everything that can be exported is what it says") {
  RunningStudio running;
  const Image original = grey_picture(60, 40, 1);
  const std::string picture = running.open(original);
  running.hint(picture, "h1", 30, 20, "#a05040");
  const auto exported = [&](const std::string& query) {
    const auto file = running.raw(picture + "/export?" + query);
    INFO(query << file->body.substr(0, 200));
    REQUIRE(file->status == 200);
    CHECK_THAT(file->get_header_value("Content-Disposition"), ContainsSubstring("attachment; filename*=UTF-8''photo"));
    return file->body;
  };
  const auto image = [&](const std::string& query) {
    const std::string body = exported(query);
    return decode_image(std::as_bytes(std::span(body)));
  };
  const Image colored = image("");
  CHECK(colored == *running.desk().best("p1"));
  CHECK(image("bits=16").bits() == 16);
  CHECK(image("format=tiff&bits=16").bits() == 16);
  CHECK(image("format=jpeg").width() == 60);
  CHECK(image("format=webp").width() == 60);
  CHECK(image("what=l").channels() == 1);
  CHECK(image("what=ab").channels() == 3);
  CHECK(image("what=before_after").width() == 120);

  const Image layer = image("what=color_layer");  // over the original it gives the coloured picture
  const auto over = layer.samples<std::uint8_t>(), under = original.samples<std::uint8_t>(),
             wanted = colored.samples<std::uint8_t>();
  for (Index y = 0; y < 40; ++y)
    for (Index x = 0; x < 60; ++x)
      for (Index c = 0; c < 3; ++c) {
        const double alpha = over(y, x, 3) / 255.;
        REQUIRE(alpha * over(y, x, c) + (1 - alpha) * under(y, x, 0) == Approx(wanted(y, x, c)).margin(1.01));
      }

  CHECK(parse_hints(exported("what=hints"), 60, 40).size() == 1);
  CHECK(Json::parse(exported("what=session"))["format"] == "icolorit session");
  for (const char* bad :
       {"what=all", "format=bmp", "bits=12", "format=jpeg&bits=16", "what=color_layer&format=jpeg", "jpeg_quality=0"})
    running.get(picture + "/export?" + bad, 422);
}

TEST_CASE("a session that was exported opens again, and a hint file is added in one step") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  running.hint(picture, "h1", 30, 20);
  const std::string session = running.raw(picture + "/export?what=session")->body;
  const std::string hints = running.raw(picture + "/export?what=hints")->body;
  CHECK(running.post("/api/pictures", session)["hints"].size() == 1);
  running.remove(picture);
  const Json reopened = running.post("/api/pictures", session);
  CHECK(reopened["hints"].size() == 1);
  const std::string id = reopened["id"];
  CHECK(running.post("/api/pictures?into=" + id, hints)["hints"].size() == 2);
  CHECK(running.commands("/api/pictures/" + id, Json::array({{{"do", "undo"}}}))["hints"].size() == 1);
  Json foreign = Json::parse(session);
  foreign["picture"]["checksum"] = "crc32:ffffffff:9";
  running.post("/api/pictures", foreign.dump(), 422);
}

TEST_CASE("exported hints have the chosen colour, also where the place is too light or too dark for it") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  running.hint(picture, "light", 58, 20, "#0000ff");
  running.hint(picture, "dark", 1, 20, "#ffe000");
  const std::vector<Hint> hints = parse_hints(running.raw(picture + "/export?what=hints")->body, 60, 40);
  REQUIRE(hints.size() == 2);
  const Lab<float> blue = Rgb<std::uint8_t>{0, 0, 255}, yellow = Rgb<std::uint8_t>{255, 224, 0};
  CHECK(std::hypot(hints[0].color.a - blue.a, hints[0].color.b - blue.b) < 1.5);
  CHECK(std::hypot(hints[1].color.a - yellow.a, hints[1].color.b - yellow.b) < 1.5);
}

TEST_CASE("who waits for news is told when everything is saved") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  const Json document = running.hint(picture, "h1", 30, 20);
  const std::string known = concat("/events?quality=best&version=", document["version"].get<int>() + 1);
  const auto start = std::chrono::steady_clock::now();
  CHECK(running.get(picture + known + "&saved=false")["saved"] == true);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));  // without news it would be 20
  running.get(picture + known + "&saved=perhaps", 422);
}

TEST_CASE("a document has the same identity whenever it is opened, and another one than others") {
  RunningStudio running;
  const Image image = grey_picture(60, 40, 1);
  const std::string first = running.open(image);
  const std::string identity = running.get(first)["identity"];
  CHECK(running.get(running.open(grey_picture(60, 40, 2), "other.png"))["identity"] != identity);
  const std::string session = running.raw(first + "/export?what=session")->body;
  const Json copy = running.post("/api/pictures", session);
  CHECK(copy["identity"] != identity);  // it goes on by itself
  running.remove("/api/pictures/" + copy["id"].get<std::string>());
  running.remove(first);
  CHECK(running.get(running.open(image))["identity"] == identity);
}

TEST_CASE("a picture that is opened again goes on where it was") {
  RunningStudio running;
  const Image image = grey_picture(60, 40, 1);
  const std::string picture = running.open(image);
  running.hint(picture, "h1", 30, 20);
  running.remove(picture);
  const Json again = running.post("/api/pictures", bytes_of(image), 200, {{"X-File-Name", "other.png"}});
  CHECK(again["hints"].size() == 1);
  CHECK(again["can_undo"] == true);
  CHECK(again["saved"] == true);
}

TEST_CASE("palettes are listed, kept, imported and exported") {
  RunningStudio running;
  const std::size_t presets = running.get("/api/palettes")["palettes"].size();
  CHECK(presets >= 5);
  const Json own{{"palettes", Json::array({{{"name", "Großmutter"},
                                            {"colors", Json::array({{{"color", "#102030"}, {"name", "coat"}}})}}})}};
  CHECK(running.put("/api/palettes", own)["palettes"].size() == presets + 1);
  for (const char* format : {"gpl", "ase", "json"}) {
    const auto file = running.raw(concat("/api/palettes/export?name=Gro%C3%9Fmutter&format=", format));
    REQUIRE(file->status == 200);
    running.put("/api/palettes", {{"palettes", Json::array()}});
    const Json all = running.post("/api/palettes/import", file->body, 200, {{"X-File-Name", "a.gpl"}});
    REQUIRE(all["palettes"].size() == presets + 1);
    CHECK(all["palettes"].back()["name"] == "Großmutter");
    CHECK(all["palettes"].back()["colors"] == own["palettes"][0]["colors"]);
  }
  running.post("/api/palettes/import", "GIMP Palette\n300 0 0 x\n", 422);
  running.post("/api/palettes/import", "ASEF\x00", 422);
  running.post("/api/palettes/import", "nothing", 422);
  running.put("/api/palettes", {{"palettes", 3}}, 422);
  running.put("/api/palettes",
              {{"palettes", Json::array({{{"name", "a"}, {"colors", Json::array({{{"color", "no"}}})}}})}}, 422);
  running.get("/api/palettes/export?name=none", 404);
}
