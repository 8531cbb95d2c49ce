// What a tool without CUDA says where a device is asked for.
#include "cuda.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

namespace {

[[noreturn]] void refuse() {
  throw Misuse("this icolorit was built without CUDA: use --device cpu, or build it where the CUDA toolkit is");
}

}  // namespace

std::unique_ptr<FullColors> cuda_full_colors(const EngineOptions&, bool) { refuse(); }
std::unique_ptr<Evaluation> cuda_evaluation(const EngineOptions&, Index) { refuse(); }
std::unique_ptr<ForwardPass> cuda_forward_pass(const EngineOptions&, Index) { refuse(); }
void train_on_cuda(TrainingOptions) { refuse(); }

}  // namespace icolorit::tool
