#include "api.hpp"

#include <algorithm>
#include <new>

#include "icolorit/core/config.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/image_format.hpp"
#include "icolorit/studio/palette_file.hpp"
#include "percent_encoding.hpp"

namespace icolorit::studio {

struct Api::Route {
  std::string_view method, path;  // {id} stands for one part of the path
  std::size_t body_limit;
  HttpAnswer (Api::*handle)(const HttpRequest&, const std::string& id);
};

namespace {

constexpr std::size_t small_body = std::size_t{1} << 20, large_body = std::size_t{8} << 20;
constexpr std::size_t most_recent_colors = 24;

/// Whether the path is one of the pattern, and the part of it that stands for {id}.
bool matches(std::string_view pattern, std::string_view path, std::string& id) {
  constexpr std::string_view place = "{id}";
  const std::size_t at = pattern.find(place);
  if (at == pattern.npos) return path == pattern;
  const std::string_view before = pattern.substr(0, at), after = pattern.substr(at + place.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
  id = path.substr(before.size(), path.size() - before.size() - after.size());
  return id.find('/') == id.npos;
}

/// f(), whose errors become answers with the status that fits.
template <class F>
HttpAnswer guarded(F&& f) {
  try {
    return f();
  } catch (const HttpError& error) {
    return error_answer(error.status(), error.what());
  } catch (const UnknownPicture& error) {
    return error_answer(404, error.what());
  } catch (const Overtaken& error) {
    return error_answer(409, error.what());
  } catch (const TooLate& error) {
    return error_answer(503, error.what());
  } catch (const FileError& error) {
    return error_answer(507, error.what());
  } catch (const Error& error) {  // arguments, formats, weights: the request asked for what cannot be
    return error_answer(422, error.what());
  } catch (const std::bad_alloc&) {
    return error_answer(507, "there is not enough memory for this: close a picture, or use a smaller one");
  } catch (const std::exception& error) {
    return error_answer(500, concat("this should not happen, please report it: ", error.what()));
  }
}

}  // namespace

const std::vector<Api::Route>& Api::table() {
  static const std::vector<Route> routes{{"GET", "/api/state", 0, &Api::state},
                                         {"PUT", "/api/settings", small_body, &Api::put_settings},
                                         {"POST", "/api/pictures", UploadLimits::bytes, &Api::open},
                                         {"GET", "/api/pictures/{id}", 0, &Api::document},
                                         {"DELETE", "/api/pictures/{id}", 0, &Api::close},
                                         {"POST", "/api/pictures/{id}/commands", large_body, &Api::commands},
                                         {"GET", "/api/pictures/{id}/view", 0, &Api::view},
                                         {"POST", "/api/pictures/{id}/preview", large_body, &Api::preview},
                                         {"GET", "/api/pictures/{id}/events", 0, &Api::events},
                                         {"GET", "/api/pictures/{id}/pixel", 0, &Api::pixel},
                                         {"GET", "/api/pictures/{id}/possible", 0, &Api::possible},
                                         {"GET", "/api/pictures/{id}/suggestions", 0, &Api::suggestions},
                                         {"GET", "/api/pictures/{id}/next", 0, &Api::next},
                                         {"GET", "/api/pictures/{id}/influence", 0, &Api::influence},
                                         {"GET", "/api/pictures/{id}/export", 0, &Api::exported},
                                         {"GET", "/api/palettes", 0, &Api::palettes},
                                         {"PUT", "/api/palettes", large_body, &Api::put_palettes},
                                         {"POST", "/api/palettes/import", large_body, &Api::import_palettes},
                                         {"GET", "/api/palettes/export", 0, &Api::export_palette}};
  return routes;
}

std::vector<std::string> Api::routes() {
  std::vector<std::string> names;
  for (const Route& route : table()) names.push_back(concat(route.method, ' ', route.path));
  return names;
}

std::size_t Api::body_limit(std::string_view method, std::string_view path) {
  std::string id;
  for (const Route& route : table())
    if (route.method == method && matches(route.path, path, id)) return route.body_limit;
  return 0;
}

HttpAnswer Api::answer(const HttpRequest& request) {
  bool other_method = false;
  for (const Route& route : table()) {
    std::string id;
    if (!matches(route.path, request.path, id)) continue;
    if (route.method == request.method) return guarded([&] { return (this->*route.handle)(request, id); });
    other_method = true;
  }
  if (other_method) return error_answer(405, "this address does not take this method, see openapi.yaml");
  return error_answer(404, concat("there is nothing at ", request.path.substr(0, 80), ", see openapi.yaml"));
}

HttpAnswer Api::state(const HttpRequest&, const std::string&) {
  Json pictures = Json::array();
  for (const auto& picture : studio_.pictures())
    pictures.push_back({{"id", picture->id()},
                        {"name", picture->name()},
                        {"width", picture->original()->width()},
                        {"height", picture->original()->height()}});
  Json formats = Json::array();
  for (const ImageFormat format : image_formats()) formats.push_back(word_for(format));
  const std::lock_guard lock(mutex_);
  return json_answer(
      {{"version", "icolorit " ICOLORIT_VERSION},
       {"pictures", std::move(pictures)},
       {"settings", settings_json(studio_.settings())},
       {"formats", std::move(formats)},
       {"engines", {{"models", names_.models}, {"precisions", names_.precisions}, {"devices", names_.devices}}},
       {"recent_colors", recent_colors_},
       {"limits",
        {{"upload_bytes", UploadLimits::bytes},
         {"pixels", UploadLimits::pixels},
         {"pictures", UploadLimits::pictures},
         {"hints", DocumentLimits::hints},
         {"strokes", DocumentLimits::strokes},
         {"regions", DocumentLimits::regions},
         {"points", DocumentLimits::points},
         {"commands", DocumentLimits::commands},
         {"palettes", PaletteLimits::palettes},
         {"palette_colors", PaletteLimits::swatches}}}});
}

HttpAnswer Api::put_settings(const HttpRequest& request, const std::string& id) {
  studio_.set_settings(settings_from_json(request.json(), studio_.settings(), names_));
  return state(request, id);
}

HttpAnswer Api::open(const HttpRequest& request, const std::string&) {
  const auto bytes = std::as_bytes(std::span(request.body));
  std::string id;
  if (request.query.contains("into")) {
    id = request.text("into");
    add_hints(id, request.json());
  } else {
    if (bytes.empty())
      throw HttpError(415, "the file is empty, expected a PNG, JPEG, WebP or TIFF picture or a session");
    id = shelf_.open_bytes(percent_decoded(request.header("X-File-Name")), bytes);
  }
  return json_answer(document_json(*studio_.find(id), request.text("client")));
}

void Api::add_hints(const std::string& id, const Json& file) {
  const auto picture = studio_.find(id);
  const Image& original = *picture->original();
  const std::vector<Hint> hints = parse_hints(json::write(file), original.width(), original.height());
  CommandRequest request;
  {
    const std::lock_guard lock(mutex_);
    request.client = "import";
    request.number = std::max(imports_, picture->status("import").number) + 1;
    imports_ = request.number;
  }
  for (std::size_t i = 0; i < hints.size(); ++i)
    request.commands.push_back({{"do", "add_hint"},
                                {"id", concat("import", request.number, '-', i)},
                                {"x", static_cast<double>(hints[i].x) + .5},
                                {"y", static_cast<double>(hints[i].y) + .5},
                                {"color", {{"a", hints[i].color.a}, {"b", hints[i].color.b}}},
                                {"radius", hints[i].radius}});
  studio_.execute(id, request);
}

HttpAnswer Api::document(const HttpRequest& request, const std::string& id) {
  return json_answer(document_json(*studio_.find(id), request.text("client")));
}

HttpAnswer Api::close(const HttpRequest& request, const std::string& id) {
  studio_.close(id);
  return state(request, id);
}

HttpAnswer Api::commands(const HttpRequest& request, const std::string& id) {
  const CommandRequest commands = parse_command_request(request.json());
  studio_.execute(id, commands);
  if (!commands.transient) remember_colors(commands.commands);
  return json_answer(document_json(*studio_.find(id), commands.client));
}

void Api::remember_colors(const Json& commands) {
  const std::lock_guard lock(mutex_);
  for (const Json& command : commands) {
    const Json* const color = json::find(command, "color");
    if (color == nullptr || !color->is_string()) continue;
    const std::string hex = to_hex(parse_color(color->get_ref<const std::string&>()));
    std::erase(recent_colors_, hex);
    recent_colors_.push_front(hex);
    if (recent_colors_.size() > most_recent_colors) recent_colors_.pop_back();
  }
}

HttpAnswer Api::palettes(const HttpRequest&, const std::string&) {
  Json list = Json::array();
  for (const Palette& palette : preset_palettes()) {
    list.push_back(palette_json(palette));
    list.back()["preset"] = true;
  }
  for (const Palette& palette : shelf_.palettes()) list.push_back(palette_json(palette));
  return json_answer({{"palettes", std::move(list)}});
}

HttpAnswer Api::put_palettes(const HttpRequest& request, const std::string& id) {
  std::vector<Palette> own = palettes_from_json(request.json());
  const std::vector<Palette> presets = preset_palettes();
  std::erase_if(own, [&](const Palette& palette) { return std::ranges::find(presets, palette) != presets.end(); });
  shelf_.set_palettes(own);
  return palettes(request, id);
}

HttpAnswer Api::import_palettes(const HttpRequest& request, const std::string& id) {
  std::string name = percent_decoded(request.header("X-File-Name"));
  name = name.substr(0, name.rfind('.'));
  std::vector<Palette> own = shelf_.palettes();
  for (Palette& palette : parse_palettes(std::as_bytes(std::span(request.body)), name.empty() ? "Palette" : name)) {
    std::erase_if(own, [&](const Palette& old) { return old.name == palette.name; });
    own.push_back(std::move(palette));
  }
  if (own.size() > PaletteLimits::palettes)
    throw ArgumentError(concat("there would be ", own.size(), " palettes, at most ", PaletteLimits::palettes,
                               " are kept: remove some first"));
  shelf_.set_palettes(own);
  return palettes(request, id);
}

HttpAnswer Api::export_palette(const HttpRequest& request, const std::string&) {
  const std::string name = request.text("name");
  std::vector<Palette> all = preset_palettes();
  for (Palette& palette : shelf_.palettes()) all.push_back(std::move(palette));
  const auto found = std::ranges::find(all, name, &Palette::name);
  if (found == all.end()) throw HttpError(404, concat("there is no palette \"", name.substr(0, 80), "\""));
  const std::size_t kind = request.choice("format", {"gpl", "ase", "json"}, 0);
  HttpAnswer answer = byte_answer(kind == 0   ? format_gpl(*found)
                                  : kind == 1 ? format_ase(*found)
                                              : Json{{"palettes", Json::array({palette_json(*found)})}}.dump(1));
  constexpr std::string_view endings[] = {".gpl", ".ase", ".json"};
  answer.headers.push_back(attachment(concat(name, endings[kind])));
  return answer;
}

std::vector<Swatch> Api::swatches(const std::string& name) {
  std::vector<Palette> all = preset_palettes();
  for (Palette& palette : shelf_.palettes()) all.push_back(std::move(palette));
  std::vector<Swatch> result;
  for (const Palette& palette : all)
    if (name.empty() || palette.name == name)
      result.insert(result.end(), palette.swatches.begin(), palette.swatches.end());
  return result;
}

}  // namespace icolorit::studio
