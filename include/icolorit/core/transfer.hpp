// Host tensors into a backend's memory, and back.
#pragma once

#include "icolorit/core/backend/memory.hpp"
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

/// Copies float tensors between host memory and the backend's memory, where they are of type T: converted on the device
/// where the backend can, else on the host. Where both sides are the same, nothing is copied and no memory is taken.
/// Thread-safety: one thread at a time.
template <class B, class T>
class Staging {
 public:
  Staging() = default;
  /// For up to this many elements.
  explicit Staging(Index elements) {
    if constexpr (direct) return;
    there_ = Buffer<T, Memory>(elements);
    if constexpr (device_converts)
      device_floats_ = Buffer<float, Memory>(elements);
    else if constexpr (!is_float)
      here_ = Buffer<T>(elements);
  }

  /// The contiguous tensor on the other side. Valid until the next call, and as long as `from`.
  template <int Rank>
  TensorView<const T, Rank> put(typename B::Context& context, TensorView<const float, Rank> from) {
    const Index n = from.elements();
    if constexpr (direct) {
      return from;
    } else if constexpr (is_float) {
      B::upload(context, there_.view(n), from.flat());
    } else if constexpr (device_converts) {
      B::upload(context, device_floats_.view(n), from.flat());
      B::convert(context, there_.view(n), std::as_const(device_floats_).view(n));
    } else {
      for (Index i = 0; i < n; ++i) here_.data()[i] = static_cast<T>(from.data()[i]);
      B::upload(context, there_.view(n), std::as_const(here_).view(n));
    }
    return {there_.data(), from.extents()};
  }

  /// Where the backend is to write a tensor that `get` then fetches into `to`, contiguous.
  template <int Rank>
  TensorView<T, Rank> place(TensorView<float, Rank> to) {
    if constexpr (direct)
      return to;
    else
      return {there_.data(), to.extents()};
  }
  template <int Rank>
  void get(typename B::Context& context, TensorView<float, Rank> to) {
    const Index n = to.elements();
    if constexpr (direct) {
      return;
    } else if constexpr (is_float) {
      B::download(context, to.flat(), std::as_const(there_).view(n));
    } else if constexpr (device_converts) {
      B::convert(context, device_floats_.view(n), std::as_const(there_).view(n));
      B::download(context, to.flat(), std::as_const(device_floats_).view(n));
    } else {
      B::download(context, here_.view(n), std::as_const(there_).view(n));
      for (Index i = 0; i < n; ++i) to.data()[i] = static_cast<float>(here_.data()[i]);
    }
  }

 private:
  using Memory = typename B::Memory;
  static constexpr bool is_float = std::is_same_v<T, float>;
  static constexpr bool direct = is_float && std::is_same_v<Memory, HostMemory>;
  static constexpr bool device_converts = !is_float && Converts<B, T, float> && Converts<B, float, T>;

  Buffer<T> here_;
  Buffer<T, Memory> there_;
  Buffer<float, Memory> device_floats_;
};

}  // namespace icolorit
