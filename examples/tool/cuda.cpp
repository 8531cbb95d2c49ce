#include "cuda.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "misuse.hpp"

namespace icolorit::tool {

const CudaCommands& cuda_commands() {
  static const CudaCommands* const loaded = [] {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    void* const module = dlopen((folder / "icolorit_cuda.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr)
      throw Misuse(concat("there is no CUDA in this icolorit (", dlerror(),
                          "): use --device cpu, or build it where the CUDA toolkit is"));
    // Both sides are built together: the version in the name refuses a module of another build.
    void* const entry = dlsym(module, "icolorit_cuda_commands_" ICOLORIT_VERSION);
    if (entry == nullptr) throw Misuse(concat("icolorit_cuda.so is not that of icolorit ", ICOLORIT_VERSION));
    return reinterpret_cast<const CudaCommands* (*)()>(entry)();
  }();
  return *loaded;
}

}  // namespace icolorit::tool
