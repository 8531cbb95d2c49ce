// What launchers tell each process of a job about itself.
#pragma once

#include <array>
#include <cstdlib>
#include <optional>
#include <string>

#include "icolorit/core/config.hpp"

namespace icolorit::tool {

struct RankVariables {
  Index rank = 0, size = 1;
  std::string launcher;  ///< whose variables they are
};

/// Of Open MPI, of MPICH and what descends from it, of Slurm's srun, and of torchrun, in this order; nothing where none
/// of them has started this process.
inline std::optional<RankVariables> rank_variables() {
  struct Names {
    const char *launcher, *rank, *size;
  };
  for (const Names& names : std::array<Names, 4>{{{"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                                  {"MPICH", "PMI_RANK", "PMI_SIZE"},
                                                  {"srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
                                                  {"torchrun", "RANK", "WORLD_SIZE"}}}) {
    const char *const rank = std::getenv(names.rank), *const size = std::getenv(names.size);
    if (rank == nullptr || size == nullptr) continue;
    const RankVariables found{std::strtoll(rank, nullptr, 10), std::strtoll(size, nullptr, 10), names.launcher};
    if (found.size >= 1 && found.rank >= 0 && found.rank < found.size) return found;
  }
  return std::nullopt;
}

}  // namespace icolorit::tool
