#include "studio_engines.hpp"

#include <mutex>
#include <utility>

#include "engines.hpp"
#include "icolorit/cpu/backend.hpp"
#include "misuse.hpp"
#include "network_engines.hpp"

namespace icolorit::tool {

namespace {

constexpr const char* optimization = "optimization";

/// Working pixels while something is dragged: the solve takes a quarter of the time that the usual 90,000 take. The
/// options of the fusion scale with the size, so that the colours stay.
constexpr Index dragged_pixels = 40'000;
/// Largest error of the solve then, in Lab units: a quarter of what one step of 8 bits is, and a third fewer iterations
/// than the usual 0.02 takes.
constexpr float dragged_tolerance = .1f;

}  // namespace

/// The models in use, by file and precision.
struct StudioEngines::Loaded {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Model<CpuBackend, float>>> models;
};

StudioEngines::StudioEngines(EngineOptions options)
    : options_(std::move(options)), loaded_(std::make_shared<Loaded>()) {
  require(options_.device == "cpu", "the studio runs on the CPU: leave out --device");
  // A session keeps neither, and must always give the same pixels.
  require(options_.quality == "normal", "the studio has no --quality: leave it out");
  require(!options_.uses_network() || options_.size == 0,
          "the studio runs networks at their own size: leave out --size");
  for (const std::filesystem::path& file : all_installed_weights()) weights_[file.stem().string()] = file;
  if (options_.uses_network()) weights_[options_.weights.stem().string()] = options_.weights;
}

studio::EngineNames StudioEngines::names() const {
  studio::EngineNames names{{}, {"f32", "bf16", "int8"}, {"cpu"}};
  for (const auto& [name, file] : weights_) names.models.push_back(name);
  names.models.emplace_back(optimization);
  return names;
}

studio::EngineSettings StudioEngines::settings() const {
  studio::EngineSettings settings;
  settings.model = options_.uses_network() ? options_.weights.stem().string() : optimization;
  settings.fast_model = settings.model;
  if (options_.uses_network()) settings.precision = options_.precision;
  for (const auto& [name, file] : weights_)
    if (options_.uses_network() && name.find("tiny") != name.npos) settings.fast_model = name;
  return settings;
}

AnyColorizer StudioEngines::operator()(const studio::EngineSettings& settings, studio::Quality quality) const {
  const std::string& name = settings.model_for(quality);
  if (name == optimization) return Colorizer(OptimizationColors(threads_of(options_)));
  const auto file = weights_.find(name);
  if (file == weights_.end())
    throw ArgumentError(
        concat("the model \"", name.substr(0, 60), "\" is not here: choose another, or give --model FILE"));
  EngineOptions options = options_;
  options.weights = file->second;
  options.variant.clear();
  options.head.clear();
  options.precision = settings.precision;

  const std::lock_guard lock(loaded_->mutex);
  auto& model = loaded_->models[{file->second.string(), settings.precision}];
  if (!model) model = load_model<CpuBackend, float>(options, CpuBackend::Context(threads_of(options)));
  ColorFusionOptions fusion;
  fusion.trust *= settings.trust;
  fusion.reach *= settings.reach;
  FusionEngineOptions fused{.fusion = fusion};
  if (quality == studio::Quality::fast) {
    fused.max_pixels = dragged_pixels;
    fused.fusion.tolerance = dragged_tolerance;
  }
  return Colorizer(
      FusionEngine(NetworkEngine<CpuBackend, float>(model, CpuBackend::Context(threads_of(options))), fused));
}

}  // namespace icolorit::tool
