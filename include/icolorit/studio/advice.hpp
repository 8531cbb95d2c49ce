// Advice: what the studio can say about a picture before a person decides: colours, places, influences.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/image/resize.hpp"
#include "icolorit/studio/scout.hpp"
#include "icolorit/studio/studio.hpp"
#include "icolorit/studio/suggestions.hpp"

namespace icolorit::studio {

/// Works between renders on the studio's rendering thread. Keeps engines for the picture that was asked about last.
/// Threads may share it; all functions throw UnknownPicture, and ArgumentError for places outside the picture.
class Advice {
  /// Everything that is kept of one picture.
  struct Cache {
    Cache(Scout own, std::string id, EngineSettings of)
        : scout(std::move(own)), picture(std::move(id)), settings(std::move(of)) {}
    Scout scout;
    std::string picture;
    EngineSettings settings;
    std::optional<ScoutedColors> none;
    std::vector<Hint> hints;  // that the variants are of
    std::optional<ScoutedVariants> variants;
  };

  /// f(cache) on the rendering thread.
  template <class F>
  auto with_scout(const PictureSession& picture, F f) {
    return studio_.loop().run_between([&](const MakeColorizer& make, const EngineSettings& settings) {
      if (!cache_ || cache_->picture != picture.id() || cache_->settings != settings) {
        cache_.reset();
        std::optional<AnyColorizer> other;
        if (!settings.one_model()) other = make(settings, Quality::best);
        cache_.emplace(
            Scout(make(settings, Quality::fast), make(settings, Quality::fast), std::move(other), *picture.original()),
            picture.id(), settings);
      }
      return f(*cache_);
    });
  }

  template <class F>
  auto with_variants(const PictureSession& picture, F f) {
    const ActingHints acting = acting_hints(picture.snapshot().document, *picture.masks(), *picture.original());
    std::vector<Hint> hints = acting.outside;
    for (const auto& inside : acting.inside) hints.insert(hints.end(), inside.begin(), inside.end());
    return with_scout(picture, [&](Cache& cache) {
      if (!cache.variants || cache.hints != hints) {
        cache.variants = cache.scout.variants(hints);
        cache.hints = hints;
      }
      return f(std::as_const(*cache.variants));
    });
  }

 public:
  explicit Advice(Studio& studio) : studio_(studio) {}

  /// Colours that suggestions may be drawn from, besides what the picture itself says.
  struct Sources {
    std::vector<Swatch> palette{};
    std::vector<Lab<float>> reference{};  ///< main colours of a reference picture
  };
  /// The colours that suit a place.
  std::vector<Suggestion> suggestions(const std::string& id, Point place, const Sources& others) {
    const std::shared_ptr<PictureSession> picture = studio_.find(id);
    const Image& original = *picture->original();
    expect_place(place, original);
    const auto [x, y] = pixel_at(place, original.width(), original.height());
    SuggestionSources sources{.lightness = pixel_lightness(original, y, x)};
    const auto [variants, at_y, at_x] =
        with_variants(*picture, [&, row = y, column = x](const ScoutedVariants& scouted) {
          return std::tuple(scouted, rescale_position(row, original.height(), scouted.all.height),
                            rescale_position(column, original.width(), scouted.all.width));
        });
    const auto color_of = [&, row = at_y, column = at_x](const ScoutedColors& colors) {
      return Lab<float>{sources.lightness, colors.at(0, row, column), colors.at(1, row, column)};
    };
    sources.model = color_of(variants.none);
    sources.variants.push_back(color_of(variants.all));
    for (const ScoutedColors& other : variants.others) sources.variants.push_back(color_of(other));
    const Document document = picture->snapshot().document;
    for (const PointMark& hint : document.hints)
      if (!hint.hidden) sources.hints.push_back({hint_of(hint, hint.place, original).color, hint.name});
    for (const Swatch& swatch : others.palette) sources.swatches.push_back({swatch.color, swatch.name});
    for (const Lab<float>& color : others.reference) sources.reference.push_back({color, ""});
    return studio::suggestions(sources);
  }

  /// What the engine paints at a place without any hint, at the place's own lightness.
  Lab<float> network_color(const std::string& id, Point place) {
    const std::shared_ptr<PictureSession> picture = studio_.find(id);
    const Image& original = *picture->original();
    expect_place(place, original);
    const auto [x, y] = pixel_at(place, original.width(), original.height());
    return with_scout(*picture, [&, row = y, column = x](Cache& cache) -> Lab<float> {
      if (!cache.none) cache.none = cache.scout.colors({});
      const Index at_y = rescale_position(row, original.height(), cache.none->height);
      const Index at_x = rescale_position(column, original.width(), cache.none->width);
      return {pixel_lightness(original, row, column), cache.none->at(0, at_y, at_x), cache.none->at(1, at_y, at_x)};
    });
  }

