// icolorit studio as its users run it: it serves, survives being killed, and colorize renders its sessions.
#include <httplib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "icolorit/core/random.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/studio/fields.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/sandbox.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::test;
using studio::Json;

/// The tool serving a file, on a port of its own.
class StudioProcess {
 public:
  StudioProcess(const std::filesystem::path& file, const std::filesystem::path& data,
                const std::vector<std::string>& options = {"--engine", "optimization"}) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    std::vector<std::string> words{ICOLORIT_TOOL, "studio", file.string(), "--no-browser", "--data", data.string()};
    words.insert(words.end(), options.begin(), options.end());
    process_ = fork();
    if (process_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      execv(ICOLORIT_TOOL, arguments.data());
      _exit(127);
    }
    close(ends[1]);
    std::string line;
    for (char c; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
    close(ends[0]);
    INFO("the first line is " << line);
    REQUIRE(line.starts_with("http://127.0.0.1:"));
    port_ = std::stoi(line.substr(17));
    token_ = line.substr(line.find('#') + 1);
  }
  ~StudioProcess() { end(SIGKILL); }

  /// Returns the exit code, or 128 + the signal.
  int end(int signal) {
    if (process_ <= 0) return -1;
    kill(process_, signal);
    int status = 0;
    waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string url() const { return concat("http://127.0.0.1:", port_, "/#", token_); }
  std::unique_ptr<httplib::Client> client() const {
    auto client = std::make_unique<httplib::Client>("127.0.0.1", port_);
    client->set_default_headers({{"X-Icolorit-Token", token_}});
    client->set_keep_alive(true);
    client->set_read_timeout(60);
    return client;
  }

 private:
  pid_t process_ = -1;
  int port_ = 0;
  std::string token_;
};

std::string add_hint(const std::string& client, int number, const std::string& id, double x) {
  return Json{{"client", client},
              {"number", number},
              {"commands", Json::array({{{"do", "add_hint"}, {"id", id}, {"x", x}, {"y", 20}, {"color", "#b04030"}}})}}
      .dump();
}

}  // namespace

