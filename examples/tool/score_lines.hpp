// Score lines: a picture's scores in a manifest's line, and back.
#pragma once

#include <string>

#include "icolorit/io/json.hpp"
#include "score_table.hpp"

namespace icolorit::tool {

/// {"scores": {FOLDER: {"psnr": 23.4, ...}, ...}}: of the metrics that are in the table, by the name of each row's
/// folder; null for what could not be measured.
json::Value score_line(const ScoreTable& table, const std::string& stem);

/// The job of a manifest: evaluate with these rows and columns, the folders and the metrics by name, and patches of
/// this side.
json::Value score_job(const ScoreTable& table, Index patch);
/// The job's table, without scores. Throws FormatError.
ScoreTable score_table_of(const json::Value& job);

/// Adds the scores of a line. Throws FormatError.
void add_scores(ScoreTable& table, const std::string& stem, const json::Value& line);

}  // namespace icolorit::tool
