// Memory of the reference backend: host memory, plain copies and conversions.
#pragma once

#include "icolorit/core/backend/memory.hpp"
#include "icolorit/reference/context.hpp"

namespace icolorit::reference {

/// Contracts: core/backend/memory.hpp.
struct MemoryOperations {
  template <Element T>
  static void upload(const Context&, TensorView<T, 1> to, Input<T, 1> from) {
    for (Index i = 0; i < to.extent(0); ++i) to[i] = from[i];
  }

  template <Element T>
  static void download(const Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    upload(context, to, from);
  }

  template <Element To, Element From>
  static void convert(const Context&, TensorView<To, 1> to, TensorView<const From, 1> from) {
    for (Index i = 0; i < to.extent(0); ++i) to[i] = To(static_cast<Accumulator<To>>(from[i]));
  }
};

}  // namespace icolorit::reference
