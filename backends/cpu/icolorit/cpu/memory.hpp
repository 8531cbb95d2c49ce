// Memory of the CPU backend: host memory.
#pragma once

#include <concepts>
#include <cstring>

#include "icolorit/core/backend/memory.hpp"
#include "icolorit/cpu/context.hpp"

namespace icolorit::cpu {
inline namespace ICOLORIT_ISA {

/// Contracts: core/backend/memory.hpp.
struct MemoryOperations {
  template <std::floating_point T>
  static void upload(Context&, TensorView<T, 1> to, Input<T, 1> from) {
    std::memcpy(to.data(), from.data(), static_cast<std::size_t>(to.extent(0)) * sizeof(T));
  }

  template <std::floating_point T>
  static void download(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    upload(context, to, from);
  }
};

}  // namespace ICOLORIT_ISA
}  // namespace icolorit::cpu
