// The loss of a prediction and its gradient.
//
//   operation    shapes                                                         result  may alias  errors  cost
//   apply_loss   gradient (M,C), values (M), prediction (M,C), target (M,C),    =       none       none    MC
//                weights (M,C/k) or empty
//
// apply_loss: with d = prediction - target and w the weight that k consecutive elements of a row share (1 where weights
//   is empty): gradient = scale * w * derivative(d), values = the sums of w * value(d) over each row.
#pragma once

#include <concepts>

#include "icolorit/core/backend/hints.hpp"
#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

/// A loss of the difference prediction - target, element by element, and its derivative. The library's own are in
/// training/losses.hpp; any type with these two functions serves. To train on CUDA, declare both functions
/// ICOLORIT_HOST_DEVICE, and keep no pointers into host memory in the loss: it is copied to the device.
template <class L, class T>
concept Loss = requires(const L& loss, T difference) {
  { loss.value(difference) } -> std::same_as<T>;
  { loss.derivative(difference) } -> std::same_as<T>;
};

template <class B, class T, class L>
concept ProvidesLoss =
    Loss<L, Accumulator<T>> && ProvidesHintWeights<B, T> &&
    requires(typename B::Context& context, TensorView<T, 2> gradient, TensorView<Accumulator<T>, 1> values,
             TensorView<const T, 2> prediction, TensorView<const T, 2> target, TensorView<const T, 2> weights,
             const L& loss, Accumulator<T> scale) {
      { B::apply_loss(context, gradient, values, prediction, target, weights, loss, scale) } -> std::same_as<void>;
    };

}  // namespace icolorit
