// See worker.hpp; on the CPU.
//   icolorit_worker forward|forward-bf16|forward-int8|training FOLDER THREADS
//   icolorit_worker probe THREADS     GFLOP/s of multiply-adds on registers
#include "worker.hpp"

#include "icolorit/cpu/backend.hpp"
#include "icolorit/cpu/kernel/fma_probe.hpp"

using namespace icolorit;
using namespace icolorit::peers;

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "probe") {
      std::cout << cpu::fma_peak(std::stoi(argv[2])) << '\n';
      return 0;
    }
    if (argc != 4)
      throw ArgumentError(
          "usage: icolorit_worker forward|forward-bf16|forward-int8|training FOLDER THREADS, or probe THREADS");
    const Inputs inputs(argv[2]);
    CpuBackend::Context context(std::stoi(argv[3]));
    const std::string workload = argv[1];
    if (workload == "training")
      serve(Training<CpuBackend, float>(inputs, std::move(context)));
    else
      serve(Forward<CpuBackend, float>(inputs,
                                       workload == "forward-int8"   ? Precision::int8
                                       : workload == "forward-bf16" ? Precision::bf16
                                                                    : Precision::full,
                                       std::move(context)));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
