// The routes that show a picture, and say something about its colours.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "api.hpp"
#include "icolorit/image/metrics/ciede2000.hpp"
#include "icolorit/io/companion_files.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/studio/export_picture.hpp"
#include "icolorit/studio/hint_file_color.hpp"
#include "percent_encoding.hpp"

namespace icolorit::studio {

namespace {

constexpr std::string_view quality_names[] = {"none", "fast", "best"};

std::string_view name_of(Quality quality) { return quality_names[static_cast<std::size_t>(quality)]; }

Point place_in(const HttpRequest& request, const Image& original) {
  const Point place{request.number("x"), request.number("y")};
  const auto width = static_cast<double>(original.width()), height = static_cast<double>(original.height());
  if (place.x >= 0 && place.y >= 0 && place.x <= width && place.y <= height) return place;
  throw ArgumentError(
      concat("the place (", place.x, ",", place.y, ") lies outside the picture of ", width, " x ", height, " pixels"));
}

std::string as_string(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string as_string(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Where the query says nothing else, the whole picture.
ViewPart part_of(const HttpRequest& request, const Image& original) {
  return {request.number_or("x", 0),
          request.number_or("y", 0),
          request.number_or("w", static_cast<double>(original.width())),
          request.number_or("h", static_cast<double>(original.height())),
          request.integer("width", 1, 8192),
          request.integer("height", 1, 8192)};
}

/// Colours like #c8402e, parted by commas.
std::vector<Lab<float>> color_list(std::string_view text) {
  constexpr std::size_t most = 24;
  std::vector<Lab<float>> colors;
  while (!text.empty()) {
    if (colors.size() == most) throw ArgumentError(concat("reference has more than ", most, " colours"));
    const std::size_t end = std::min(text.find(','), text.size());
    colors.push_back(parse_color(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return colors;
}

HttpAnswer frame_answer(const ViewAnswer& shown) {
  HttpAnswer answer = byte_answer(as_string(shown.rgb));
  answer.headers = {{"X-Version", std::to_string(shown.version)},
                    {"X-Quality", std::string(name_of(shown.quality))},
                    {"X-Milliseconds", concat(shown.milliseconds)}};
  return answer;
}

}  // namespace

HttpAnswer Api::view(const HttpRequest& request, const std::string& id) {
  const Image& original = *studio_.find(id)->original();
  ViewRequest view;
  view.part = part_of(request, original);
  view.layer = static_cast<ViewLayer>(request.choice("layer", {"result", "grey", "original"}, 0));
  view.quality = static_cast<Quality>(1 + request.choice("quality", {"fast", "best"}, 0));
  view.version = request.integer_or("version", 0, std::int64_t{1} << 53, 0);
  view.client = request.text("client").substr(0, DocumentLimits::id_length);
  view.view = request.text("view", "main").substr(0, DocumentLimits::id_length);
  return frame_answer(studio_.view(id, view));
}

/// What two requests would do, a transient one of commands and one of a view: while something is dragged, each costs
/// time.
HttpAnswer Api::preview(const HttpRequest& request, const std::string& id) {
  const auto picture = studio_.find(id);
  ViewRequest view;
  view.part = part_of(request, *picture->original());
  expect_visible(view.part, picture->original()->width(), picture->original()->height());
  CommandRequest commands = parse_command_request(request.json());
  commands.transient = true;
  studio_.execute(id, commands);
  view.version = picture->version();
  view.client = commands.client;
  view.view = "preview";
  return frame_answer(studio_.view(id, view));
}

HttpAnswer Api::events(const HttpRequest& request, const std::string& id) {
  constexpr std::chrono::seconds longest{20};
  const auto version = request.integer_or("version", 0, std::int64_t{1} << 53, 0);
  const auto quality = static_cast<Quality>(request.choice("quality", {"none", "fast", "best"}, 0));
  Studio::Known known{version, quality};
  if (request.query.contains("saved")) known.saved = request.choice("saved", {"false", "true"}, 0) == 1;
  const auto picture = studio_.find(id);
  const Rendition newest = studio_.wait_for_news(id, known, longest);
  return json_answer({{"version", newest.version},
                      {"quality", name_of(newest.quality)},
                      {"document", picture->version()},
                      {"saved", picture->saved()},
                      {"milliseconds", newest.milliseconds}});
}

HttpAnswer Api::pixel(const HttpRequest& request, const std::string& id) {
  const Image& original = *studio_.find(id)->original();
  const Point place = place_in(request, original);
  const auto [x, y] = pixel_at(place, original.width(), original.height());
  ViewRequest view;  // the one pixel
  view.part = {static_cast<double>(x), static_cast<double>(y), 1, 1, 1, 1};
  view.client = request.text("client").substr(0, DocumentLimits::id_length);
  view.view = "pixel";
  const std::vector<std::uint8_t> rgb = studio_.view(id, view).rgb;
  const Lab<float> shown = Rgb<std::uint8_t>{rgb[0], rgb[1], rgb[2]};
  Json result{{"L", pixel_lightness(original, y, x)}};
  put_color(result, shown);
  result["network"] = to_hex(hint_color({0, 0, clamp_to_gamut(advice_.network_color(id, place))}));
  return json_answer(result);
}

HttpAnswer Api::possible(const HttpRequest& request, const std::string& id) {
  const Image& original = *studio_.find(id)->original();
  const Point place = place_in(request, original);
  const auto [x, y] = pixel_at(place, original.width(), original.height());
  constexpr double most = 160;
  const auto number = [&](const char* name) {
    const double value = request.number(name);
    if (!(std::abs(value) <= most)) throw ArgumentError(concat(name, " is ", value, ", expected -160 to 160"));
    return static_cast<float>(value);
  };
  const bool exact = request.query.contains("a") || request.query.contains("b");
  const Lab<float> asked = exact ? Lab<float>{0, number("a"), number("b")} : parse_color(request.text("color"));
  const Lab<float> wanted{pixel_lightness(original, y, x), asked.a, asked.b};
  const Lab<float> got = clamp_to_gamut(wanted);
  Json result{{"L", got.l}, {"delta_e", difference(wanted, got)}};
  put_color(result, got);
  return json_answer(result);
}

HttpAnswer Api::suggestions(const HttpRequest& request, const std::string& id) {
  const Image& original = *studio_.find(id)->original();
  Json list = Json::array();
  for (const Suggestion& suggestion : advice_.suggestions(
           id, place_in(request, original),
           {.palette = swatches(request.text("palette")), .reference = color_list(request.text("reference"))})) {
    Json item{{"name", suggestion.name}, {"why", suggestion.why}};
    put_color(item, suggestion.color);
    list.push_back(std::move(item));
  }
  return json_answer({{"suggestions", std::move(list)}});
}

HttpAnswer Api::next(const HttpRequest&, const std::string& id) {
  Json places = Json::array();
  for (const Advice::Place& place : advice_.next_places(id))
    places.push_back({{"x", place.place.x}, {"y", place.place.y}, {"weight", place.weight}});
  return json_answer({{"places", std::move(places)}});
}

HttpAnswer Api::influence(const HttpRequest& request, const std::string& id) {
  constexpr Index most = 2048;
  const Index width = request.integer("width", 1, most), height = request.integer("height", 1, most);
  return byte_answer(as_string(advice_.influence(id, request.text("hint"), width, height)));
}

HttpAnswer Api::exported(const HttpRequest& request, const std::string& id) {
  const auto picture = studio_.find(id);
  const Image& original = *picture->original();
  enum What { whole, hints, session, l, ab, color, both };
  const auto what = static_cast<What>(
      request.choice("what", {"picture", "hints", "session", "l", "ab", "color_layer", "before_after"}, whole));
  const std::string name = std::filesystem::path(picture->name()).stem().string();
  const auto file = [&](std::string bytes, std::string_view ending) {
    HttpAnswer answer = byte_answer(std::move(bytes));
    answer.headers.push_back(attachment(concat(name, ending)));
    return answer;
  };
  if (what == session) return file(picture->session_text(), session_ending);
  if (what == hints) {
    const ActingHints acting = acting_hints(picture->snapshot().document, *picture->masks(), original);
    std::vector<Hint> all = acting.outside;
    for (const auto& inside : acting.inside) all.insert(all.end(), inside.begin(), inside.end());
    for (Hint& hint : all) hint.color = hint_file_color(hint.color);
    return file(format_hints(all, original.width(), original.height()), hint_file_ending);
  }

  const std::vector<ImageFormat> formats = image_formats();
  std::vector<std::string_view> words;
  std::ranges::transform(formats, std::back_inserter(words), word_for);
  const ImageFormat format = formats[request.choice("format", words, 0)];
  const bool deep = holds_deep_samples(format);
  const std::int64_t bits = request.integer_or("bits", 8, 16, deep ? original.bits() : 8);
  if (bits != 8 && bits != 16) throw ArgumentError(concat("bits is ", bits, ", expected 8 or 16"));
  if (bits == 16 && !deep) throw ArgumentError("JPEG and WebP hold 8 bits: choose png or tiff for 16");
  if (what == color && format == ImageFormat::jpeg)
    throw ArgumentError("JPEG has no transparency: choose png, tiff or webp for the colour layer");
  const auto quality = static_cast<int>(request.integer_or("jpeg_quality", 1, 100, 95));
  const std::shared_ptr<const Image> colored = studio_.best(id, static_cast<int>(bits));

  constexpr std::string_view parts[] = {"-colored", "", "", "-L", "-ab", "-colors", "-before-after"};
  const Image layer = what == l       ? lightness_layer(*colored)
                      : what == ab    ? ab_layer(*colored)
                      : what == color ? color_layer(*colored, original)
                      : what == both  ? before_after(*colored, original)
                                      : *colored;
  const bool flat = format == ImageFormat::jpeg && layer.has_alpha();
  const WriteOptions options =
      export_options(picture->metadata(), picture->snapshot().document, studio_.settings().model,
                     what != whole && what != both, {.quality = quality, .lossless = what == color});
  const std::vector<std::byte> bytes =
      encode_image(flat ? converted(layer, layer.channels() - 1, layer.bits()) : layer, format, options);
  return file(as_string(bytes), concat(parts[what], ending_of(format)));
}

}  // namespace icolorit::studio
