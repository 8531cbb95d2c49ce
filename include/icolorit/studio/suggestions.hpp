// Suggestions: colours that may suit a place, from what the model says, what hints say nearby, a reference picture and
// a palette.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/image/color_names.hpp"
#include "icolorit/image/gamut.hpp"
#include "icolorit/image/hints.hpp"
#include "icolorit/image/metrics/ciede2000.hpp"
#include "icolorit/studio/palette.hpp"

namespace icolorit::studio {

struct Suggestion {
  Lab<float> color;      ///< at the place's lightness, within sRGB
  std::string name;      ///< of the swatch or hint that it comes from, else the nearest name of CSS
  std::string_view why;  ///< model, variant, hint, reference, palette or neutral
};

inline double difference(const Lab<float>& first, const Lab<float>& second) {
  return ciede2000({first.l, first.a, first.b}, {second.l, second.a, second.b});
}

/// The name of CSS whose colour is nearest.
inline std::string_view nearest_color_name(const Lab<float>& color) {
  std::string_view best;
  double least = std::numeric_limits<double>::max();
  for (const auto& [name, code] : color_names) {
    const auto component = [rgb = code](int shift) { return static_cast<std::uint8_t>(rgb >> shift & 0xff); };
    const double away = difference(color, Rgb<std::uint8_t>{component(16), component(8), component(0)});
    if (away >= least) continue;
    least = away;
    best = name;
  }
  return best;
}

/// A colour with a name, which may be empty.
struct NamedColor {
  Lab<float> color;
  std::string name;
};

/// What a place is like, and what is known of colours there.
struct SuggestionSources {
  float lightness = 50;                 ///< of the place
  Lab<float> model{};                   ///< what the engine paints without hints
  std::vector<Lab<float>> variants{};   ///< what it paints under other hints, the likeliest first
  std::vector<NamedColor> hints{};      ///< of the picture, with the lightness of their own places
  std::vector<NamedColor> reference{};  ///< main colours of another picture
  std::vector<NamedColor> swatches{};
};

/// Collects what may be suggested, and leaves out what looks like something that is there already.
class SuggestionList {
 public:
  static constexpr std::size_t most = 9, least = 6;

  explicit SuggestionList(float lightness) : lightness_(lightness) {}

  bool add(const Lab<float>& color, std::string name, std::string_view why) {
    constexpr double alike = 4;
    const Lab<float> possible = clamp_to_gamut(Lab<float>{lightness_, color.a, color.b});
    if (list_.size() == most ||
        std::ranges::any_of(list_, [&](const Suggestion& other) { return difference(possible, other.color) < alike; }))
      return false;
    if (name.empty()) name = nearest_color_name(possible);
    list_.push_back({possible, std::move(name), why});
    return true;
  }

  /// Those whose own lightness is nearest to the place's.
  void add_nearest(const std::vector<NamedColor>& colors, std::size_t count, std::string_view why) {
    std::multimap<float, const NamedColor*> by_distance;
    for (const NamedColor& named : colors) by_distance.emplace(std::abs(named.color.l - lightness_), &named);
    for (const auto& [distance, named] : by_distance) {
      if (count == 0) return;
      count -= add(named->color, named->name, why) ? 1 : 0;
    }
  }

  std::size_t size() const { return list_.size(); }
  std::vector<Suggestion> take() { return std::move(list_); }

 private:
  float lightness_;
  std::vector<Suggestion> list_;
};

/// At most nine colours, none like another; at least six where the lightness has so many.
inline std::vector<Suggestion> suggestions(const SuggestionSources& sources) {
  SuggestionList list(sources.lightness);
  list.add(sources.model, "", "model");
  std::size_t variants = 0;
  for (const Lab<float>& variant : sources.variants)
    if (variants < 2 && list.add(variant, "", "variant")) ++variants;
  list.add_nearest(sources.hints, 2, "hint");
  list.add_nearest(sources.reference, 2, "reference");
  list.add({0, 0, 0}, "", "neutral");
  list.add_nearest(sources.swatches, 2, "palette");
  // Turned and strengthened versions of the likeliest colour fill what is left.
  const double chroma = std::max(12., std::hypot(double{sources.model.a}, double{sources.model.b}));
  const double hue = std::atan2(double{sources.model.b}, double{sources.model.a});
  constexpr std::pair<double, double> changes[] = {{1.6, 0},   {.5, 0},     {1, .7},   {1, -.7},
                                                   {1.3, 1.5}, {1.3, -1.5}, {1.3, 3.1}};
  for (const auto& [stronger, turned] : changes)
    if (list.size() < SuggestionList::least)
      list.add({0, static_cast<float>(stronger * chroma * std::cos(hue + turned)),
                static_cast<float>(stronger * chroma * std::sin(hue + turned))},
               "", "variant");
  return list.take();
}

}  // namespace icolorit::studio
