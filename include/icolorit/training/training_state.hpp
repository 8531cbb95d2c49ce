// Where a training stands, besides its numbers, and what its epochs gave: as JSON for checkpoints and logs.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/json.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/loss_scale.hpp"
#include "icolorit/training/reference_scores.hpp"

namespace icolorit {

/// What one epoch gave.
struct EpochRecord {
  Index epoch = 0;     ///< from 0; whatever people read counts from 1
  double loss = 0;     ///< mean over the steps that were not skipped
  double rate = 0;     ///< learning rate of the last step
  Index skipped = 0;   ///< steps
  double seconds = 0;  ///< in steps, waiting for the loader included, validation not
  std::vector<ValidationScore> scores;
};

struct TrainingState {
  LoaderPosition next;         ///< the batch of the next step
  Index updates = 0;           ///< steps of the optimizer
  Index skipped_in_a_row = 0;  ///< steps without an update, up to now
  LossScale scale;
  EpochRecord running;  ///< the epoch of the last step; its loss is a sum until the epoch is complete
  std::vector<EpochRecord> history;
  ReferenceScores reference;

  /// Whether the running epoch has all its steps but is not in the history yet.
  bool epoch_is_due() const { return next.epoch > std::ssize(history); }

  /// Whether scores of other validation pictures or hints than those of `key`, see validation_key, were kept: they
  /// cannot be compared. What version 0.1 kept does not say of what it was scored.
  bool is_scored_otherwise(const std::string& key) const {
    const bool is_scored = !reference.start.empty() ||
                           std::ranges::any_of(history, [](const EpochRecord& one) { return !one.scores.empty(); });
    return is_scored && !reference.of.empty() && reference.of != key;
  }

  /// The best mean score so far, and the number of epochs after which it was reached; 0: before the first step.
  struct Best {
    Index epochs = 0;
    double psnr = 0;
  };
  /// Nothing before the first score.
  std::optional<Best> best() const {
    std::optional<Best> best;
    const auto consider = [&](Index epochs, const std::vector<ValidationScore>& scores) {
      const double psnr = mean_psnr(scores);
      if (psnr > (best ? best->psnr : -HUGE_VAL)) best = {epochs, psnr};
    };
    consider(0, reference.start);
    for (const EpochRecord& record : history) consider(record.epoch + 1, record.scores);
    return best;
  }
};

/// A record as JSON, with the published names of the loss and the learning rate, and the epoch under the given number:
/// checkpoints count from 0, the log that people read from 1. What is not finite becomes null.
inline json::Value describe(const EpochRecord& record, Index epoch) {
  json::Value line{{"epoch", epoch},
                   {"train_loss", std::isfinite(record.loss) ? json::Value(record.loss) : json::Value(nullptr)},
                   {"train_lr", record.rate},
                   {"skipped_steps", record.skipped},
                   {"seconds", record.seconds}};
  line.update(describe(record.scores));
  return line;
}

/// Throws FormatError where `describe` cannot have written it.
inline EpochRecord parse_epoch_record(const json::Value& line) {
  const json::Value& loss = json::at(line, "train_loss");
  return {json::as_integer(json::at(line, "epoch")),
          loss.is_null() ? std::numeric_limits<double>::quiet_NaN() : json::as_number(loss),
          json::as_number(json::at(line, "train_lr")),
          json::as_integer(json::at(line, "skipped_steps")),
          json::as_number(json::at(line, "seconds")),
          parse_scores(line)};
}

inline std::string format_state(const TrainingState& state) {
  json::Value history = json::Value::array();
  for (const EpochRecord& record : state.history) history.push_back(describe(record, record.epoch));
  return json::write({{"epoch", state.next.epoch},
                      {"step", state.next.step},
                      {"updates", state.updates},
                      {"skipped_in_a_row", state.skipped_in_a_row},
                      {"loss_scale", state.scale.factor},
                      {"steps_at_loss_scale", state.scale.steps},
                      {"running", describe(state.running, state.running.epoch)},
                      {"history", std::move(history)},
                      {"reference", describe(state.reference)}});
}

/// Throws FormatError.
inline TrainingState parse_state(std::string_view text) {
  const json::Value value = json::parse(text);
  TrainingState state{
      {json::as_integer(json::at(value, "epoch")), json::as_integer(json::at(value, "step"))},
      json::as_integer(json::at(value, "updates")),
      json::as_integer(json::at(value, "skipped_in_a_row")),
      {json::as_number(json::at(value, "loss_scale")), json::as_integer(json::at(value, "steps_at_loss_scale"))},
      parse_epoch_record(json::at(value, "running")),
      {},
      {}};
  for (const json::Value& record : json::as_array(json::at(value, "history")))
    state.history.push_back(parse_epoch_record(record));
  if (const json::Value* reference = json::find(value, "reference"))
    state.reference = parse_reference_scores(*reference);
  return state;
}

}  // namespace icolorit
