// Loops of the user's own on the threads of the CPU backend.
#pragma once

#include "icolorit/core/backend/execution.hpp"
#include "icolorit/cpu/context.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend/execution.hpp.
struct ExecutionOperations {
  template <class F>
  static void for_each(Context& context, Index count, F&& f) {
    parallel_for(context.workers(), count, f);
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
