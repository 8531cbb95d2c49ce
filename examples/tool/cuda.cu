#include "cuda.hpp"

#include "icolorit/cuda/backend.cuh"
#include "network_engines.hpp"
#include "training_command.hpp"

namespace icolorit::tool {

namespace {

/// f(T()) for the element type of that name.
template <class F>
auto with_element(const std::string& precision, F f) {
  if (precision == "bf16") return f(bf16());
  if (precision == "f16") return f(f16());
  return f(float());
}

CudaBackend::Context make_context() { return CudaBackend::Context(); }

/// f(NetworkEngines) for the element type that the options name.
template <class F>
auto with_engines(const EngineOptions& options, F f) {
  return with_element(options.precision, [&]<class T>(T) {
    return f(NetworkEngines<CudaBackend, T, decltype(&make_context)>{options, make_context});
  });
}

const CudaCommands commands{
    [](const EngineOptions& options, bool bicubic) {
      return with_engines(options, [&](const auto& engines) { return engines.full_colors(bicubic); });
    },
    [](const EngineOptions& options, Index working_pixels) {
      return with_engines(options, [&](const auto& engines) { return engines.color_engine(working_pixels); });
    },
    [](const EngineOptions& options, Index batch, Index cell) {
      return with_engines(options, [&](const auto& engines) { return engines.evaluation(batch, cell); });
    },
    [](const EngineOptions& options, Index batch) {
      return with_engines(options, [&](const auto& engines) { return engines.forward_pass(batch); });
    },
    [](const TrainingOptions& options) {
      with_element(options.precision,
                   [&]<class T>(T) { TrainingCommand<CudaBackend, T>(options, make_context).run(); });
    }};

}  // namespace

extern "C" const CudaCommands* cuda_commands_entry() __asm__("icolorit_cuda_commands_" ICOLORIT_VERSION);
extern "C" const CudaCommands* cuda_commands_entry() { return &commands; }

}  // namespace icolorit::tool
