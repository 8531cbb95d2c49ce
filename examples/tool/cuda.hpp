// What --device cuda runs: cuda.cu, or, in a tool without CUDA, no_cuda.cpp, where all of it throws Misuse.
#pragma once

#include <memory>

#include "engines.hpp"
#include "training_command.hpp"

namespace icolorit::tool {

/// As the functions without the device in their names. Throw CudaError where there is no device.
std::unique_ptr<FullColors> cuda_full_colors(const EngineOptions& options, bool bicubic);
std::unique_ptr<Evaluation> cuda_evaluation(const EngineOptions& options, Index batch);
std::unique_ptr<ForwardPass> cuda_forward_pass(const EngineOptions& options, Index batch);
void train_on_cuda(TrainingOptions options);

}  // namespace icolorit::tool
