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

const CudaCommands commands{
    [](const EngineOptions& options, bool bicubic) {
      return with_engines(options, [&](const auto& engines) { return engines.full_colors(bicubic); });
    },
    [](const EngineOptions& options, Index batch) {
      return with_engines(options, [&](const auto& engines) { return engines.evaluation(batch); });
    },
    [](const EngineOptions& options, Index batch) {
      return with_engines(options, [&](const auto& engines) { return engines.forward_pass(batch); });
    },
    [](const TrainingOptions& options) {
      TrainingCommand<CudaBackend>(options, [] { return CudaBackend::Context(); }).run();
    }};

}  // namespace

extern "C" const CudaCommands* cuda_commands_entry() __asm__("icolorit_cuda_commands_" ICOLORIT_VERSION);
extern "C" const CudaCommands* cuda_commands_entry() { return &commands; }

}  // namespace icolorit::tool
