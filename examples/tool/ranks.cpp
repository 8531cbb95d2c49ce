#include "ranks.hpp"

#include "misuse.hpp"
#include "module.hpp"
#include "rank_variables.hpp"

namespace icolorit::tool {

std::shared_ptr<Communicator> started_ranks() {
  const std::optional<RankVariables> variables = rank_variables();
  if (!variables || variables->size == 1) return std::make_shared<SingleRank>();
  // Its processes would each train alone, into one folder: MPI has no way to find the others.
  require(variables->launcher != "torchrun", "torchrun has started ", variables->size,
          " processes, but icolorit's find each other by MPI: use mpirun -n ", variables->size, " instead");
  void* const entry = module_entry("icolorit_mpi", "icolorit_mpi_communicator",
                                   "there is no MPI in this icolorit: start one process, or build it where an MPI "
                                   "library is, e.g. libopenmpi-dev");
  // The module owns it to the end of the process.
  std::shared_ptr<Communicator> ranks{reinterpret_cast<Communicator* (*)()>(entry)(), [](Communicator*) {}};
  if (ranks->size() != variables->size) {
    ranks->finish();
    throw Misuse(concat(variables->launcher, " has started ", variables->size, " processes, of which MPI sees ",
                        ranks->size(), ": start them with the mpirun of the MPI library that icolorit was built with",
                        variables->launcher == "srun" ? ", or srun --mpi=pmix" : ""));
  }
  return ranks;
}

}  // namespace icolorit::tool
