// What a training's validation scores are to be compared with: no colour at all, a method that needs no training, and
// the network that the training began with.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "icolorit/io/json.hpp"
#include "icolorit/models/optimization_protocol.hpp"
#include "icolorit/training/validation.hpp"

namespace icolorit {

/// Each list is empty until it is known.
struct ReferenceScores {
  std::string of;                         ///< the pictures and hints that were scored, see validation_key
  std::vector<ValidationScore> baseline;  ///< the grey picture at 0 hints, the optimisation (Levin 2004) at others
  std::vector<ValidationScore> start;     ///< the network before its first step
};

/// A text that is another one for other pictures, hints or sizes.
template <Dataset D>
std::string validation_key(const D& pictures, const ValidationOptions& options, Index size) {
  std::string counts;
  for (const Index count : options.counts) counts += concat(count, ',');
  return concat(pictures.size(), " pictures ", checksum_of_names(pictures), " at ", size, ", hints ", counts, " seed ",
                options.seed, " cell ", options.cell);
}

/// The baseline's scores at 0 hints and at the counts of the options, of pictures of size x size pixels. Throws as
/// validate does.
template <Dataset D>
std::vector<ValidationScore> baseline_scores(const D& pictures, ValidationOptions options, Index size,
                                             SkipReport& skipped, const ProgressCallback& progress = {}) {
  std::erase(options.counts, Index{0});
  options.counts.insert(options.counts.begin(), Index{0});
  OptimizationProtocol protocol(HintGrid(size, size, options.cell), options.batch, options.threads);
  return score_pictures(protocol, pictures, options, skipped, {}, progress, "scoring the optimisation");
}

inline json::Value describe(const ReferenceScores& reference) {
  return {{"of", reference.of}, {"baseline", describe(reference.baseline)}, {"start", describe(reference.start)}};
}

/// Throws FormatError where `describe` cannot have written it.
inline ReferenceScores parse_reference_scores(const json::Value& value) {
  return {json::as_string(json::at(value, "of")), parse_scores(json::at(value, "baseline")),
          parse_scores(json::at(value, "start"))};
}

}  // namespace icolorit
