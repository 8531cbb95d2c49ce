// GradientSum: the gradients of all ranks, added up.
#pragma once

#include <type_traits>
#include <utility>

#include "icolorit/core/backend.hpp"
#include "icolorit/core/buffer.hpp"
#include "icolorit/training/communicator.hpp"

namespace icolorit {

/// Adds up gradients in a backend's memory, through main memory where that is another or where T has 16 bits: sums are
/// made in Accumulator<T>.
template <class B, class T>
class GradientSum {
 public:
  using Sum = Accumulator<T>;

  /// For (n) gradients; takes no memory for a single rank.
  GradientSum(const Communicator& communicator, Index n)
      : here_(communicator.size() > 1 && !in_place ? n : 0), sums_(communicator.size() > 1 && !same_type ? n : 0) {}

  /// gradients (n) = their sum over the ranks.
  void operator()(typename B::Context& context, Communicator& communicator, TensorView<T, 1> gradients) {
    if (communicator.size() == 1) return;
    if constexpr (in_place) {
      communicator.sum(span_of(gradients));
    } else {
      B::download(context, here_.view(), TensorView<const T, 1>(gradients));
      if constexpr (same_type) {
        communicator.sum(span_of(here_.view()));
      } else {
        for (Index i = 0; i < here_.size(); ++i) sums_.data()[i] = static_cast<Sum>(here_.data()[i]);
        communicator.sum(span_of(sums_.view()));
        for (Index i = 0; i < here_.size(); ++i) here_.data()[i] = static_cast<T>(sums_.data()[i]);
      }
      B::upload(context, gradients, std::as_const(here_).view());
    }
  }

 private:
  static constexpr bool same_type = std::is_same_v<T, Sum>;
  static constexpr bool in_place = same_type && std::is_same_v<typename B::Memory, HostMemory>;

  template <class U>
  static std::span<U> span_of(TensorView<U, 1> values) {
    return {values.data(), static_cast<std::size_t>(values.extent(0))};
  }

  Buffer<T> here_;
  Buffer<Sum> sums_;
};

}  // namespace icolorit
