// A studio that serves, in this process, with a small network and a folder of its own.
#pragma once

#include <memory>
#include <string>

#include "icolorit/io/image_file.hpp"
#include "icolorit/models/colorizer.hpp"
#include "server.hpp"
#include "support/catch.hpp"
#include "support/pictures.hpp"
#include "support/small_model.hpp"

// Last, because a system header that it includes defines macros which Eigen's headers do not survive.
#include <httplib.h>

namespace icolorit::test {

using studio::Json;

inline std::string bytes_of(const Image& image, ImageFormat format = ImageFormat::png) {
  const std::vector<std::byte> bytes = encode_image(image, format);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class RunningStudio {
 public:
  explicit RunningStudio(const studio::ServerOptions& options = {.port = 0}, int threads = 2)
      : studio_([](const studio::EngineSettings&, studio::Quality) { return Colorizer(small_model()); },
                {.model = "small", .fast_model = "small"}, threads),
        shelf_(studio_, folder.path() / "data"),
        api_(studio_, shelf_, {{"small", "optimization"}, {"f32"}, {"cpu"}}),
        server_(std::make_unique<studio::Server>(api_, options)),
        client_("127.0.0.1", server_->port()) {
    client_.set_default_headers({{"X-Icolorit-Token", server_->token()}});
    client_.set_keep_alive(true);
    client_.set_read_timeout(60);
  }
  ~RunningStudio() {
    client_.stop();
    studio_.loop().end_waiting();
  }

  TemporaryFolder folder;

  int port() const { return server_->port(); }
  const std::string& token() const { return server_->token(); }
  std::string url() const { return server_->url(); }
  httplib::Client& client() { return client_; }
  studio::Studio& desk() { return studio_; }
  studio::Shelf& shelf() { return shelf_; }

  /// The answer's JSON, which must have this status.
  Json get(const std::string& path, int status = 200) { return checked(client_.Get(path), path, status); }
  Json post(const std::string& path, const std::string& body, int status = 200, const httplib::Headers& headers = {}) {
    return checked(client_.Post(path, headers, body, "application/octet-stream"), path, status);
  }
  Json put(const std::string& path, const Json& body, int status = 200) {
    return checked(client_.Put(path, body.dump(), "application/json"), path, status);
  }
  Json remove(const std::string& path, int status = 200) { return checked(client_.Delete(path), path, status); }

  /// Raw bytes.
  httplib::Result raw(const std::string& path) { return client_.Get(path); }

  /// Opens a picture and returns "/api/pictures/ID".
  std::string open(const Image& picture, const std::string& name = "photo.png") {
    return "/api/pictures/" +
           post("/api/pictures", bytes_of(picture), 200, {{"X-File-Name", name}})["id"].get<std::string>();
  }
  Json commands(const std::string& picture, Json list, int status = 200, bool transient = false) {
    return post(
        picture + "/commands",
        Json{{"client", "tab"}, {"number", ++number_}, {"transient", transient}, {"commands", std::move(list)}}.dump(),
        status);
  }
  Json hint(const std::string& picture, const std::string& id, double x, double y, const char* color = "#c04030") {
    return commands(picture, Json::array({{{"do", "add_hint"}, {"id", id}, {"x", x}, {"y", y}, {"color", color}}}));
  }

 private:
  static Json checked(const httplib::Result& result, const std::string& path, int status) {
    INFO(path << (result ? ": " + result->body.substr(0, 300) : ": no answer"));
    REQUIRE(result);
    REQUIRE(result->status == status);
    const Json value = Json::parse(result->body);
    if (status >= 400) {
      REQUIRE(value.contains("error"));
      REQUIRE(value["error"].get<std::string>().size() <= 300);
    }
    return value;
  }

  studio::Studio studio_;
  studio::Shelf shelf_;
  studio::Api api_;
  std::unique_ptr<studio::Server> server_;
  httplib::Client client_;
  std::int64_t number_ = 0;
};

}  // namespace icolorit::test
