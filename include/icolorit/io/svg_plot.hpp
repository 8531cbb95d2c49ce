// A line plot as an SVG file (W3C, SVG 1.1): enough to show a curve of a metric without another program.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/io/file.hpp"

namespace icolorit {

struct PlotSeries {
  std::string name;  ///< shown in the legend where there are several series
  std::vector<std::pair<double, double>> points;
};

struct Plot {
  std::string title, x_label, y_label;
  bool logarithmic = false;  ///< x is placed at log(1+x), so that 0 has a place beside numbers that grow by factors
  std::vector<PlotSeries> series;
  double min_span = 0;  ///< of y: curves that hardly differ are not drawn as if they did
};

namespace svg {

/// Text that XML may hold.
inline std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      default: result += c;
    }
  return result;
}

/// Pixels with one digit after the point: finer than an eye, and short.
inline double tenths(double pixels) { return std::round(10 * pixels) / 10; }

/// One axis: values in [low, high] onto pixels in [first, last].
struct Axis {
  double low, high, first, last;
  bool logarithmic = false;

  double operator()(double value) const {
    const auto place = [&](double v) { return logarithmic ? std::log1p(v) : v; };
    return tenths(first + (last - first) * (place(value) - place(low)) / (place(high) - place(low)));
  }
};

/// A step of 1, 2 or 5 times a power of ten that cuts the range into at most ten.
inline double tick_step(double range) {
  const double power = std::pow(10., std::floor(std::log10(range / 10)));
  for (const double step : {1., 2., 5.})
    if (range / (step * power) <= 10) return step * power;
  return 10 * power;
}

/// The colours of Okabe and Ito (2008), which colour-blind readers can tell apart.
inline constexpr std::array<std::string_view, 6> line_colors{"#0072b2", "#d55e00", "#009e73",
                                                             "#cc79a7", "#e69f00", "#56b4e9"};

}  // namespace svg

/// The plot, 640 x 400 pixels: a tick at every x that occurs, ticks at round y. Throws ArgumentError where there is no
/// point, where a number is not finite, or where an x below 0 shall be placed logarithmically.
inline std::string format_svg(const Plot& plot) {
  using svg::escaped;
  std::set<double> columns;
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const PlotSeries& series : plot.series)
    for (const auto& [x, y] : series.points) {
      if (!std::isfinite(x) || !std::isfinite(y) || (plot.logarithmic && x < 0))
        throw ArgumentError(concat("format_svg: the point (", x, ",", y, ") of \"", series.name, "\" has no place"));
      columns.insert(x);
      low = std::min(low, y);
      high = std::max(high, y);
    }
  if (columns.empty()) throw ArgumentError("format_svg: the plot has no points");

  if (const double lacking = plot.min_span - (high - low); lacking > 0) {
    low -= lacking / 2;
    high += lacking / 2;
  }

  constexpr double width = 640, height = 400, left = 64, right = 24, top = 40, bottom = 56;
  const double step = svg::tick_step(std::max(high - low, 1e-6 * std::max(1., std::abs(high))));
  const double first_tick = std::floor(low / step), last_tick = std::max(std::ceil(high / step), first_tick + 1);
  const bool one_column = columns.size() == 1;
  const svg::Axis x_axis{*columns.begin(), one_column ? *columns.begin() + 1 : *columns.rbegin(), left, width - right,
                         plot.logarithmic};
  const svg::Axis y_axis{first_tick * step, last_tick * step, height - bottom, top};

  std::string text = concat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"", height,
                            "\" viewBox=\"0 0 ", width, ' ', height,
                            "\" font-family=\"sans-serif\" font-size=\"12\">\n"
                            "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
  const auto write = [&](double x, double y, std::string_view attributes, const auto& content) {
    text += concat("<text x=\"", x, "\" y=\"", y, "\" ", attributes, '>', escaped(concat(content)), "</text>\n");
  };
  const auto rule = [&](double x1, double y1, double x2, double y2, std::string_view color) {
    text += concat("<line x1=\"", x1, "\" y1=\"", y1, "\" x2=\"", x2, "\" y2=\"", y2, "\" stroke=\"", color, "\"/>\n");
  };
  write(width / 2, top / 2 + 4, "text-anchor=\"middle\" font-size=\"15\"", plot.title);
  write((left + width - right) / 2, height - 12, "text-anchor=\"middle\"", plot.x_label);
  write(16, (top + height - bottom) / 2,
        concat("text-anchor=\"middle\" transform=\"rotate(-90 16 ", (top + height - bottom) / 2, ")\""), plot.y_label);
  for (double tick = first_tick; tick <= last_tick; ++tick) {
    const double y = y_axis(tick * step);
    rule(left, y, width - right, y, "#ddd");
    write(left - 8, y + 4, "text-anchor=\"end\"", tick * step);
  }
  for (const double column : columns) {
    const double x = x_axis(column);
    rule(x, height - bottom, x, height - bottom + 5, "#000");
    write(x, height - bottom + 18, "text-anchor=\"middle\"", column);
  }
  rule(left, height - bottom, width - right, height - bottom, "#000");

  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const PlotSeries& series = plot.series[i];
    const std::string_view color = svg::line_colors[i % svg::line_colors.size()];
    std::string line, dots;
    for (const auto& [x, y] : series.points) {
      line += concat(line.empty() ? "" : " ", x_axis(x), ',', y_axis(y));
      dots += concat("<circle cx=\"", x_axis(x), "\" cy=\"", y_axis(y), "\" r=\"3\" fill=\"", color, "\"/>\n");
    }
    text += concat("<polyline points=\"", line, "\" fill=\"none\" stroke=\"", color, "\" stroke-width=\"2\"/>\n", dots);
    if (plot.series.size() > 1)
      write(left + 12, top + 16 + 16 * static_cast<double>(i), concat("fill=\"", color, '"'), series.name);
  }
  return text + "</svg>\n";
}

/// The same into a file, written beside and renamed. Throws ArgumentError, FileError.
inline void write_svg(const std::filesystem::path& path, const Plot& plot) { write_file(path, format_svg(plot)); }

}  // namespace icolorit
