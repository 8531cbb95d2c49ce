#include "module.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "icolorit/core/config.hpp"
#include "misuse.hpp"

namespace icolorit::tool {

void* module_entry(const std::string& name, const std::string& entry, const std::string& missing) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  void* const module = dlopen((folder / (name + ".so")).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) throw Misuse(concat(missing, " (", dlerror(), ")"));
  void* const address = dlsym(module, (entry + "_" ICOLORIT_VERSION).c_str());
  if (address == nullptr) throw Misuse(concat(name, ".so is not that of icolorit ", ICOLORIT_VERSION));
  return address;
}

}  // namespace icolorit::tool
