#include "cuda.hpp"

#include "module.hpp"

namespace icolorit::tool {

const CudaCommands& cuda_commands() {
  static const CudaCommands& loaded = []() -> const CudaCommands& {
    void* const entry = module_entry("icolorit_cuda", "icolorit_cuda_commands",
                                     "there is no CUDA in this icolorit: use --device cpu, or build it where the CUDA "
                                     "toolkit is");
    return *reinterpret_cast<const CudaCommands* (*)()>(entry)();
  }();
  return loaded;
}

}  // namespace icolorit::tool
