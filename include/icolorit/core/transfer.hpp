// Host tensors into a backend's memory.
#pragma once

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// A host tensor copied into the backend's memory.
template <class B, class T, int Rank>
Buffer<T, typename B::Memory> upload(typename B::Context& context, TensorView<const T, Rank> host) {
  Buffer<T, typename B::Memory> device(host.elements());
  if (!host.empty()) B::upload(context, device.view(), host.flat());
  return device;
}

template <class B, class T>
Buffer<T, typename B::Memory> upload(typename B::Context& context, const Buffer<T>& host) {
  return upload<B, T, 1>(context, host.view());
}

}  // namespace icolorit
