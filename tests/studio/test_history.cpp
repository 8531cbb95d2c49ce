// Documents, commands and their history.
#include <string>

#include "icolorit/studio/history.hpp"
#include "support/catch.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::studio;

Json hint(const std::string& id, double x = 10, double y = 20) {
  return {{"do", "add_hint"}, {"id", id}, {"x", x}, {"y", y}, {"color", "#c8402e"}};
}

std::string complaint(History& history, const Json& command) {
  try {
    history.apply(Json::array({command}));
  } catch (const ArgumentError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a hint can be added, moved, changed, locked and removed") {
  History history(100, 80);
  history.apply(Json::array({hint("h1")}));
  history.apply(Json::array({{{"do", "move_hint"}, {"id", "h1"}, {"x", 30.5}, {"y", 40}}}));
  history.apply(Json::array({{{"do", "set_hint"}, {"id", "h1"}, {"name", "sky"}, {"radius", 3}, {"kind", "neutral"}}}));
  REQUIRE(history.document().hints.size() == 1);
  const PointMark& mark = history.document().hints.front();
  CHECK(mark.place == Point{30.5, 40});
  CHECK(mark.name == "sky");
  CHECK(mark.radius == 3);
  CHECK(mark.kind == MarkKind::neutral);
  CHECK(mark.a == Approx(Lab<float>(parse_color("#c8402e")).a));

  history.apply(Json::array({{{"do", "set_hint"}, {"id", "h1"}, {"locked", true}}}));
  CHECK_THAT(complaint(history, {{"do", "remove_hint"}, {"id", "h1"}}), ContainsSubstring("locked"));
  CHECK_THAT(complaint(history, {{"do", "move_hint"}, {"id", "h1"}, {"x", 1}, {"y", 1}}), ContainsSubstring("locked"));
  history.apply(Json::array({{{"do", "clear"}}}));
  CHECK(history.document().hints.size() == 1);
  history.apply(
      Json::array({{{"do", "set_hint"}, {"id", "h1"}, {"locked", false}}, {{"do", "remove_hint"}, {"id", "h1"}}}));
  CHECK(history.document().hints.empty());
}

TEST_CASE("commands that make no sense change nothing and say what is wanted") {
  History history(100, 80);
  history.apply(Json::array({hint("h1")}));
  CHECK_THAT(complaint(history, hint("h1")), ContainsSubstring("taken"));
  CHECK_THAT(complaint(history, hint("h2", 101)), ContainsSubstring("expected a number in [0,100]"));
  CHECK_THAT(complaint(history, hint("h 2")), ContainsSubstring("letters, digits"));
  CHECK_THAT(complaint(history, {{"do", "fly"}}), ContainsSubstring("no command \"fly\""));
  CHECK_THAT(complaint(history, {{"do", "move_hint"}, {"id", "h9"}, {"x", 1}, {"y", 1}}),
             ContainsSubstring("there is no hint"));
  CHECK_THAT(complaint(history, {{"do", "add_hint"}, {"id", "h2"}, {"x", 1}, {"y", 1}}), ContainsSubstring("color"));
  CHECK_THAT(complaint(history, {{"do", "add_stroke"}, {"id", "s"}, {"color", "red"}, {"points", Json::array()}}),
             ContainsSubstring("points"));
  CHECK_THAT(complaint(history, {{"do", "adjust"}, {"saturation", 4}}), ContainsSubstring("[0,3]"));
  CHECK_THAT(complaint(history, Json(3)), ContainsSubstring("expected an object"));
  // The second of two fails: the first does not count, either.
  CHECK_THROWS_AS(history.apply(Json::array({hint("h3"), hint("h1")})), ArgumentError);
  CHECK(history.document().hints.size() == 1);
  CHECK(history.position() == 1);
}

TEST_CASE("a thousand steps are undone and redone one by one, to the same documents") {
  History history(100, 80);
  for (int i = 0; i < 1000; ++i) history.apply(Json::array({hint(concat("h", i), i % 100, i % 80)}));
  for (std::size_t left = 1000; left-- > 0;) {
    REQUIRE(history.undo());
    REQUIRE(history.document().hints.size() == left);
    if (left > 0) REQUIRE(history.document().hints.back().id == concat("h", left - 1));
  }
  CHECK_FALSE(history.undo());
  while (history.redo()) {
  }
  CHECK(history.document().hints.size() == 1000);
  CHECK(history.document().hints.back().id == "h999");
}

TEST_CASE("a new step drops what could be redone") {
  History history(100, 80);
  history.apply(Json::array({hint("h1")}));
  history.apply(Json::array({hint("h2")}));
  history.undo();
  history.apply(Json::array({hint("h3")}));
  CHECK_FALSE(history.can_redo());
  CHECK(history.steps().size() == 2);
  CHECK(history.document().hints.back().id == "h3");
}

TEST_CASE("transient commands show, replace each other, and leave no step") {
  History history(100, 80);
  history.apply(Json::array({hint("h1")}));
  const auto move = [](double x) { return Json::array({{{"do", "move_hint"}, {"id", "h1"}, {"x", x}, {"y", 5}}}); };
  history.show(move(50));
  history.show(move(60));
  CHECK(history.shown().hints.front().place.x == 60);
  CHECK(history.document().hints.front().place.x == 10);
  history.apply(move(70));
  CHECK(history.shown().hints.front().place.x == 70);
  CHECK(history.position() == 2);
  history.undo();
  CHECK(history.shown().hints.front().place.x == 10);
}

TEST_CASE("a history is restored from its steps and its position") {
  History history(100, 80);
  for (int i = 0; i < 50; ++i) history.apply(Json::array({hint(concat("h", i))}));
  for (int i = 0; i < 20; ++i) history.undo();
  History other(100, 80);
  other.restore(history.steps(), history.position());
  CHECK(other.document().hints == history.document().hints);
  REQUIRE(other.redo());
  CHECK(other.document().hints.size() == 31);
  CHECK_THROWS_AS(other.restore({Json::array({{{"do", "undo"}}})}, 0), ArgumentError);
  CHECK(other.document().hints.size() == 31);
}

TEST_CASE("a region that is locked cannot be changed before it is unlocked") {
  History history(100, 80);
  history.apply(Json::array({{{"do", "add_region"}, {"id", "r"}, {"polygon", {{0, 0}, {50, 0}, {50, 50}}}}}));
  history.apply(Json::array({{{"do", "set_region"}, {"id", "r"}, {"locked", true}, {"name", "coat"}}}));
  CHECK(history.document().regions.front().locked != nullptr);
  CHECK_THAT(complaint(history, {{"do", "remove_region"}, {"id", "r"}}), ContainsSubstring("locked"));
  CHECK_THAT(complaint(history, {{"do", "set_region"}, {"id", "r"}, {"feather", 9}}), ContainsSubstring("locked"));
  history.apply(Json::array({{{"do", "set_region"}, {"id", "r"}, {"locked", false}, {"feather", 9}}}));
  CHECK(history.document().regions.front().feather == 9);
}
