#include "heat_legend.hpp"

#include <cmath>

#include "icolorit/image/heat_map.hpp"
#include "icolorit/io/svg_plot.hpp"

namespace icolorit::tool {

namespace {

std::string hex_of(const Rgb<float>& color) {
  const auto sample = [](float unit) { return static_cast<std::uint8_t>(std::lround(255 * unit)); };
  return to_hex({sample(color.r), sample(color.g), sample(color.b)});
}

}  // namespace

void write_heat_legend(const std::filesystem::path& path, const std::vector<HeatScale>& scales) {
  constexpr int left = 40, width = 400, bar = 20, row = 80, steps = 16;
  std::string text = concat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width + 2 * left, "\" height=\"",
                            row * static_cast<int>(scales.size()), "\" font-family=\"sans-serif\" font-size=\"12\">\n",
                            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<linearGradient id=\"heat\">\n");
  for (int i = 0; i <= steps; ++i) {
    const float value = static_cast<float>(i) / steps;
    text += concat("<stop offset=\"", value, "\" stop-color=\"", hex_of(heat_color(value)), "\"/>\n");
  }
  text += "</linearGradient>\n";
  int top = 0;
  for (const HeatScale& scale : scales) {
    text += concat("<text x=\"", left, "\" y=\"", top + 18, "\">", svg::escaped(scale.title), "</text>\n<rect x=\"",
                   left, "\" y=\"", top + 26, "\" width=\"", width, "\" height=\"", bar, "\" fill=\"url(#heat)\"/>\n");
    const auto gaps = static_cast<double>(scale.labels.size() - 1);
    for (std::size_t i = 0; i < scale.labels.size(); ++i)
      text += concat("<text x=\"", svg::tenths(left + width * static_cast<double>(i) / gaps), "\" y=\"", top + 62,
                     "\" text-anchor=\"middle\">", svg::escaped(scale.labels[i]), "</text>\n");
    top += row;
  }
  write_file(path, text + "</svg>\n");
}

}  // namespace icolorit::tool
