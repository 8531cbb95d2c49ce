#include "cuda.hpp"

#include "icolorit/cuda/backend.cuh"
#include "network_engines.hpp"

namespace icolorit::tool {

namespace {

/// f(NetworkEngines) for the element type that the options name.
template <class F>
auto with_engines(const EngineOptions& options, F f) {
  const auto make_context = [] { return CudaBackend::Context(); };
  const auto engines = [&]<class T>(T) {
    return f(NetworkEngines<CudaBackend, T, decltype(make_context)>{options, make_context});
  };
  if (options.precision == "bf16") return engines(bf16());
  if (options.precision == "f16") return engines(f16());
  return engines(float());
}

}  // namespace

std::unique_ptr<FullColors> cuda_full_colors(const EngineOptions& options, bool bicubic) {
  return with_engines(options, [&](const auto& engines) { return engines.full_colors(bicubic); });
}

std::unique_ptr<Evaluation> cuda_evaluation(const EngineOptions& options, Index batch) {
  return with_engines(options, [&](const auto& engines) { return engines.evaluation(batch); });
}

std::unique_ptr<ForwardPass> cuda_forward_pass(const EngineOptions& options, Index batch) {
  return with_engines(options, [&](const auto& engines) { return engines.forward_pass(batch); });
}

void train_on_cuda(TrainingOptions options) {
  TrainingCommand<CudaBackend>(std::move(options), [] { return CudaBackend::Context(); }).run();
}

}  // namespace icolorit::tool
