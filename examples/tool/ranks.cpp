#include "ranks.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "module.hpp"

namespace icolorit::tool {

namespace {

/// What Open MPI, MPICH and Slurm tell each process of a job.
bool are_several() {
  const std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
  return std::ranges::any_of(names, [](const char* name) {
    const char* const number = std::getenv(name);
    return number != nullptr && std::strtol(number, nullptr, 10) > 1;
  });
}

}  // namespace

std::shared_ptr<Communicator> started_ranks() {
  if (!are_several()) return std::make_shared<SingleRank>();
  void* const entry = module_entry("icolorit_mpi", "icolorit_mpi_communicator",
                                   "there is no MPI in this icolorit: start one process, or build it where an MPI "
                                   "library is, e.g. libopenmpi-dev");
  // The module owns it to the end of the process.
  return {reinterpret_cast<Communicator* (*)()>(entry)(), [](Communicator*) {}};
}

}  // namespace icolorit::tool
