#include "icolorit/compiled.hpp"

#include <utility>

#include "icolorit/core/version.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/colorizer.hpp"

namespace icolorit {

class CompiledModel {
 public:
  explicit CompiledModel(std::shared_ptr<const Model<CpuBackend>> model) : network(std::move(model)) {}
  std::shared_ptr<const Model<CpuBackend>> network;
};

namespace {

/// How many threads are asked for; 0: as many as the machine offers.
int thread_count(const char* function, int threads) {
  if (threads < 0) throw ArgumentError(concat(function, ": ", threads, " threads asked for, expected 0 or more"));
  return threads > 0 ? threads : cpu::default_threads();
}

ModelOptions model_options(const CompiledModelOptions& options) {
  ModelOptions result{
      .height = options.input_size, .width = options.input_size, .map_file = options.map_file, .log = options.log};
  switch (options.precision) {
    case CompiledPrecision::automatic: result.precision = suitable_precision<CpuBackend>(); break;
    case CompiledPrecision::f32: break;
    case CompiledPrecision::int8: result.precision = Precision::int8; break;
  }
  return result;
}

template <class Source>
std::shared_ptr<const CompiledModel> load(const Source& source, const CompiledModelOptions& options,
                                          const ProgressCallback& progress) {
  return std::make_shared<const CompiledModel>(Model<CpuBackend>::load(
      source, model_options(options), CpuBackend::Context(thread_count("load_model", options.threads)), progress));
}

}  // namespace

std::shared_ptr<const CompiledModel> load_model(const std::filesystem::path& path, const CompiledModelOptions& options,
                                                const ProgressCallback& progress) {
  return load(path, options, progress);
}

std::shared_ptr<const CompiledModel> load_model(std::span<const std::byte> bytes, const CompiledModelOptions& options,
                                                const ProgressCallback& progress) {
  return load(bytes, options, progress);
}

AnyColorizer make_colorizer(std::shared_ptr<const CompiledModel> model, const CompiledColorizerOptions& options) {
  const int threads = thread_count("make_colorizer", options.threads);
  if (options.engine == CompiledEngine::optimization) return Colorizer(OptimizationColors(threads), options.colorizer);
  if (model == nullptr)
    throw ArgumentError("make_colorizer: there is no model, which all engines but the optimization need");
  NetworkEngine<CpuBackend> network(model->network, CpuBackend::Context(threads));
  if (options.engine == CompiledEngine::network) return Colorizer(std::move(network), options.colorizer);
  return Colorizer(FusionEngine(std::move(network)), options.colorizer);
}

const char* compiled_instructions() { return version().instructions.data(); }

}  // namespace icolorit
