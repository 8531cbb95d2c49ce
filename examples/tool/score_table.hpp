// Score table: what was measured of every prediction, as text, CSV and curve.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "icolorit/io/svg_plot.hpp"
#include "prediction_folder.hpp"
#include "scores.hpp"

namespace icolorit::tool {

/// The scores of one folder of predictions.
struct ScoreRow {
  PredictionFolder folder;
  std::map<std::string, Scores> scores;  // by stem

  /// The mean over the pictures for which the metric is known, and their number.
  std::pair<double, Index> mean(Scores::Metric metric) const;
};

struct ScoreTable {
  std::vector<ScoreRow> rows;
  std::vector<Scores::Metric> metrics;  // those that were asked for, in order

  /// A line for each row, with the means.
  void print(std::ostream& out) const;
  /// A line for each picture of each row (RFC 4180); unknown numbers are empty fields.
  std::string csv() const;
  /// PSNR against the number of hints, a curve for each size of hint cells; without curves where no row tells its
  /// hints.
  Plot psnr_curves() const;
};

}  // namespace icolorit::tool
