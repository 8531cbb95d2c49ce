// Host tensors into a backend's memory, and back.
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

/// A float tensor that crosses between main memory and the backend's: converted to T, then moved. Where both sides are
/// the same nothing is copied and no memory is taken.
template <class B, class T>
class Staging {
 public:
  static constexpr bool direct = std::is_same_v<T, float> && std::is_same_v<typename B::Memory, HostMemory>;

  Staging() = default;
  /// For up to this many elements.
  explicit Staging(Index elements) {
    if constexpr (direct) return;
    host_ = Buffer<T>(elements);
    device_ = Buffer<T, typename B::Memory>(elements);
  }

  /// The contiguous tensor on the other side. Valid until the next call, and as long as `from`.
  template <int Rank>
  TensorView<const T, Rank> put(typename B::Context& context, TensorView<const float, Rank> from) {
    if constexpr (direct) {
      return from;
    } else {
      for (Index i = 0; i < from.elements(); ++i) host_.data()[i] = static_cast<T>(from.data()[i]);
      B::upload(context, device_.view(from.elements()), std::as_const(host_).view(from.elements()));
      return {device_.data(), from.extents()};
    }
  }

  /// Where the backend is to write a tensor that `get` then fetches into `to`, contiguous.
  template <int Rank>
  TensorView<T, Rank> place(TensorView<float, Rank> to) {
    if constexpr (direct)
      return to;
    else
      return {device_.data(), to.extents()};
  }
  template <int Rank>
  void get(typename B::Context& context, TensorView<float, Rank> to) {
    if constexpr (!direct) {
      B::download(context, host_.view(to.elements()), std::as_const(device_).view(to.elements()));
      for (Index i = 0; i < to.elements(); ++i) to.data()[i] = static_cast<float>(host_.data()[i]);
    }
  }

 private:
  Buffer<T> host_;
  Buffer<T, typename B::Memory> device_;
};

}  // namespace icolorit
