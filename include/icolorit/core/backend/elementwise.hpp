// Element-wise operations: activations and their gradient, sums, factors.
//
//   operation           shapes                   result    may alias  errors  cost
//   activate            y (M,D)                  in place  -          none    MD
//   activate_backward   dx (M,D), saved (M,D)    in place  none       none    MD
//   add                 y (M,D), x (M,D)         +=        none       none    MD
//   scale_rows          x (M,D), factors (G)     in place  none       none    MD
//
// activate: y = f(y) with f the GELU in its exact form, x/2 (1 + erf(x / sqrt 2)) (Hendrycks, Gimpel 2016), or tanh.
// activate_backward: dx, which holds the gradient of the result, becomes the gradient of the argument; `saved` is what
//   the derivative is made from: the argument of gelu, the result of tanh.
// scale_rows: each factor multiplies M/G consecutive rows, those of one picture.
#pragma once

#include <concepts>

#include "icolorit/core/dtype.hpp"
#include "icolorit/core/tensor_view.hpp"

namespace icolorit {

enum class Activation { none, gelu, tanh };

template <class B, class T>
concept ProvidesElementwise =
    requires(typename B::Context& context, TensorView<T, 2> y, TensorView<const T, 2> x, Activation activation) {
      { B::activate(context, y, activation) } -> std::same_as<void>;
      { B::add(context, y, x) } -> std::same_as<void>;
    };

template <class B, class T>
concept ProvidesElementwiseGradient =
    requires(typename B::Context& context, TensorView<T, 2> dx, TensorView<const T, 2> saved,
             TensorView<const T, 1> factors, Activation activation) {
      { B::activate_backward(context, dx, saved, activation) } -> std::same_as<void>;
      { B::scale_rows(context, dx, factors) } -> std::same_as<void>;
    };

}  // namespace icolorit
