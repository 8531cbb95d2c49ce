// Runs the tests where there is a device. Without one every test is skipped, or fails where ICOLORIT_REQUIRE_GPU=1.
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

#include <cuda_runtime_api.h>

int main(int argc, char** argv) {
  Catch::Session session;
  bool lists = false;
  for (int i = 1; i < argc; ++i) lists = lists || std::string_view(argv[i]).starts_with("--list");
  int devices = 0;
  if (!lists && (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0)) {
    const char* required = std::getenv("ICOLORIT_REQUIRE_GPU");
    std::cout << "SKIPPED: there is no CUDA device\n";
    return required != nullptr && std::string_view(required) == "1" ? 1 : 0;
  }
  return session.run(argc, argv);
}
