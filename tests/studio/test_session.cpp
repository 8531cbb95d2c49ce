// Sessions: their file, their journal, and what is left of both after accidents.
#include <filesystem>
#include <fstream>

#include "icolorit/io/hint_file.hpp"
#include "icolorit/studio/picture_session.hpp"
#include "icolorit/studio/session_file.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::studio;
using test::TemporaryFolder;

Session new_session(Index width = 64, Index height = 48) {
  Session session;
  session.picture = {"photo.png", "crc32:00000000:1", width, height};
  session.history = History(width, height);
  return session;
}

CommandRequest add(std::int64_t number, const std::string& id, double x = 5) {
  return {"tab", number, false,
          Json::array({{{"do", "add_hint"}, {"id", id}, {"x", x}, {"y", 7}, {"color", "#2040c0"}}})};
}
CommandRequest plain(std::int64_t number, const char* command) {
  return {"tab", number, false, Json::array({{{"do", command}}})};
}

PictureSession open(const std::filesystem::path& path) {
  auto found = find_session(path);
  return {"p1", "photo.png", test::grey_picture(64, 48, 1), found ? std::move(found->first) : new_session(),
          std::make_unique<SessionFile>(path, found ? found->second : 0)};
}

std::size_t hints(const PictureSession& picture) { return picture.snapshot().document.hints.size(); }

}  // namespace

TEST_CASE("a session that is opened again goes on where it was, with undo and redo") {
  const TemporaryFolder folder;
  const auto path = folder / "photo.png.icolorit.json";
  {
    PictureSession picture = open(path);
    picture.execute(add(1, "h1"));
    picture.execute(add(2, "h2"));
    picture.execute(add(3, "h3"));
    picture.execute(plain(4, "undo"));
  }
  for (const bool compacted : {false, true}) {
    PictureSession picture = open(path);
    CHECK(hints(picture) == 2);
    CHECK(picture.status("tab").number == 4);
    CHECK(picture.status("tab").can_redo);
    if (compacted) {
      picture.execute(plain(5, "redo"));
      CHECK(hints(picture) == 3);
    } else {
      picture.compact();
    }
  }
  PictureSession picture = open(path);
  CHECK(hints(picture) == 3);
}

TEST_CASE("a record that was not finished is left out, and the next one takes its place") {
  const TemporaryFolder folder;
  const auto path = folder / "photo.png.icolorit.json";
  {
    PictureSession picture = open(path);
    picture.execute(add(1, "h1"));
  }
  std::ofstream(journal_path_for(path), std::ios::app) << R"({"sequence":2,"client":"tab","num)";
  {
    PictureSession picture = open(path);
    CHECK(hints(picture) == 1);
    picture.execute(add(2, "h2"));
  }
  CHECK(hints(open(path)) == 2);
}

TEST_CASE("records that the session file holds already are not applied twice") {
  const TemporaryFolder folder;
  const auto path = folder / "photo.png.icolorit.json";
  std::string journal;
  {
    PictureSession picture = open(path);
    picture.execute(add(1, "h1"));
    picture.execute(add(2, "h2"));
    const auto bytes = read_file(journal_path_for(path));
    journal = as_text(bytes);
    picture.compact();
  }
  write_file(journal_path_for(path), std::string_view(journal));  // as if the machine had stopped in between
  CHECK(hints(open(path)) == 2);
}

TEST_CASE("a request that comes twice is applied once") {
  const TemporaryFolder folder;
  PictureSession picture = open(folder / "s.json");
  picture.execute(add(1, "h1"));
  picture.execute(add(1, "h1"));
  CHECK(hints(picture) == 1);
  CommandRequest drag{"tab", 3, true, Json::array({{{"do", "move_hint"}, {"id", "h1"}, {"x", 60}, {"y", 7}}})};
  picture.execute(drag);
  CHECK(picture.snapshot().document.hints.front().place.x == 60);
  drag.number = 2;  // overtaken on its way
  drag.commands[0]["x"] = 30;
  picture.execute(drag);
  CHECK(picture.snapshot().document.hints.front().place.x == 60);
  drag = {"tab", 4, true, Json::array()};
  picture.execute(drag);
  CHECK(picture.snapshot().document.hints.front().place.x == 5);
  CHECK_FALSE(picture.transient());
}

