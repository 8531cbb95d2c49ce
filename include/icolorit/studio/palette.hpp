// Palettes: named lists of colours, and those that come with the studio.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/image/color_space.hpp"

namespace icolorit::studio {

struct Swatch {
  std::string name;
  Rgb<std::uint8_t> color;
  friend bool operator==(const Swatch&, const Swatch&) = default;
};

struct Palette {
  std::string name;
  std::vector<Swatch> swatches;
  friend bool operator==(const Palette&, const Palette&) = default;
};

struct PaletteLimits {
  static constexpr std::size_t palettes = 100, swatches = 1000, name_length = 80;
};

namespace palette_detail {

using Named = std::pair<std::string_view, std::string_view>;

template <std::size_t N>
Palette preset(std::string_view name, const Named (&colors)[N]) {
  Palette palette{std::string(name), {}};
  for (const auto& [swatch, color] : colors) palette.swatches.push_back({std::string(swatch), parse_color(color)});
  return palette;
}

}  // namespace palette_detail

/// Starting points for what photographs show most; of each subject from dark to light.
inline std::vector<Palette> preset_palettes() {
  using palette_detail::preset;
  return {preset("Skin", {{"deep", "#3b2219"},
                          {"dark brown", "#5c3a2a"},
                          {"brown", "#8a5a3c"},
                          {"tan", "#b57f5c"},
                          {"olive", "#c49a72"},
                          {"light", "#dcae8c"},
                          {"fair", "#efc8ac"},
                          {"lips", "#b5656a"},
                          {"cheeks", "#d98f7d"}}),
          preset("Hair and eyes", {{"black", "#1e1a19"},
                                   {"dark brown", "#3a2a20"},
                                   {"brown", "#5f432f"},
                                   {"auburn", "#75412c"},
                                   {"red", "#a0582f"},
                                   {"blond", "#c6a26a"},
                                   {"grey", "#a5a19b"},
                                   {"blue eyes", "#6f8fa8"},
                                   {"green eyes", "#76835a"}}),
          preset("Foliage", {{"fir", "#243625"},
                             {"oak", "#3c5a2e"},
                             {"grass", "#5f7f37"},
                             {"meadow", "#86994c"},
                             {"young leaves", "#a6b757"},
                             {"dry grass", "#b7a469"},
                             {"autumn red", "#9b4a2a"},
                             {"autumn gold", "#c78d35"}}),
          preset("Sky and water", {{"deep sea", "#1f3f57"},
                                   {"lake", "#3e6a82"},
                                   {"clear sky", "#6b9dd2"},
                                   {"pale sky", "#a9c8e3"},
                                   {"haze", "#cfdbe2"},
                                   {"evening", "#e0a878"},
                                   {"sunset", "#d9765a"},
                                   {"storm", "#5d6a75"}}),
          preset("Uniforms", {{"navy", "#26304a"},
                              {"field grey", "#5b6459"},
                              {"olive drab", "#5a5a36"},
                              {"khaki", "#9c8a62"},
                              {"horizon blue", "#8497a6"},
                              {"scarlet", "#a32a2f"},
                              {"brass", "#b0904c"},
                              {"leather", "#5e3d29"}}),
          preset("Wood and stone", {{"ebony", "#2c211b"},
                                    {"walnut", "#533c2b"},
                                    {"mahogany", "#6e3b28"},
                                    {"oak", "#96703f"},
                                    {"pine", "#c7a16a"},
                                    {"brick", "#94513f"},
                                    {"sandstone", "#c4ac86"},
                                    {"slate", "#5f666b"}})};
}

}  // namespace icolorit::studio
