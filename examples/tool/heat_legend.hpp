// Heat legend: what the colours of heat maps mean, as an SVG file (W3C, SVG 1.1) beside them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace icolorit::tool {

/// One kind of heat map: its title, and what its colours stand for from dark blue to dark red, at equal distances. At
/// least two labels.
struct HeatScale {
  std::string title;
  std::vector<std::string> labels;
};

/// A colour bar with labels for each scale, 480 pixels wide. Throws FileError.
void write_heat_legend(const std::filesystem::path& path, const std::vector<HeatScale>& scales);

}  // namespace icolorit::tool
