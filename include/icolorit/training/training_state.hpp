// Where a training stands, besides its numbers, and what its epochs gave: as JSON for checkpoints and logs.
#pragma once

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/json.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/loss_scale.hpp"
#include "icolorit/training/validation.hpp"

namespace icolorit {

/// What one epoch gave.
struct EpochRecord {
  Index epoch = 0;
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

  /// Whether the running epoch has all its steps but is not in the history yet.
  bool epoch_is_due() const { return next.epoch > std::ssize(history); }
};

/// The line of log.txt, with the published names of the loss and the learning rate. What is not finite becomes null:
/// JSON has no such numbers.
inline json::Object describe(const EpochRecord& record) {
  const auto number = [](double value) { return std::isfinite(value) ? json::Value(value) : json::Value(nullptr); };
  json::Object line{{"epoch", record.epoch},
                    {"train_loss", number(record.loss)},
                    {"train_lr", record.rate},
                    {"skipped_steps", record.skipped},
                    {"seconds", record.seconds}};
  for (const ValidationScore& score : record.scores)
    line.push_back({concat("val_psnr@", score.hints), number(score.psnr)});
  return line;
}

/// Throws FormatError where `describe` cannot have written it.
inline EpochRecord parse_epoch_record(const json::Value& line) {
  const auto number = [](const json::Value& value) {
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.as_number();
  };
  EpochRecord record{line.at("epoch").as_integer(),   number(line.at("train_loss")),
                     line.at("train_lr").as_number(), line.at("skipped_steps").as_integer(),
                     line.at("seconds").as_number(),  {}};
  constexpr std::string_view score = "val_psnr@";
  for (const auto& [name, value] : line.as_object())
    if (name.starts_with(score))
      record.scores.push_back({std::strtoll(name.c_str() + score.size(), nullptr, 10), number(value)});
  return record;
}

inline std::string format_state(const TrainingState& state) {
  json::Array history;
  for (const EpochRecord& record : state.history) history.push_back(describe(record));
  return json::write(json::Object{{"epoch", state.next.epoch},
                                  {"step", state.next.step},
                                  {"updates", state.updates},
                                  {"skipped_in_a_row", state.skipped_in_a_row},
                                  {"loss_scale", state.scale.factor},
                                  {"steps_at_loss_scale", state.scale.steps},
                                  {"running", describe(state.running)},
                                  {"history", std::move(history)}});
}

/// Throws FormatError.
inline TrainingState parse_state(std::string_view text) {
  const json::Value value = json::parse(text);
  TrainingState state{{value.at("epoch").as_integer(), value.at("step").as_integer()},
                      value.at("updates").as_integer(),
                      value.at("skipped_in_a_row").as_integer(),
                      {value.at("loss_scale").as_number(), value.at("steps_at_loss_scale").as_integer()},
                      parse_epoch_record(value.at("running")),
                      {}};
  for (const json::Value& record : value.at("history").as_array()) state.history.push_back(parse_epoch_record(record));
  return state;
}

}  // namespace icolorit
