// What must be as it was where a training goes on; the rest of TrainingPlan is in training_plan.cpp.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "misuse.hpp"
#include "training_plan.hpp"

namespace icolorit::tool {

namespace {

/// The option that decides over a setting of a checkpoint.
std::string option_of(const std::string& setting) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 20> names{
      {{"rate", "lr"},
       {"final rate", "min-lr"},
       {"warm-up epochs", "warmup-epochs"},
       {"decay", "weight-decay"},
       {"final decay", "weight-decay-end"},
       {"clip", "clip-grad"},
       {"average", "ema"},
       {"hint weight", "hint-loss"},
       {"pictures an epoch", "pictures-per-epoch"},
       {"checksum of the picture weights", "folder-weight"},
       {"least area", "crop-area"},
       {"most area", "crop-area"},
       {"mirrored", "mirror"},
       {"least hints", "num-hints"},
       {"most hints", "num-hints"},
       {"hint cell", "hint-size"},
       {"rank of the adapter", "lora"},
       {"alpha of the adapter", "lora-alpha"},
       {"layers of the adapter", "lora"},
       {"rank-stabilized adapter", "lora"}}};
  const auto found = std::ranges::find(names, setting, &std::pair<std::string_view, std::string_view>::first);
  std::string option(found == names.end() ? std::string_view(setting) : found->second);
  std::ranges::replace(option, ' ', '-');
  return "--" + option;
}

}  // namespace

/// How to train on with something else: from the weights that are there, where there are any.
std::string TrainingPlan::another_training() const {
  std::error_code error;
  for (const std::filesystem::path& weights : {weights_path(out), best_weights_path(out)})
    if (std::filesystem::exists(weights, error))
      return concat("begin another training with --init ", weights.string(), " and --out another folder");
  return "begin another training with --out another folder";
}

std::vector<SettingDifference> TrainingPlan::differences_to(const json::Value& theirs) const {
  const json::Value own =
      training_settings(trainer, loader, *result_.pictures, precision == "f32" ? std::string_view() : precision);
  return differing_settings(own, theirs);
}

void TrainingPlan::expect_same_start() const {
  if (!given("--init")) return;
  const auto kept = trainer.remarks.find(command_.get_option("--init")->get_name());
  require(kept != trainer.remarks.end() && json::as_string(json::as_array(json::parse(kept->second)).front()) ==
                                               std::filesystem::absolute(init).string(),
          "the training in ", out, " goes on with its own weights, and not with --init ", init, ": leave that out, or ",
          another_training());
}

void TrainingPlan::expect_same_pictures(const json::Value& theirs) const {
  const std::vector<SettingDifference> found = differences_to(theirs);
  const auto named = [&](std::string_view name) { return std::ranges::find(found, name, &SettingDifference::name); };
  const std::string way_on = concat("give the same ones, or ", another_training());
  if (const auto number = named(picture_count_setting); number != found.end())
    throw Misuse(concat(images.string(), " holds ", counted(result_.pictures->size(), "picture"), " and held ",
                        number->theirs, " when the training began: ", way_on));
  require(named(picture_names_setting) == found.end(), images.string(),
          " holds pictures of other names than when the training began: ", way_on);
}

void TrainingPlan::expect_same_settings(const json::Value& theirs) const {
  std::string differences;
  Index count = 0;
  for (const SettingDifference& difference : differences_to(theirs)) {
    if (difference.name == "epochs") continue;
    if (++count <= 3)
      differences += concat(count == 1 ? "" : ", ", option_of(difference.name), " (", difference.own, ", was ",
                            difference.theirs, ")");
  }
  if (count > 3) differences += concat(" and ", count - 3, " more");
  require(differences.empty(), "a training goes on with the settings it began with: leave out ", differences, ", or ",
          another_training());
}

/// best.safetensors would otherwise be chosen by scores that cannot be compared.
void TrainingPlan::expect_same_validation(const TrainingState& state) const {
  if (!result_.validation) return;
  const std::string key = validation_key(*result_.validation, run.validation, trainer.network.size);
  require(!state.is_scored_otherwise(key), "--val ", val.string(),
          ": the epochs before were scored on other pictures or numbers of hints, which cannot be compared: give the "
          "same --val and --val-counts, or ",
          another_training());
}

}  // namespace icolorit::tool
