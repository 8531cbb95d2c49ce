// MasterParameters: float copies of 16-bit parameters, which the optimizer updates (mixed-precision training).
#pragma once

#include <utility>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"

namespace icolorit {

/// Master parameters (Micikevicius et al. 2018, sec. 3.1): copies in Accumulator<T> of a network's parameters, for
/// updates that are too small for 16 bits. Where T is as fine, they are the network's own.
template <class B, class T>
class MasterParameters {
 public:
  using Sum = Accumulator<T>;

  /// Of these (n), in the backend's memory, which must outlive it.
  explicit MasterParameters(TensorView<T, 1> network)
      : network_(network), copies_(keeps_master_parameters<T> ? network.extent(0) : 0) {}

  /// (n), in the backend's memory. Whoever changes them calls `round` then.
  TensorView<Sum, 1> view() {
    if constexpr (keeps_master_parameters<T>)
      return copies_.view();
    else
      return network_;
  }

  /// The network's parameters = these, rounded.
  void round(typename B::Context& context) {
    if constexpr (keeps_master_parameters<T>) B::convert(context, network_, std::as_const(copies_).view());
  }

  /// Both = values (n) in main memory.
  void set(typename B::Context& context, TensorView<const Sum, 1> values) {
    B::upload(context, view(), values);
    round(context);
  }

 private:
  TensorView<T, 1> network_;
  Buffer<Sum, typename B::Memory> copies_;  // or nothing
};

}  // namespace icolorit
