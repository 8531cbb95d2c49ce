#include "score_lines.hpp"

#include <algorithm>
#include <cmath>

namespace icolorit::tool {

namespace {

std::string row_name(const ScoreRow& row) { return row.folder.path.filename().string(); }

}  // namespace

json::Value score_line(const ScoreTable& table, const std::string& stem) {
  json::Value rows = json::Value::object();
  for (const ScoreRow& row : table.rows) {
    const auto found = row.scores.find(stem);
    if (found == row.scores.end()) continue;
    json::Value& values = rows[row_name(row)] = json::Value::object();
    for (const Scores::Metric metric : table.metrics) {
      const double value = found->second[metric];
      values[Scores::columns[metric].csv] = std::isfinite(value) ? json::Value(value) : json::Value();
    }
  }
  return {{"scores", std::move(rows)}};
}

json::Value score_job(const ScoreTable& table, Index patch) {
  json::Value rows = json::Value::array(), metrics = json::Value::array();
  for (const ScoreRow& row : table.rows) rows.push_back(row.folder.path.string());
  for (const Scores::Metric metric : table.metrics) metrics.push_back(Scores::columns[metric].csv);
  return {{"command", "evaluate"}, {"predictions", std::move(rows)}, {"metrics", std::move(metrics)}, {"patch", patch}};
}

ScoreTable score_table_of(const json::Value& job) {
  ScoreTable table;
  for (const json::Value& row : json::as_array(json::at(job, "predictions"))) {
    PredictionFolder folder{json::as_string(row), {}, {}};
    folder.hints = parse_hint_folder_name(folder.path.filename().string());
    table.rows.push_back({std::move(folder), {}});
  }
  for (const json::Value& name : json::as_array(json::at(job, "metrics"))) {
    const auto column = std::ranges::find(Scores::columns, json::as_string(name),
                                          [](const Scores::Column& one) { return std::string(one.csv); });
    if (column == Scores::columns.end()) throw FormatError(concat("there is no metric ", json::as_string(name)));
    table.metrics.push_back(static_cast<Scores::Metric>(column - Scores::columns.begin()));
  }
  return table;
}

void add_scores(ScoreTable& table, const std::string& stem, const json::Value& line) {
  const json::Value* const rows = json::find(line, "scores");
  if (rows == nullptr) return;  // the picture was left out
  for (ScoreRow& row : table.rows) {
    const json::Value* const values = json::find(*rows, row_name(row));
    if (values == nullptr) continue;
    Scores scores;
    for (const Scores::Metric metric : table.metrics)
      if (const json::Value& value = json::at(*values, Scores::columns[metric].csv); !value.is_null())
        scores[metric] = json::as_number(value);
    row.scores.insert_or_assign(stem, scores);
  }
}

}  // namespace icolorit::tool
