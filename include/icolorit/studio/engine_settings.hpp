// Engine settings: which engine renders a picture, and what makes one.
#pragma once

#include <functional>
#include <string>

#include "icolorit/models/any_colorizer.hpp"

namespace icolorit::studio {

/// How good a rendered picture is: fast ones follow the pointer, best ones are of full size.
enum class Quality { none, fast, best };

/// What a person chose. The names are for whatever makes the engines.
struct EngineSettings {
  std::string model{};       ///< for Quality::best
  std::string fast_model{};  ///< for Quality::fast
  std::string precision{"f32"}, device{"cpu"};
  double trust = 1, reach = 1;  ///< factors of ColorFusionOptions::trust and reach

  const std::string& model_for(Quality quality) const { return quality == Quality::fast ? fast_model : model; }
  bool one_model() const { return model == fast_model; }
  friend bool operator==(const EngineSettings&, const EngineSettings&) = default;
};

/// Makes a new engine; throws what says why it cannot. Called by one thread at a time.
using MakeColorizer = std::function<AnyColorizer(const EngineSettings&, Quality)>;

}  // namespace icolorit::studio
