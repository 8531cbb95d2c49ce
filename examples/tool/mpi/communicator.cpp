// icolorit_mpi.so: the ranks of an MPI job, see ranks.hpp. A module, so that the tool starts without an MPI library.
#include "icolorit/core/config.hpp"
#include "icolorit/training/mpi_communicator.hpp"

namespace icolorit::tool {

extern "C" Communicator* mpi_communicator() __asm__("icolorit_mpi_communicator_" ICOLORIT_VERSION);
extern "C" Communicator* mpi_communicator() {
  static MpiCommunicator communicator;  // to the end of the process: MPI cannot begin twice
  return &communicator;
}

}  // namespace icolorit::tool