TEST_CASE("killed at any moment, the studio has lost nothing that it acknowledged") {
  const TemporaryFolder folder;
  const auto photo = folder / "photo.png";
  write_image(grey_picture(64, 48, 1), photo);
  Random random(7);
  std::size_t acknowledged = 0;
  for (int round = 0; round < 50; ++round) {
    StudioProcess process(photo, folder.path() / "data");
    const Json before = Json::parse(process.client()->Get("/api/pictures/p1")->body);
    REQUIRE(before["hints"].size() >= acknowledged);
    REQUIRE(before["hints"].size() <= acknowledged + 1);  // the one whose answer was lost
    acknowledged = before["hints"].size();
    std::jthread editing([&] {
      const auto client = process.client();
      for (int number = 1;; ++number) {
        const auto answer = client->Post(
            "/api/pictures/p1/commands",
            add_hint(concat("round", round), number, concat("h", round, '-', number), number % 60), "application/json");
        if (!answer || answer->status != 200) return;
        ++acknowledged;
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(25)));
    CHECK(process.end(SIGKILL) == 128 + SIGKILL);
    editing.join();
  }
  CHECK(acknowledged > 20);
}

TEST_CASE("Ctrl-C ends the studio cleanly, and its session is one file") {
  const TemporaryFolder folder;
  const auto photo = folder / "photo.png";
  write_image(grey_picture(64, 48, 1), photo);
  StudioProcess process(photo, folder.path() / "data");
  REQUIRE(
      process.client()->Post("/api/pictures/p1/commands", add_hint("tab", 1, "h1", 10), "application/json")->status ==
      200);
  CHECK(process.end(SIGINT) == 0);
  CHECK(std::filesystem::exists(folder.path() / "photo.png.icolorit.json"));
}

TEST_CASE("colorize renders a session to the pixels that the studio exports") {
  Sandbox sandbox;
  write_image(gradient_picture(90, 60, 3, 1), sandbox / "photo.png");
  std::string exported;
  {
    StudioProcess process(sandbox / "photo.png", sandbox / "data", {"--threads", "2"});
    const auto client = process.client();
    const auto post = [&](const std::string& body) {
      const auto answer = client->Post("/api/pictures/p1/commands", body, "application/json");
      INFO(answer->body);
      REQUIRE(answer->status == 200);
    };
    post(add_hint("tab", 1, "h1", 20.5));
    post(Json{{"client", "tab"},
              {"number", 2},
              {"commands",
               Json::array({{{"do", "add_region"}, {"id", "r"}, {"polygon", {{50, 0}, {90, 0}, {90, 60}, {50, 60}}}},
                            {{"do", "add_hint"}, {"id", "h2"}, {"x", 70}, {"y", 20}, {"color", "#3050a0"}},
                            {{"do", "adjust"}, {"saturation", 1.3}, {"temperature", .1}}})}}
             .dump());
    exported = client->Get("/api/pictures/p1/export")->body;
    // A session that is in use renders from its journal.
    sandbox.good("colorize --session photo.png.icolorit.json -o while_open.png --threads 1");
    process.end(SIGTERM);
  }
  const Image studio = decode_image(std::as_bytes(std::span(exported)));
  CHECK(studio == read_image(sandbox / "while_open.png"));
  sandbox.good("colorize --session photo.png.icolorit.json -o after.png");
  CHECK(studio == read_image(sandbox / "after.png"));
  // Among several pictures the work that lies beside one counts, and a file of hints more.
  sandbox.good("colorize photo.png -o many/ --threads 2");
  CHECK(studio == read_image(sandbox / "many/photo.png"));
  CHECK_THAT(sandbox.run("colorize photo.png -o bare.png").err,
             ContainsSubstring("--session \"photo.png.icolorit.json\" renders that"));
  write_file(sandbox / "photo.hints.json", std::string_view(R"({"hints":[{"x":5,"y":5,"color":"#c03020"}]})"));
  const Outcome both = sandbox.run("colorize photo.png -o hinted/");
  CHECK(both.code == 0);
  CHECK_THAT(both.err, ContainsSubstring("is not used, because \"photo.hints.json\" is there, too"));
  sandbox.good("colorize photo.png -o hinted.png --hints photo.hints.json");
  CHECK(read_image(sandbox / "hinted.png") == read_image(sandbox / "hinted/photo.png"));
  std::filesystem::remove(sandbox / "photo.hints.json");

  write_image(gradient_picture(90, 60, 4, 1), sandbox / "other.png");
  CHECK_THAT(sandbox.bad(1, "colorize other.png --session photo.png.icolorit.json -o x.png"),
             ContainsSubstring("another picture"));
  CHECK_THAT(sandbox.bad(2, "colorize --session photo.png.icolorit.json -o x.png --hint 1,1=red"),
             ContainsSubstring("leave out hints"));
  CHECK_THAT(sandbox.bad(1, "colorize --session none.json -o x.png"), ContainsSubstring("none.json"));
}

TEST_CASE("the studio's export and colorize keep the same of the original's file") {
  Sandbox sandbox;
  WriteOptions options;
  options.metadata.texts = {{"Title", "found in an attic"}};
  options.metadata.resolution = Resolution{600, 300};
  write_image(gradient_picture(60, 40, 3, 1), sandbox / "photo.png", options);
  std::string exported, layer;
  {
    StudioProcess process(sandbox / "photo.png", sandbox / "data", {"--threads", "1"});
    const auto client = process.client();
    REQUIRE(client->Post("/api/pictures/p1/commands", add_hint("tab", 1, "h1", 20.5), "application/json")->status ==
            200);
    exported = client->Get("/api/pictures/p1/export")->body;
    layer = client->Get("/api/pictures/p1/export?what=l")->body;
    process.end(SIGTERM);
  }
  sandbox.good("colorize --session photo.png.icolorit.json -o again.png");
  const auto facts = [](std::string_view file) {
    const auto bytes = std::as_bytes(std::span(file));
    PictureMetadata metadata = open_image({bytes.begin(), bytes.end()}).metadata;
    const std::size_t when = metadata.xmp.find("<stEvt:when>");
    if (when == metadata.xmp.npos) return metadata;
    const std::string day = metadata.xmp.substr(when + 12, 20);
    for (std::size_t at; (at = metadata.xmp.find(day)) != metadata.xmp.npos;) metadata.xmp.erase(at, day.size());
    return metadata;
  };
  const PictureMetadata metadata = facts(exported);
  CHECK(metadata == facts(text_of(sandbox / "again.png")));
  CHECK(metadata.texts == options.metadata.texts);
  CHECK(metadata.resolution->x == Approx(600).margin(.01));
  CHECK(metadata.resolution->y == Approx(300).margin(.01));
  CHECK(metadata.profile == srgb_profile());
  CHECK_THAT(metadata.xmp, ContainsSubstring("from 1 colour hint<"));
  CHECK(facts(layer).resolution == metadata.resolution);
  CHECK(facts(layer).texts.empty());
}

TEST_CASE("a session of demo_icolorit_lora opens as a new one with its hints") {
  Sandbox sandbox;
  std::filesystem::create_directories(sandbox / "work");
  write_image(grey_picture(128, 64, 1), sandbox / "work/scan.png");
  // 128 x 64 stands in the window's middle as 512 x 256: this is pixel (32, 16)
  write_file(sandbox / "work/old.iclr", std::string_view(R"({"version": "1.2", "original_path": "C:\\scans\\scan.png",
    "target_png": "old_target.png", "hints": [{"pos": [130, 194], "user_rgb": [200, 60, 40], "snap_rgb": [190, 70, 50],
    "exact_ab": [40.5, 20], "width": 1.0}]})"));
  StudioProcess process(sandbox / "work/old.iclr", sandbox / "data");
  const Json document = Json::parse(process.client()->Get("/api/pictures/p1")->body);
  REQUIRE(document["hints"].size() == 1);
  CHECK(document["hints"][0]["x"] == 32.5);
  CHECK(document["hints"][0]["y"] == 16.5);
  process.end(SIGTERM);
  sandbox.good("colorize --session work/old.iclr -o out.png");
  CHECK_THAT(sandbox.run("colorize work/scan.png --hints work/old.iclr -o also.png").err, ContainsSubstring("1 hint"));
  CHECK(read_image(sandbox / "out.png").width() == 128);
}

TEST_CASE("a folder opens as its pictures, without what cannot be read") {
  Sandbox sandbox;
  std::filesystem::create_directories(sandbox / "album");
  for (const char* name : {"b.png", "a.jpg"}) write_image(grey_picture(64, 48, 1), sandbox / "album" / name);
  write_file(sandbox / "album" / "torn.png", std::string_view("\x89PNG"));
  write_file(sandbox / "album" / "letter.txt", std::string_view("Dear aunt"));
  StudioProcess process(sandbox / "album", sandbox / "data");
  const Json pictures = Json::parse(process.client()->Get("/api/state")->body)["pictures"];
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0]["name"] == "a.jpg");
  CHECK(pictures[1]["name"] == "b.png");
}

TEST_CASE("of several names those that cannot be opened are left out, and said") {
  Sandbox sandbox;
  std::vector<std::string> names{"--threads", "1", "--engine", "optimization"};
  for (Index i = 0; i < 21; ++i) {
    names.push_back((sandbox / concat(i, ".png")).string());
    write_image(grey_picture(8 + i, 8, 1), names.back());
  }
  write_file(sandbox / "torn.png", std::string_view("\x89PNG"));
  const StudioProcess process(sandbox / "torn.png", sandbox / "data", names);
  CHECK(Json::parse(process.client()->Get("/api/state")->body)["pictures"].size() == 20);

  std::filesystem::create_directories(sandbox / "album");
  write_file(sandbox / "album" / "old.bmp", std::string_view("BM"));
  write_image(grey_picture(64, 48, 1), sandbox / "album" / "a.png");
  const std::string session = R"({"format": "icolorit session", "version": 1, "picture": {"path": "a.png",)"
                              R"( "checksum": "crc32:00000000:1", "width": 64, "height": 48}, "width": 64,)"
                              R"( "height": 48, "hints": [], "history": [], "position": 0, "sequence": 1})";
  write_file(sandbox / "album" / "a.png.icolorit.json", session);
  const auto [code, out, complaint] = sandbox.run("studio album torn.png --no-browser");
  CHECK(code == 1);
  for (const char* part : {"old.bmp", "a.png.icolorit.json", "another picture", "torn.png", "none of the 2"})
    CHECK_THAT(complaint, ContainsSubstring(part));
}

TEST_CASE("a session finds its picture beside it under another name") {
  Sandbox sandbox;
  write_image(grey_picture(64, 48, 1), sandbox / "scan.png");
  {
    StudioProcess process(sandbox / "scan.png", sandbox / "data");
    process.client()->Post("/api/pictures/p1/commands", add_hint("tab", 1, "h1", 10), "application/json");
    process.end(SIGTERM);
  }
  std::filesystem::rename(sandbox / "scan.png", sandbox / "uncle.png");
  const StudioProcess process(sandbox / "scan.png.icolorit.json", sandbox / "elsewhere");
  const Json document = Json::parse(process.client()->Get("/api/pictures/p1")->body);
  CHECK(document["name"] == "uncle.png");
  CHECK(document["hints"].size() == 1);

  // And the tool its picture, or a picture of a folder its session.
  sandbox.good("colorize --session scan.png.icolorit.json -o out.png");
  std::filesystem::create_directories(sandbox / "album");
  for (const char* name : {"uncle.png", "scan.png.icolorit.json"})
    std::filesystem::copy_file(sandbox / name, sandbox / "album" / name);
  sandbox.good("colorize album -o album-colored");
  CHECK(read_image(sandbox / "album-colored" / "uncle.png") == read_image(sandbox / "out.png"));
  {
    const StudioProcess other(sandbox / "album" / "uncle.png", sandbox / "other");
    CHECK(Json::parse(other.client()->Get("/api/pictures/p1")->body)["hints"].size() == 1);
  }
  write_file(sandbox / "album" / "uncle.hints.json", std::string_view(R"({"hints": []})"));
  CHECK_THAT(sandbox.run("colorize album -o by-hints").err,
             ContainsSubstring("is not used, because \"uncle.hints.json\" is there, too"));
  std::filesystem::rename(sandbox / "album" / "scan.png.icolorit.json", sandbox / "album" / "uncle.png.icolorit.json");
  CHECK_THAT(sandbox.run("colorize album -o by-both").err,
             ContainsSubstring("is not used, because \"uncle.hints.json\" is there, too"));
  std::filesystem::remove(sandbox / "album" / "uncle.png");
  CHECK_THAT(sandbox.bad(1, "colorize --session album/uncle.png.icolorit.json -o lost.png"),
             ContainsSubstring("is not beside it: put it there, or name it"));
}

TEST_CASE("a second studio for a picture says where the first one is") {
  Sandbox sandbox;
  write_image(grey_picture(64, 48, 1), sandbox / "scan.png");
  StudioProcess process(sandbox / "scan.png", sandbox / "data");
  process.client()->Post("/api/pictures/p1/commands", add_hint("tab", 1, "h1", 10), "application/json");
  CHECK_THAT(sandbox.bad(1, "studio scan.png --no-browser --data data"),
             ContainsSubstring("go on at " + process.url()));
}

TEST_CASE("icolorit studio refuses what it cannot do with one sentence") {
  Sandbox sandbox;
  std::filesystem::create_directories(sandbox / "empty");
  CHECK_THAT(sandbox.bad(1, "studio empty --no-browser"), ContainsSubstring("no pictures in"));
  sandbox.bad(1, "studio missing.png --no-browser");
  write_file(sandbox / "text.png", std::string_view("no picture"));
  sandbox.bad(1, "studio text.png --no-browser");
  CHECK_THAT(sandbox.bad(2, "studio --no-browser --listen 0.0.0.0"), ContainsSubstring("--password-file"));
  sandbox.bad(2, "studio --no-browser --port 70000");
}
