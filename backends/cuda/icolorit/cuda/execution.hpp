// Execution on the CUDA backend: captured work and functions of the user's own.
#pragma once

#include "icolorit/core/backend/execution.hpp"

namespace icolorit::cuda {

/// Contracts: core/backend/execution.hpp; Context: operations.hpp.
template <class Context>
struct ExecutionOperations {
  using TransferMemory = typename Context::TransferMemory;
  using Recording = typename Context::Recording;

  template <class F>
  static void replay(Context& context, Recording& recording, const F& f) {
    context.replay(recording, f);
  }

  template <class F>
  static void launch(Context& context, Index count, const F& f) {
    context.for_each(count, f);
  }

  static Context beside(const Context& context) { return context.beside(); }
};

}  // namespace icolorit::cuda
