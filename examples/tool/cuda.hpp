// What --device cuda runs. It lives in a module of its own, icolorit_cuda.so beside the tool, because the CUDA
// libraries take longer to load than a small network takes to colour a picture.
#pragma once

#include <memory>

#include "icolorit/core/config.hpp"

namespace icolorit {
class AnyColorEngine;
}

namespace icolorit::tool {

class Evaluation;
class ForwardPass;
struct EngineOptions;
struct FullColors;
struct TrainingOptions;

/// As the functions of engines.hpp without the device. Throw CudaError where there is no device.
struct CudaCommands {
  FullColors (*full_colors)(const EngineOptions& options, bool bicubic);
  AnyColorEngine (*color_engine)(const EngineOptions& options, Index working_pixels);
  std::unique_ptr<Evaluation> (*evaluation)(const EngineOptions& options, Index batch, Index cell);
  std::unique_ptr<ForwardPass> (*forward_pass)(const EngineOptions& options, Index batch);
  void (*train)(const TrainingOptions& options);
};

/// Loads the module. Throws Misuse where there is none.
const CudaCommands& cuda_commands();

}  // namespace icolorit::tool
