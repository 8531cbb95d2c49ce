// LoraConfig: the shape of a low-rank adaptation, and PEFT's adapter_config.json for it.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/io/json.hpp"

namespace icolorit {

/// Low-rank adaptation (Hu et al. 2022, sec. 4.1) of linear layers y = x W^T: W (out,in) becomes W + scale B A with
/// A (r,in) and B (out,r), while W itself is frozen.
struct LoraConfig {
  Index rank = 0;    ///< r; 0: no adaptation
  double alpha = 0;  ///< the scale is alpha / r
  /// Layers by the last parts of their names, as PEFT's target_modules: all linear layers of the transformer blocks.
  std::vector<std::string> targets{"attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"};
  bool rank_stabilized = false;  ///< the scale is alpha / sqrt(r) (Kalajdzievski 2023)

  bool empty() const { return rank == 0; }

  double scale() const {
    const auto r = static_cast<double>(rank);
    return alpha / (rank_stabilized ? std::sqrt(r) : r);
  }

  /// Whether the layer of this name, e.g. "blocks.0.attn.qkv", is among the targets.
  bool adapts(std::string_view layer) const {
    return std::ranges::any_of(targets, [&](const std::string& target) {
      return layer == target || (layer.ends_with(target) && layer[layer.size() - target.size() - 1] == '.');
    });
  }

  /// Throws ArgumentError.
  void validate() const {
    if (rank < 0 || rank > 4096) throw ArgumentError(concat("LoraConfig: rank is ", rank, ", expected 1 to 4096"));
    if (!empty() && !(std::isfinite(alpha) && alpha > 0))
      throw ArgumentError(concat("LoraConfig: alpha is ", alpha, ", expected a positive number"));
    if (!empty() && targets.empty()) throw ArgumentError("LoraConfig: no layer is named to be adapted");
  }
};

/// PEFT's adapter_config.json. What it does not list has PEFT's default.
inline json::Value describe(const LoraConfig& config) {
  return {{"peft_type", "LORA"},
          {"task_type", nullptr},
          {"base_model_name_or_path", nullptr},
          {"inference_mode", true},
          {"r", config.rank},
          {"lora_alpha", config.alpha},
          {"lora_dropout", 0.0},
          {"target_modules", config.targets},
          {"bias", "none"},
          {"fan_in_fan_out", false},
          {"use_rslora", config.rank_stabilized},
          {"use_dora", false}};
}

/// From PEFT's adapter_config.json, or what `describe` wrote. Throws FormatError where it is of another method, or of a
/// variant that changes more than products of two matrices.
inline LoraConfig parse_lora_config(const json::Value& value) {
  const auto refuse = [](const auto&... parts) { throw FormatError(concat("adapter_config.json: ", parts...)); };
  const auto is_set = [&](std::string_view name) {
    const json::Value* found = json::find(value, name);
    return found != nullptr && !found->is_null() && *found != json::Value(false) && !found->empty();
  };
  if (const std::string& type = json::as_string(json::at(value, "peft_type")); type != "LORA")
    refuse("the adapter is of type ", type, ", expected LORA");
  for (const char* variant : {"use_dora", "fan_in_fan_out", "alpha_pattern", "rank_pattern", "modules_to_save",
                              "lora_bias", "layer_replication", "alora_invocation_tokens"})
    if (is_set(variant)) refuse(variant, " is set, which this program does not know: merge the adapter in PEFT");
  if (const json::Value* start = json::find(value, "init_lora_weights"); start != nullptr && start->is_string())
    for (const char* kind : {"pissa", "olora", "corda", "loftq"})
      if (json::as_string(*start).starts_with(kind))
        refuse("init_lora_weights is ", kind, ", which changes the base, too: merge the adapter in PEFT");
  if (const json::Value* bias = json::find(value, "bias"); bias != nullptr && *bias != json::Value("none"))
    refuse("the adapter changes biases, too: merge it in PEFT");
  LoraConfig config;
  config.rank = json::as_integer(json::at(value, "r"));
  config.alpha = json::as_number(json::at(value, "lora_alpha"));
  config.rank_stabilized = is_set("use_rslora");
  // PEFT also writes a regular expression here; the file's own names say what is adapted.
  const json::Value* const targets = json::find(value, "target_modules");
  config.targets = targets != nullptr && targets->is_array() ? json::as_strings(*targets) : std::vector<std::string>();
  if (config.rank < 1 || config.rank > 4096) refuse("r is ", config.rank, ", expected 1 to 4096");
  return config;
}

}  // namespace icolorit
