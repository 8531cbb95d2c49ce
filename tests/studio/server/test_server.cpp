// The server towards clients that mean no good, or are slow.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "running_studio.hpp"
#include "support/catch.hpp"

namespace {

using namespace icolorit;
using namespace icolorit::test;

/// A connection that sends what it is told to, and nothing else.
class RawConnection {
 public:
  explicit RawConnection(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  RawConnection(RawConnection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~RawConnection() {
    if (socket_ >= 0) close(socket_);
  }
  void send(const std::string& text) const {
    REQUIRE(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == std::ssize(text));
  }
  /// What the server says until it closes, or stops for some seconds.
  std::string receive() const {
    const timeval wait{8, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    std::string text;
    char bytes[4096];
    for (ssize_t count; (count = recv(socket_, bytes, sizeof bytes, 0)) > 0;)
      text.append(bytes, static_cast<std::size_t>(count));
    return text;
  }

 private:
  int socket_;
};

httplib::Result get_with(const RunningStudio& running, const httplib::Headers& headers,
                         const std::string& path = "/api/state") {
  httplib::Client client("127.0.0.1", running.port());
  return client.Get(path, headers);
}

}  // namespace

TEST_CASE("without the token of this start nothing is told and nothing done") {
  RunningStudio running;
  const std::string picture = running.open(grey_picture(60, 40, 1));
  CHECK(get_with(running, {})->status == 401);
  CHECK(get_with(running, {{"X-Icolorit-Token", std::string(32, '0')}})->status == 401);
  CHECK(get_with(running, {{"X-Icolorit-Token", running.token() + "0"}})->status == 401);
  CHECK(get_with(running, {{"X-Icolorit-Token", running.token()}})->status == 200);
  httplib::Client client("127.0.0.1", running.port());
  CHECK(client.Post(picture + "/commands", "{}", "application/json")->status == 401);
  CHECK(client.Delete(picture)->status == 401);
  CHECK(running.get("/api/state")["pictures"].size() == 1);
}

TEST_CASE("another host's name, and another site's page, are refused") {
  RunningStudio running;
  const std::string port = std::to_string(running.port());
  const std::string token = running.token();
  CHECK(get_with(running, {{"X-Icolorit-Token", token}, {"Host", "evil.example:" + port}})->status == 421);
  CHECK(get_with(running, {{"Host", "evil.example"}}, "/")->status == 421);
  CHECK(get_with(running, {{"X-Icolorit-Token", token}, {"Host", "localhost:" + port}})->status == 200);
  CHECK(get_with(running, {{"X-Icolorit-Token", token}, {"Origin", "http://evil.example"}})->status == 403);
  CHECK(get_with(running, {{"X-Icolorit-Token", token}, {"Origin", "null"}})->status == 403);
  CHECK(get_with(running, {{"X-Icolorit-Token", token}, {"Origin", "http://127.0.0.1:" + port}})->status == 200);
}

TEST_CASE("every answer forbids scripts from elsewhere, and allows no other site to read it") {
  RunningStudio running;
  for (const char* path : {"/", "/api/state", "/nothing", "/api/nothing"}) {
    const auto answer = get_with(running, {{"X-Icolorit-Token", running.token()}}, path);
    REQUIRE(answer);
    CHECK_THAT(answer->get_header_value("Content-Security-Policy"), ContainsSubstring("default-src 'self'"));
    CHECK_THAT(answer->get_header_value("Content-Security-Policy"), !ContainsSubstring("unsafe"));
    CHECK(answer->get_header_value("X-Content-Type-Options") == "nosniff");
    CHECK_FALSE(answer->has_header("Access-Control-Allow-Origin"));
  }
}

TEST_CASE("unknown addresses and methods are refused by name") {
  RunningStudio running;
  running.get("/api/nothing", 404);
  running.get("/api/pictures/p1/../../state", 404);
  running.put("/api/state", {}, 405);
  running.remove("/api/state", 405);
  running.get("/../../../etc/passwd", 404);
  running.get("/%2e%2e/%2e%2e/etc/passwd", 404);
}

TEST_CASE("the page can be served from a folder, and nothing outside of it") {
  TemporaryFolder page;
  std::ofstream(page / "index.html") << "<!doctype html><title>test</title>";
  std::ofstream(page / "modules/view.js") << "export const x = 1;";
  RunningStudio running({.port = 0, .address = {}, .password = {}, .page = page.path()});
  const auto index = running.raw("/");
  CHECK(index->status == 200);
  CHECK(index->get_header_value("Content-Type") == "text/html; charset=utf-8");
  CHECK(running.raw("/modules/view.js")->get_header_value("Content-Type") == "text/javascript; charset=utf-8");
  CHECK(running.raw("/modules/../../x")->status == 404);
  CHECK(running.raw("/modules")->status == 404);
}

TEST_CASE("clients that connect and say nothing, or half of something, keep nobody waiting") {
  RunningStudio running;
  std::vector<RawConnection> idle;
  for (int i = 0; i < 150; ++i) {
    idle.emplace_back(running.port());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // the queue of those to be accepted is short
    if (i % 3 == 1) idle.back().send("GET /api/state HTTP/1.1\r\nHost: 127");
    if (i % 3 == 2) idle.back().send("POST /api/pictures HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nabc");
  }
  const auto start = std::chrono::steady_clock::now();
  running.get("/api/state");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));  // a time-out would take 5
}

TEST_CASE("requests that are no HTTP, or larger than allowed, end with an error and not the server") {
  RunningStudio running;
  const std::string host =
      concat("Host: 127.0.0.1:", running.port(), "\r\nX-Icolorit-Token: ", running.token(), "\r\n");
  const std::string too_large = concat("POST /api/palettes/import HTTP/1.1\r\n", host,
                                       "Content-Length: ", std::size_t{9} << 20, "\r\nConnection: close\r\n\r\n");
  for (const std::string& text :
       {std::string("nonsense\r\n\r\n"), "GET " + std::string(20'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n",
        "GET /api/state HTTP/1.1\r\n" + host + "X: " + std::string(20'000, 'b') + "\r\n\r\n"}) {
    RawConnection connection(running.port());
    connection.send(text);
    const std::string answer = connection.receive();
    INFO(answer.substr(0, 200));
    CHECK((answer.empty() || answer.starts_with("HTTP/1.1 4")));
  }
  RawConnection connection(running.port());
  connection.send(too_large + std::string(std::size_t{9} << 20, 'x'));
  CHECK_THAT(connection.receive().substr(0, 40), ContainsSubstring("413"));
  running.get("/api/state");
}

TEST_CASE("other addresses need a password, which is then asked for") {
  CHECK_THROWS_WITH(RunningStudio({.port = 0, .address = "0.0.0.0", .password = {}, .page = {}}),
                    ContainsSubstring("--password-file"));
  RunningStudio running({.port = 0, .address = "0.0.0.0", .password = "pass word", .page = {}});
  const httplib::Headers token{{"X-Icolorit-Token", running.token()}};
  httplib::Client client("127.0.0.1", running.port());
  CHECK(client.Get("/api/state", token)->status == 401);
  CHECK(client.Get("/", token)->has_header("WWW-Authenticate"));
  client.set_basic_auth("icolorit", "wrong");
  CHECK(client.Get("/api/state", token)->status == 401);
  client.set_basic_auth("icolorit", "pass word");
  CHECK(client.Get("/api/state", token)->status == 200);
}

TEST_CASE("without a port the first free one of a few is taken, so that a page finds what it kept") {
  const auto within = [](int port) {
    return port >= studio::ServerOptions::first_port && port <= studio::ServerOptions::last_port;
  };
  bool again = false;  // another program may take the port between the two
  for (int attempt = 0; attempt < 10 && !again; ++attempt) {
    int first = 0;
    {
      RunningStudio running(studio::ServerOptions{});
      first = running.port();
      CHECK(within(first));
      RunningStudio beside(studio::ServerOptions{});
      CHECK(within(beside.port()));
      CHECK(beside.port() > first);
    }
    again = RunningStudio(studio::ServerOptions{}).port() == first;
  }
  CHECK(again);
}

TEST_CASE("a port that is taken is said so") {
  RunningStudio running;
  CHECK_THROWS_WITH(RunningStudio({.port = running.port(), .address = {}, .password = {}, .page = {}}),
                    ContainsSubstring("cannot listen"));
}

TEST_CASE("the loopback interface of IPv6 is served, too, where there is one") {
  RunningStudio running;
  httplib::Client client("::1", running.port());
  const auto answer = client.Get("/api/state", {{"X-Icolorit-Token", running.token()}});
  if (!answer) {
    WARN("SKIPPED: there is no ::1 here");
    return;
  }
  CHECK(answer->status == 200);
}