TEST_CASE("only one program at a time holds a session") {
  const TemporaryFolder folder;
  PictureSession first = open(folder / "s.json");
  first.execute(add(1, "h1"));
  CHECK_THROWS_WITH(SessionFile(folder / "s.json"), ContainsSubstring("another icolorit studio"));
}

TEST_CASE("who finds a session taken is told where it is open, as long as it is") {
  const TemporaryFolder folder;
  const auto first = std::make_shared<OpenSessions>(folder / "open"),
             second = std::make_shared<OpenSessions>(folder / "open");
  {
    SessionFile held(folder / "s.json", 0, first);
    held.append("{}");
    CHECK_THROWS_WITH(SessionFile(folder / "s.json", 0, second), ContainsSubstring("in its tab of the browser"));
    first->set_address("http://127.0.0.1:1/#token");
    CHECK_THROWS_WITH(SessionFile(folder / "s.json", 0, second),
                      ContainsSubstring("go on at http://127.0.0.1:1/#token,"));
    const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    CHECK((std::filesystem::status(folder / "open").permissions() & others) == std::filesystem::perms::none);
  }
  CHECK(std::filesystem::is_empty(folder / "open"));
}

TEST_CASE("where nothing can be saved, nothing is applied and the complaint names the file") {
  const TemporaryFolder folder;
  PictureSession picture("p1", "photo.png", test::grey_picture(64, 48, 1), new_session(),
                         std::make_unique<SessionFile>(folder.path() / "no" / "such" / "s.json"));
  CHECK_THROWS_AS(picture.execute(add(1, "h1")), FileError);
  CHECK(hints(picture) == 0);
  CHECK_FALSE(picture.saved());
  CHECK_THAT(picture.status("tab").save_error, ContainsSubstring("s.json"));
}

TEST_CASE("text that is no session is refused with a sentence, whatever is wrong with it") {
  const std::string good = format_session(new_session());
  CHECK_NOTHROW(parse_session(json::parse(good)));
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    CHECK_THROWS_AS(parse_session(json::parse(text)), FormatError);
  };
  refused("icolorit session", "something else");
  refused(R"("version": 1)", R"("version": 2)");
  refused(R"("position": 0)", R"("position": 1)");
  refused(R"("history": [])", R"("history": [[{"do":"fly"}]])");
  refused("crc32:00000000:1", "../../../etc/00:1");
  refused(R"("height": 48)", R"("height": 0)");
}

TEST_CASE("of too many pages the one heard of longest ago is forgotten, also after a restart") {
  Session session = new_session();
  for (std::size_t i = 0; i < ClientNumbers::most_clients; ++i) session.clients.set(concat("tab", 99 - i), 7);
  session = parse_session(json::parse(format_session(session)));
  session.clients.set("another", 1);
  CHECK(session.clients.of("tab99") == 0);
  CHECK(session.clients.of("tab98") == 7);
  CHECK(ClientNumbers::from_json({{"tab", 3}}).of("tab") == 3);  // as it was written before
}

TEST_CASE("a session's hints keep colours that sRGB has at another lightness only") {
  Session session = new_session();
  const Json yellow{{"a", -15}, {"b", 88}};  // sRGB has it above L 85
  session.history.apply(Json::array({{{"do", "add_hint"}, {"id", "h"}, {"x", 5}, {"y", 7}, {"color", yellow}}}));
  const std::vector<Hint> hints = parse_hints(format_session(session), 64, 48);
  CHECK(hints[0].color.a == Approx(-15).margin(1));
  CHECK(hints[0].color.b == Approx(88).margin(1));
}

TEST_CASE("a session serves as a hint file") {
  Session session = new_session();
  session.history.apply(add(1, "h1").commands);
  session.history.apply(Json::array({{{"do", "add_hint"}, {"id", "n"}, {"x", 63.9}, {"y", 1}, {"kind", "neutral"}}}));
  const std::vector<Hint> hints = parse_hints(format_session(session), 64, 48);
  REQUIRE(hints.size() == 2);
  CHECK(hints[0].x == 5);
  CHECK(hints[1].x == 63);
  CHECK(hints[1].color.a == 0);
}
