// Api: the routes of openapi.yaml over the studio, without HTTP.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_message.hpp"
#include "icolorit/studio/advice.hpp"
#include "icolorit/studio/studio.hpp"
#include "shelf.hpp"

namespace icolorit::studio {

/// Threads may share it.
class Api {
 public:
  Api(Studio& studio, Shelf& shelf, EngineNames names)
      : studio_(studio), shelf_(shelf), advice_(studio), names_(std::move(names)) {}

  /// Never throws but std::bad_alloc: what goes wrong is an answer, too.
  HttpAnswer answer(const HttpRequest& request);

  /// The largest body that a route takes, for a request that was not read yet.
  static std::size_t body_limit(std::string_view method, std::string_view path);

  /// All routes as openapi.yaml writes them, "GET /api/pictures/{id}".
  static std::vector<std::string> routes();

 private:
  struct Route;
  static const std::vector<Route>& table();

  HttpAnswer state(const HttpRequest&, const std::string&);
  HttpAnswer put_settings(const HttpRequest&, const std::string&);
  HttpAnswer open(const HttpRequest&, const std::string&);
  HttpAnswer document(const HttpRequest&, const std::string& id);
  HttpAnswer close(const HttpRequest&, const std::string& id);
  HttpAnswer commands(const HttpRequest&, const std::string& id);
  HttpAnswer view(const HttpRequest&, const std::string& id);
  HttpAnswer preview(const HttpRequest&, const std::string& id);
  HttpAnswer events(const HttpRequest&, const std::string& id);
  HttpAnswer pixel(const HttpRequest&, const std::string& id);
  HttpAnswer possible(const HttpRequest&, const std::string& id);
  HttpAnswer suggestions(const HttpRequest&, const std::string& id);
  HttpAnswer next(const HttpRequest&, const std::string& id);
  HttpAnswer influence(const HttpRequest&, const std::string& id);
  HttpAnswer exported(const HttpRequest&, const std::string& id);
  HttpAnswer palettes(const HttpRequest&, const std::string&);
  HttpAnswer put_palettes(const HttpRequest&, const std::string&);
  HttpAnswer import_palettes(const HttpRequest&, const std::string&);
  HttpAnswer export_palette(const HttpRequest&, const std::string&);

  /// Adds the hints of a hint file to a picture, in one step.
  void add_hints(const std::string& id, const Json& file);
  void remember_colors(const Json& commands);
  std::vector<Swatch> swatches(const std::string& palette);

  Studio& studio_;
  Shelf& shelf_;
  Advice advice_;
  EngineNames names_;
  std::mutex mutex_;
  std::deque<std::string> recent_colors_;
  std::int64_t imports_ = 0;
};

}  // namespace icolorit::studio