  /// A place of the picture and how unsure the engine is there, Lab units.
  struct Place {
    Point place;
    float weight = 0;
  };
  /// Where a hint would help most, the best first.
  std::vector<Place> next_places(const std::string& id) {
    const std::shared_ptr<PictureSession> picture = studio_.find(id);
    const Image& original = *picture->original();
    return with_variants(*picture, [&](const ScoutedVariants& variants) {
      std::vector<Place> places;
      for (const UnsurePlace& unsure : unsure_places(variants)) {
        const auto full = [](Index at, Index small, Index large) {
          return static_cast<double>(rescale_position(at, small, large)) + .5;
        };
        places.push_back({{full(unsure.x, variants.all.width, original.width()),
                           full(unsure.y, variants.all.height, original.height())},
                          unsure.weight});
      }
      return places;
    });
  }

  /// How much one hint or stroke changes, (height,width): 255 is a distance of 50 in ab, or more. A mark inside a
  /// region is taken out of the region's own hints, and shows nothing outside. Throws ArgumentError for an unknown
  /// mark.
  std::vector<std::uint8_t> influence(const std::string& id, const std::string& mark, Index width, Index height) {
    const std::shared_ptr<PictureSession> picture = studio_.find(id);
    const Image& original = *picture->original();
    Document with = picture->snapshot().document;
    Document without = with;
    const auto is_it = [&](const Mark& candidate) { return candidate.id == mark; };
    if (std::erase_if(without.hints, is_it) + std::erase_if(without.strokes, is_it) == 0)
      throw ArgumentError(concat("there is no hint \"", mark.substr(0, 40), "\""));
    const ActingHints all = acting_hints(with, *picture->masks(), original);
    const ActingHints rest = acting_hints(without, *picture->masks(), original);
    std::size_t region = 0;
    while (region < all.inside.size() && all.inside[region] == rest.inside[region]) ++region;
    const bool inside = region < all.inside.size();
    const auto [before, after] = with_scout(*picture, [&](Cache& cache) {
      return std::pair(cache.scout.colors(inside ? all.inside[region] : all.outside),
                       cache.scout.colors(inside ? rest.inside[region] : rest.outside));
    });
    std::vector<float> map(static_cast<std::size_t>(before.height * before.width));
    for (Index y = 0; y < before.height; ++y)
      for (Index x = 0; x < before.width; ++x) {
        const float away = std::hypot(before.at(0, y, x) - after.at(0, y, x), before.at(1, y, x) - after.at(1, y, x));
        map[static_cast<std::size_t>(y * before.width + x)] = away * 255 / 50;
      }
    if (inside) mask_out(map, before, *picture->masks()->mask(with.regions[region]));
    return resized(map, before, width, height);
  }

 private:
  static void expect_place(Point place, const Image& original) {
    if (place.x >= 0 && place.y >= 0 && place.x <= static_cast<double>(original.width()) &&
        place.y <= static_cast<double>(original.height()))
      return;
    throw ArgumentError(concat("the place (", place.x, ",", place.y, ") lies outside the picture of ", original.width(),
                               " x ", original.height(), " pixels"));
  }

  static void mask_out(std::vector<float>& map, const ScoutedColors& size, const Mask& mask) {
    const Point picture{static_cast<double>(size.width), static_cast<double>(size.height)};
    for (Index y = 0; y < size.height; ++y)
      for (Index x = 0; x < size.width; ++x)
        map[static_cast<std::size_t>(y * size.width + x)] *=
            mask.at({static_cast<double>(x) + .5, static_cast<double>(y) + .5}, picture);
  }

  static std::vector<std::uint8_t> resized(const std::vector<float>& map, const ScoutedColors& size, Index width,
                                           Index height) {
    std::vector<float> large(static_cast<std::size_t>(width * height));
    resize_bilinear<float>({large.data(), {1, height, width}}, {map.data(), {1, size.height, size.width}});
    std::vector<std::uint8_t> bytes;
    bytes.reserve(large.size());
    for (const float value : large) bytes.push_back(static_cast<std::uint8_t>(std::clamp(value + .5f, 0.f, 255.f)));
    return bytes;
  }

  Studio& studio_;
  std::optional<Cache> cache_;  // the rendering thread's own
};

}  // namespace icolorit::studio
