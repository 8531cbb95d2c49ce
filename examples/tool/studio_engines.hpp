// Studio engines: what icolorit studio and colorize --session render with, by the names that a session keeps.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine_options.hpp"
#include "icolorit/studio/engine_settings.hpp"
#include "icolorit/studio/settings_json.hpp"

namespace icolorit::tool {

/// Models by name: all that are installed with the tool, the one of --model, and "optimization". Copies share the
/// models that were loaded.
class StudioEngines {
 public:
  /// `options` were completed.
  explicit StudioEngines(EngineOptions options);

  /// What the options ask for; the fast model is the same unless a faster one is installed.
  studio::EngineSettings settings() const;
  /// What may be chosen: the optimisation and the networks that are here, and what they run in.
  studio::EngineNames names() const;

  /// Makes engines, see studio::MakeColorizer. Throws ArgumentError for a name that is not known.
  AnyColorizer operator()(const studio::EngineSettings& settings, studio::Quality quality) const;

 private:
  struct Loaded;

  EngineOptions options_;
  std::map<std::string, std::filesystem::path> weights_;
  std::shared_ptr<Loaded> loaded_;
};

}  // namespace icolorit::tool
