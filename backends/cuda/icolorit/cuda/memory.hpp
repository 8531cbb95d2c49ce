// Memory of the CUDA backend: transfers between host and device, and conversions on the device.
#pragma once

#include <cstddef>

#include "icolorit/core/backend/memory.hpp"
#include "icolorit/cuda/kernel/convert.hpp"

namespace icolorit::cuda {

template <class To, class From>
struct ConvertElement {
  TensorView<To, 1> to;
  TensorView<const From, 1> from;

  ICOLORIT_HOST_DEVICE void operator()(Index i) const { to.data()[i] = as<To>(from.data()[i]); }
};

/// Contracts: core/backend/memory.hpp; Context: operations.hpp.
template <class Context>
struct MemoryOperations {
  template <class T>
  static void upload(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    context.upload(to.data(), from.data(), static_cast<std::size_t>(to.extent(0)) * sizeof(T));
  }

  template <class T>
  static void download(Context& context, TensorView<T, 1> to, Input<T, 1> from) {
    context.download(to.data(), from.data(), static_cast<std::size_t>(to.extent(0)) * sizeof(T));
  }

  template <Element To, Element From>
  static void convert(Context& context, TensorView<To, 1> to, TensorView<const From, 1> from) {
    context.for_each(to.extent(0), ConvertElement<To, From>{to, from});
  }
};

}  // namespace icolorit::cuda
