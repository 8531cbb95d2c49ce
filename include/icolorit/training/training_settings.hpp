// The settings on which a training's numbers depend, by name: kept in checkpoints, compared and read back from there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "icolorit/io/crc32.hpp"
#include "icolorit/io/json.hpp"
#include "icolorit/models/weights.hpp"
#include "icolorit/training/dataset.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/trainer_config.hpp"

namespace icolorit {

/// Where a checkpoint's metadata has what this file reads and writes, and what training_state.hpp does.
inline constexpr std::string_view settings_key = "training.settings", remarks_key = "training.remarks",
                                  state_key = "training.state";

/// f(name, value) for every setting of a training that its results depend on: the only list of them. A setting that
/// came later than version 0.1 must have a default that changes nothing, because old checkpoints do not hold it.
template <class Trainer, class Loader, class F>
void visit_settings(Trainer& trainer, Loader& loader, const F& f) {
  f("epochs", trainer.epochs);
  f("rate", trainer.rate);
  f("final rate", trainer.final_rate);
  f("warm-up epochs", trainer.warmup_epochs);
  f("decay", trainer.decay);
  f("final decay", trainer.final_decay);
  f("beta1", trainer.adamw.beta1);
  f("beta2", trainer.adamw.beta2);
  f("eps", trainer.adamw.eps);
  f("clip", trainer.clip);
  f("drop path", trainer.drop_path);
  f("average", trainer.average);
  f("hint weight", trainer.hint_weight);
  f("rank of the adapter", trainer.lora.rank);
  f("alpha of the adapter", trainer.lora.alpha);
  f("layers of the adapter", trainer.lora.targets);
  f("rank-stabilized adapter", trainer.lora.rank_stabilized);
  f("batch", loader.batch);
  f("seed", loader.seed);
  f("pictures an epoch", loader.pictures_per_epoch);
  auto& augmentation = loader.augmentation;
  f("least area", augmentation.min_area);
  f("most area", augmentation.max_area);
  f("least ratio", augmentation.min_ratio);
  f("most ratio", augmentation.max_ratio);
  f("mirrored", augmentation.mirrored);
  f("hue jitter", augmentation.jitter.hue);
  f("chroma jitter", augmentation.jitter.chroma);
  auto& hints = loader.hints;
  f("least hints", hints.least);
  f("most hints", hints.most);
  f("hint cell", hints.cell);
  f("hint skew", hints.skew);
}

/// The settings that describe the pictures of a training.
inline constexpr std::string_view picture_count_setting = "number of pictures",
                                  picture_names_setting = "checksum of the picture names";

/// The network, the notes, all that visit_settings names, and what the data and the element type add. `precision` is
/// the name of a 16-bit element type, else empty.
template <Dataset D>
json::Value training_settings(const TrainerConfig& trainer, const LoaderConfig& loader, const D& pictures,
                              std::string_view precision = "") {
  json::Value settings = json::Value::object();
  for (const auto& [name, value] : weights_metadata(trainer.network)) settings[name] = value;
  for (const auto& [name, value] : trainer.notes) settings[name] = value;
  if (!precision.empty()) settings["precision"] = precision;
  settings[picture_count_setting] = pictures.size();
  settings[picture_names_setting] = checksum_of_names(pictures);
  settings["checksum of the picture weights"] = crc32(std::as_bytes(std::span<const double>(loader.weights)));
  visit_settings(trainer, loader, [&](const char* name, const auto& value) {
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t&>)
      settings[name] = concat(value);  // as text, because many JSON readers hold numbers as doubles
    else
      settings[name] = value;
  });
  return settings;
}

struct SettingDifference {
  std::string name, own, theirs;  ///< the values as JSON, or "missing"
};

/// What differs, in the order of the names. A number that one side lacks has its default there; the names of the
/// pictures, which version 0.1 did not keep, differ only where both sides have them.
inline std::vector<SettingDifference> differing_settings(const json::Value& own, const json::Value& theirs) {
  const json::Value defaults = [] {
    const TrainerConfig trainer;
    const LoaderConfig loader;
    json::Value numbers = json::Value::object();
    visit_settings(trainer, loader, [&](const char* name, const auto& value) {
      if constexpr (!std::is_same_v<decltype(value), const std::uint64_t&>) numbers[name] = value;
    });
    return numbers;
  }();
  std::map<std::string, SettingDifference> found;
  for (const json::Value* side : {&own, &theirs})
    for (const auto& [name, unused] : json::as_object(*side)) {
      const auto value_in = [&, &key = name](const json::Value& settings) -> const json::Value* {
        const json::Value* value = json::find(settings, key);
        return value != nullptr ? value : json::find(defaults, key);
      };
      const auto text = [](const json::Value* value) {
        if (value == nullptr) return std::string("missing");
        const auto whole = json::integer(*value);  // 2 for 2.0
        return whole ? concat(*whole) : json::write(*value);
      };
      const json::Value *mine = value_in(own), *other = value_in(theirs);
      if (name == picture_names_setting && (mine == nullptr || other == nullptr)) continue;
      if (mine == nullptr || other == nullptr || *mine != *other)  // 1 equals 1.0
        found.insert_or_assign(name, SettingDifference{name, text(mine), text(other)});
    }
  std::vector<SettingDifference> differences;
  for (auto& [name, difference] : found) differences.push_back(std::move(difference));
  return differences;
}

/// Throws FormatError, naming the key, where a file is no checkpoint.
inline const std::string& checkpoint_text(const TensorFile& checkpoint, std::string_view key) {
  const auto found = checkpoint.metadata.find(key);
  if (found == checkpoint.metadata.end())
    throw FormatError(concat("no checkpoint of a training: ", key, " is missing"));
  return found->second;
}

inline std::string format_remarks(const Metadata& remarks) { return json::write(remarks); }

/// Gives both configurations what a checkpoint holds of them, so that a training goes on without being told anything
/// twice: all that visit_settings names, the network, and the remarks; not the notes, nor what changes no result.
/// Throws FormatError and WeightsError for a file that is no checkpoint.
inline void load_settings(const TensorFile& checkpoint, TrainerConfig& trainer, LoaderConfig& loader) {
  const json::Value settings = json::parse(checkpoint_text(checkpoint, settings_key));
  trainer.network = infer_config(checkpoint);
  visit_settings(trainer, loader, [&]<class N>(const char* name, N& value) {
    const json::Value* kept = json::find(settings, name);
    if (kept == nullptr) return;
    if constexpr (std::is_same_v<N, std::uint64_t>)
      value = std::strtoull(json::as_string(*kept).c_str(), nullptr, 10);
    else if constexpr (std::is_same_v<N, bool>)
      value = json::as_bool(*kept);
    else if constexpr (std::is_same_v<N, std::vector<std::string>>)
      value = json::as_strings(*kept);
    else if constexpr (std::is_floating_point_v<N>)
      value = json::as_number(*kept);
    else
      value = json::as_integer(*kept);
  });
  trainer.remarks.clear();
  if (checkpoint.metadata.contains(remarks_key)) {
    const json::Value remarks = json::parse(checkpoint_text(checkpoint, remarks_key));
    for (const auto& [name, value] : json::as_object(remarks)) trainer.remarks[name] = json::as_string(value);
  }
}

}  // namespace icolorit
