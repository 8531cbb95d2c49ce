// See worker.hpp; on a GPU.
//   icolorit_gpu_worker forward|training FOLDER f32|bf16|f16
#include "worker.hpp"

#include "icolorit/cuda/backend.cuh"

using namespace icolorit;
using namespace icolorit::peers;

namespace {

template <class T>
void serve_in(const std::string& workload, const Inputs& inputs) {
  if (workload == "training")
    serve(Training<CudaBackend, T>(inputs, CudaBackend::Context()));
  else
    serve(Forward<CudaBackend, T>(inputs, Precision::full, CudaBackend::Context()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw ArgumentError("usage: icolorit_gpu_worker forward|training FOLDER f32|bf16|f16");
    const Inputs inputs(argv[2]);
    const std::string workload = argv[1], precision = argv[3];
    if (precision == "bf16")
      serve_in<bf16>(workload, inputs);
    else if (precision == "f16")
      serve_in<f16>(workload, inputs);
    else
      serve_in<float>(workload, inputs);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
