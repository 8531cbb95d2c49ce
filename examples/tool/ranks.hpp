// The processes that mpirun or a scheduler has started together with this one.
#pragma once

#include <memory>

#include "icolorit/training/communicator.hpp"

namespace icolorit::tool {

/// All of them where the environment says that there are several, by the module icolorit_mpi.so; else this one alone.
/// Throws Misuse where the module is missing.
std::shared_ptr<Communicator> started_ranks();

}  // namespace icolorit::tool
