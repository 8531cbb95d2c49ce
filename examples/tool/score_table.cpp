#include "score_table.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string_view>

namespace icolorit::tool {

namespace {

/// A field of a CSV file (RFC 4180).
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::pair<double, Index> ScoreRow::mean(Scores::Metric metric) const {
  double sum = 0;
  Index count = 0;
  for (const auto& [stem, one] : scores)
    if (!std::isnan(one[metric])) {
      sum += one[metric];
      ++count;
    }
  return {count == 0 ? not_measured : sum / static_cast<double>(count), count};
}

void ScoreTable::print(std::ostream& out) const {
  const auto width = [](Scores::Metric metric) {
    return std::max(11, static_cast<int>(std::string_view(Scores::columns[metric].table).size()) + 2);
  };
  out << "hints pictures";
  for (const Scores::Metric metric : metrics) out << std::setw(width(metric)) << Scores::columns[metric].table;
  out << '\n' << std::fixed;
  for (const ScoreRow& row : rows) {
    const auto& hints = row.folder.hints;
    out << std::setw(5) << (hints ? concat(hints->count) : "?") << std::setw(9) << row.scores.size();
    for (const Scores::Metric metric : metrics) {
      const auto [mean, count] = row.mean(metric);
      out << std::setw(width(metric));
      if (count == 0)
        out << '-';
      else
        out << std::setprecision(Scores::columns[metric].digits) << mean;
    }
    out << '\n';
  }
}

std::string ScoreTable::csv() const {
  std::ostringstream text;
  text << "cell,hints,picture";
  for (const Scores::Metric metric : metrics) text << ',' << Scores::columns[metric].csv;
  text << '\n' << std::setprecision(9);
  for (const ScoreRow& row : rows) {
    const auto& hints = row.folder.hints;
    const std::string start = hints ? concat(hints->cell, ',', hints->count, ',') : ",,";
    for (const auto& [stem, scores] : row.scores) {
      text << start << csv_field(stem);
      for (const Scores::Metric metric : metrics) {
        text << ',';
        if (!std::isnan(scores[metric])) text << scores[metric];
      }
      text << '\n';
    }
  }
  return text.str();
}

Plot ScoreTable::psnr_curves() const {
  Plot plot{"PSNR@k", "hints", "PSNR (dB)", /*logarithmic=*/true, {}};
  for (const ScoreRow& row : rows) {
    const auto [mean, count] = row.mean(Scores::psnr);
    if (!row.folder.hints || count == 0) continue;
    const std::string name = concat("hints of ", row.folder.hints->cell, " pixels");
    if (plot.series.empty() || plot.series.back().name != name) plot.series.push_back({name, {}});
    plot.series.back().points.emplace_back(static_cast<double>(row.folder.hints->count), mean);
  }
  return plot;
}

}  // namespace icolorit::tool
