#include "engine_options.hpp"

#include <algorithm>
#include <vector>

#include "icolorit/models/icolorit_config.hpp"
#include "machine.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

constexpr Index default_size = 224;  // the published networks' input

/// The installed weights that are named after the network that is asked for, else the first; empty where there are
/// none.
std::filesystem::path installed_weights(const std::string& variant) {
  const std::vector<std::filesystem::path> found = all_installed_weights();
  if (found.empty()) return {};
  const auto named = std::ranges::find(found, variant, [](const auto& path) { return path.stem().string(); });
  return named == found.end() ? found.front() : *named;
}

}  // namespace

std::vector<std::filesystem::path> all_installed_weights() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  std::vector<std::filesystem::path> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(program.parent_path().parent_path() / "share" / "icolorit", error))
    if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

void EngineOptions::add_to(CLI::App& command) {
  OptionGroup group(command, "Engine");
  std::vector<std::string> names;
  std::string list;
  for (const EngineKind& kind : engine_kinds) {
    list += concat(names.empty() ? "" : ", or ", kind.name, kind.needs_weights ? "" : ", which needs no weights");
    for (const std::string_view name : {kind.name, kind.alias})
      if (!name.empty()) names.emplace_back(name);
  }
  group.choice("--engine", engine, concat(list, " [the first that has what it needs]"), names);
  group.choice("--quality", quality, "high: the network sees the mirrored picture, too, for twice the time",
               {"normal", "high"});
  add_network_to(command);
  add_machine_to(command);
}

void EngineOptions::add_network_to(CLI::App& command) {
  OptionGroup group(command, "Engine");
  CLI::Option* const any = group.add(
      "--model", model, "FILE|NAME",
      "Weights, .pth or .safetensors, or the name of a published network [the weights installed with icolorit]");
  group.file("--weights", weights, "Only weights, not a name")->excludes(any);
  group.add("--variant", variant, "NAME", "Demand this published network of the weights")->excludes(any);
  group.add("--head", head, "NAME", "Demand this local stabilizing layer: cnn, linear or locattn");
  adapters.add_to(group);
  group.size(size, "that of the weights");
}

void EngineOptions::add_machine_to(CLI::App& command) {
  OptionGroup group(command, "Machine");
  group.choice("--device", device, "Where the network runs: cpu or cuda", {"cpu", "cuda"});
  group.choice("--precision", precision,
               "Numbers that the network multiplies: f32 or bf16; on the CPU int8; on CUDA f16. auto: int8 where the "
               "processor is fast at it, else f32; f32 in the published evaluation",
               {"auto", "f32", "int8", "bf16", "f16"});
  group.threads(threads);
}

void EngineOptions::complete(bool published_evaluation) {
  check_machine();
  resolve_model();
  if (engine.empty()) {
    find_weights();
    weights_missing = weights.empty();
    engine = std::ranges::find_if(engine_kinds, [&](const EngineKind& one) {
               return !(one.needs_weights && weights_missing) && !(published_evaluation && one.name == "fusion");
             })->name;
  } else {
    engine = kind().name;
    if (uses_network()) find_weights();
  }
  if (uses_network()) {
    require(!weights.empty(), "the engine ", engine,
            " needs weights, and none are installed: give --model FILE, or use --engine optimization");
    return choose_precision(published_evaluation);
  }
  require(weights.empty(), "--engine ", engine, " uses no weights: leave out --model or --engine");
  require((precision == "auto" || precision == "f32") && device == "cpu",
          "--precision and --device describe a network: give --model FILE too");
  require(quality == "normal", "--quality high is about a network: give --model FILE too");
  require(variant.empty() && head.empty() && adapters.given.empty(),
          "--model NAME, --head and --lora describe a network: give --model FILE too");
  if (size == 0) size = default_size;
}

void EngineOptions::complete_network(bool random_weights) {
  check_machine();
  resolve_model();
  engine = "icolorit";
  if (!random_weights || variant.empty()) find_weights();
  require(!weights.empty() || (random_weights && !variant.empty()), "there are no weights installed: give --model FILE",
          random_weights ? ", or --model NAME to run a published network with random weights" : "");
  choose_precision(/*published_evaluation=*/false);
}

const EngineKind& EngineOptions::kind() const {
  return *std::ranges::find_if(engine_kinds,
                               [&](const EngineKind& one) { return engine == one.name || engine == one.alias; });
}

std::string EngineOptions::title() const {
  return uses_network() ? concat(kind().title, ' ', network_name(), precision == "f32" ? "" : " in " + precision)
                        : std::string(kind().title);
}

std::string EngineOptions::network_name() const { return weights.filename().string() + adapters.text(); }

void EngineOptions::describe(ResultLine& line) const {
  line.add("engine", kind().name, concat(title(), weights_missing ? " (no weights found)" : ""));
  if (uses_network()) line.add("weights", weights.filename().string()).add("precision", precision);
  if (!adapters.given.empty()) line.add("lora", adapters.given);
}

void EngineOptions::check_machine() const {
  const bool on_gpu = device == "cuda";
  require(precision != "f16" || on_gpu, "--precision f16 needs --device cuda: the CPU has f32, bf16 and int8");
  require(precision != "int8" || !on_gpu, "--precision int8 needs --device cpu: CUDA has f32, bf16 and f16");
}

/// --model: a published name is a demand, anything else a file.
void EngineOptions::resolve_model() {
  std::error_code error;
  const std::filesystem::path file = model;
  if (!model.empty() && (file.has_extension() || std::filesystem::exists(file, error)))
    weights = file;
  else if (!model.empty())
    variant = model;
  if (!variant.empty()) from_command_line([&] { return ModelRegistry::published().find(variant); });
  if (!head.empty()) from_command_line([&] { return parse_stabilizer(head); });
}

void EngineOptions::choose_precision(bool published_evaluation) {
  if (precision == "auto") precision = device == "cpu" && !published_evaluation && int8_is_fast() ? "int8" : "f32";
}

void EngineOptions::find_weights() {
  if (!weights.empty()) return;
  weights = installed_weights(variant);
  weights_installed = true;
}

}  // namespace icolorit::tool
