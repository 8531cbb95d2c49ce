// Engine settings as JSON: what a session keeps of them, and what a page sends.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "icolorit/studio/engine_settings.hpp"
#include "icolorit/studio/fields.hpp"

namespace icolorit::studio {

/// What a person may choose from.
struct EngineNames {
  std::vector<std::string> models, precisions, devices;
};

/// Settings as examples/studio/openapi.yaml has them.
inline Json settings_json(const EngineSettings& settings) {
  return {{"model", settings.model},
          {"fast_model", settings.fast_model},
          {"precision", settings.precision},
          {"device", settings.device},
          {"fusion", {{"trust", settings.trust}, {"reach", settings.reach}}}};
}

/// The members that are there, in the place of the old ones. Throws ArgumentError, also for names that are not offered.
inline EngineSettings settings_from_json(const Json& value, EngineSettings old, const EngineNames& names) {
  const Fields fields(value, "settings");
  const auto choose = [&](const char* member, std::string& chosen, const std::vector<std::string>& offered) {
    if (!fields.has(member)) return;
    const std::string name = fields.text(member, 200);
    if (std::ranges::find(offered, name) == offered.end())
      throw ArgumentError(concat("settings: ", member, " is \"", name.substr(0, 40), "\", which is not offered here"));
    chosen = name;
  };
  choose("model", old.model, names.models);
  choose("fast_model", old.fast_model, names.models);
  choose("precision", old.precision, names.precisions);
  choose("device", old.device, names.devices);
  if (fields.has("fusion")) {
    const Fields fusion(fields.at("fusion"), "settings.fusion");
    old.trust = fusion.number_or("trust", .01, 100, old.trust);
    old.reach = fusion.number_or("reach", .01, 100, old.reach);
  }
  return old;
}

}  // namespace icolorit::studio
